#!/usr/bin/env python3
"""Reminders are threaded to the first mail of their mailbox in the campaign, in a way no later event changes."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from campaign_bed import Bed, before, on
from tap import check, finish, same, skip_unless_built

skip_unless_built()
RESEND_MS = 1767951000000  # 2026-01-09T10:30:00+01:00
WAVES = [on("information", "20251215"), before("rappel-j14", 14, "rappel-j14.md"), before("rappel-j7", 7)]
PEOPLE = {"29019": "brest@commune.example", "29232": "partage@commune.example", "29151": "partage@commune.example",
          "29155": "ouessant@coupure.test"}
with Bed(WAVES, "2025-12-15T10:00:00+01:00") as bed:
    bed.create()
    bed.enrol(PEOPLE)
    bed("start", "c", "--yes")
    bed.send("2025-12-15T10:00:00+01:00")

    def mails(wave):
        of = dict(bed.rows("SELECT p.message_id, d.party_id FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id "
                           "WHERE w.name = ?", wave))
        return [(of[one["message_id"]], bed.message(one), one["sha256"]) for one in bed.accepted() if one["message_id"] in of]

    first = {}
    for _, mail, _ in mails("information"):
        first.setdefault(mail["to"].addresses[0].addr_spec, mail["message-id"])
    check("the first mail begins its thread", all(mail["in-reply-to"] is None for _, mail, _ in mails("information")))
    shared = [mail["message-id"] for _, mail, _ in mails("information") if "partage" in str(mail["to"])]
    same("a mailbox shared by two got one for each", len(shared), 2)

    bed.send("2026-01-09T09:30:00+01:00")
    for code, mail, _ in mails("rappel-j14"):
        address = mail["to"].addresses[0].addr_spec
        want = None if code == "29155" else first[address]  # nobody knows whether that one arrived
        same(f"{code}: the reminder names the first that was sent", (mail["in-reply-to"], mail["references"]), (want, want))
    # The doubt about the first mail is settled only now, as sent: the reminder in doubt is still the same bytes.
    doubts = bed.rows("SELECT d.id, w.name, d.state FROM delivery d JOIN wave w ON w.id = d.wave_id WHERE d.party_id = '29155' ORDER BY d.id")
    same("to the mailbox that hangs up, both are in doubt", [(name, state) for _, name, state in doubts], [("information", 7), ("rappel-j14", 7)])
    earlier = [sha for code, _, sha in mails("rappel-j14") if code == "29155"]
    bed.change("UPDATE delivery SET state = 4 WHERE id = ?", doubts[0][0])
    bed.change("UPDATE dispatch SET code = 250, ended_ms = ? WHERE delivery_id = ?", RESEND_MS, doubts[0][0])
    bed.send("2026-01-09T10:30:00+01:00")
    again = [sha for code, _, sha in mails("rappel-j14") if code == "29155"]
    check("the resend has the same bytes", len(again) > len(earlier) and len(set(again)) == 1, again)

    bed.send("2026-01-16T09:30:00+01:00")
    for code, mail, _ in mails("rappel-j7"):
        address = mail["to"].addresses[0].addr_spec
        same(f"{code}: the next reminder too", mail["in-reply-to"], first[address])
    source = bed("preview", "c", "rappel-j7", "29019", "--part", "source").stdout
    check("preview shows it", f"In-Reply-To: {first['brest@commune.example']}" in source, source[:900])
finish()
