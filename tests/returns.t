#!/usr/bin/env python3
"""What comes back and what it changes by itself, over the whole program: every rule of returns."""

import json

from returns_bed import (HARD, METRO, SKIPPED, TUESDAY, WEDNESDAY, Bed, Dispatch, absolute, address, automatic, calls, check, comes,
                         counts, events, letter, listed, plain, quick, report, run, same, settle, suppressed, told, why, wrote)


def preview(bed, wave, party):
    """To whom it would go that day, and what people are told beside it."""
    shown = json.loads(quick(bed, "preview", "c", wave, party, "--format", "json").stdout)
    return shown["quiet"], shown["address"], quick(bed, "preview", "c", wave, party).stderr


def dead():
    two, one = METRO[:2]
    bed = Bed("dead", [absolute("vague", "20251215")], {two: f"{address(two)}, secours@commune.example", one: address(one)})
    bed.send()
    comes(bed, report(Dispatch(bed, two), "failed", "5.1.1", "550 5.1.1 User unknown"), report(Dispatch(bed, one), "failed", "5.1.1", "550 5.1.1 User unknown"))
    same("both addresses are dead", suppressed(bed), sorted([(address(one), "dead"), (address(two), "dead")]))
    bed.send()
    same("the next contact gets the same wave", bed.server.to(), sorted([address(one), address(two), "secours@commune.example"]))
    same("whoever has none is to be telephoned", calls(bed), {one: "dead-address"})
    check("why says so", "n'existe plus" in told(bed, one) and "téléphonez" in told(bed, one), told(bed, one))
    check("history too", {"bounced_hard", "next_contact"} <= {event["event"] for event in events(bed, two)})
    same("nobody need look at them", listed(bed), {})
    same("but they are there", [one["settled"] for one in listed(bed, "--all").values()], ["auto", "auto"])
    same("counted once", (counts(bed, "vague")["bounced_hard"], counts(bed, "vague")["sent"]), (1, 2))


def recipients():
    own, forward, host, mixed = METRO[:4]
    bed = Bed("recipients", [absolute("vague", "20251215")], {**plain([own, host]), forward: f"{address(forward)}, secours@commune.example", mixed: address(mixed)})
    bed.send()
    ours = Dispatch(bed, own)
    comes(bed, report(ours, "delivered", "2.0.0", "250 ok", others=[("jean@ailleurs.test", "failed", "5.1.1", "550 5.1.1 unknown")]))
    same("ours was delivered, another one is dead: ours is not", suppressed(bed), [])
    elsewhere = comes(bed, report(Dispatch(bed, forward), "failed", "5.1.1", "550 5.1.1 unknown", address="jean@ailleurs.test"))
    same("an address ours forwards to is dead: nothing is buried", suppressed(bed), [])
    same("it counts for our dispatch", Dispatch(bed, forward).returned(), HARD)
    same("and a person is asked", listed(bed)[elsewhere]["needs"], "forward")
    check("history names whom", any("renvoyé vers jean@ailleurs.test" in event["text"] for event in events(bed, forward)))
    comes(bed, report(Dispatch(bed, host), "failed", "5.1.1", "550 5.1.1 unknown", address=address(host).replace("@", "@mail.")))
    same("the same mailbox under its server's name is ours", suppressed(bed), [(address(host), "dead")])
    comes(bed, report(Dispatch(bed, mixed), "failed", "5.2.2", "552 full", others=[("jean@ailleurs.test", "failed", "5.1.1", "550 5.1.1 unknown")]))
    same("of two failures each keeps its own", suppressed(bed), [(address(host), "dead")])
    settle(bed, elsewhere, "dead")
    same("a person may say that ours is", suppressed(bed), sorted([(address(host), "dead"), (address(forward), "dead")]))
    bed.send()
    check("then the next contact's turn comes", "secours@commune.example" in bed.server.to(), bed.server.to())


def soft():
    two, one, well = METRO[:3]
    bed = Bed("soft", [absolute(f"v{day}", f"202512{day}") for day in (15, 16, 17, 19)],
              {two: f"{address(two)}, secours@commune.example", one: address(one), well: address(well)}, due="20251224")
    bed.configure("[inbox]\nsoft_limit = 2\nsoft_window = 10d\nsoft_rest = 4d")
    bed.send()
    first = Dispatch(bed, two)
    comes(bed, *(report(first, "delayed", "4.4.1", f"timed out {i}") for i in range(3)))
    same("however many reports speak of it, a mail counts once", bed.rows("SELECT COUNT(*) FROM soft_failure"), [(1,)])
    bed.send(TUESDAY)
    delayed = Dispatch(bed, well)
    comes(bed, report(Dispatch(bed, well, "v15"), "delayed", "4.4.1"), report(delayed, "delayed", "4.4.1", "timed out"))
    same("two in time put a mailbox to rest", bed.rows("SELECT address, until_ms - from_ms, failures FROM mailbox_rest"), [(address(well), 4 * 86400000, 2)])
    comes(bed, report(Dispatch(bed, two), "failed", "5.2.2", "552 5.2.2 full"), report(Dispatch(bed, one, "v15"), "delayed", "4.4.1"),
          report(Dispatch(bed, one), "failed", "4.4.7", "expired"))
    same("all three by now", bed.rows("SELECT COUNT(*) FROM mailbox_rest"), [(3,)])
    same("nothing is suppressed", suppressed(bed), [])
    check("why says until when", "est au repos jusqu'au samedi 20 décembre" in told(bed, one), told(bed, one))
    check("and to whom instead", "On lui écrit à secours@commune.example" in told(bed, two), told(bed, two))
    check("history has its line", any(event["event"] == "mailbox_rested" and "2 échecs" in event["text"] for event in events(bed, one)))
    same("whose mailboxes all rest is to be telephoned", calls(bed)[well], "resting")
    check("not whose next contact is written to", two not in calls(bed) or calls(bed)[two] == "undelivered", calls(bed))
    shown = json.loads(bed("start", "c", "--yes", "--format", "json").stdout)
    same("start counts them", (shown["resting"], shown["away"]), (3, 0))
    check("… for people too", "boîtes au repos aujourd'hui, après des échecs répétés : 3" in bed("start", "c", "--yes").stdout)
    quiet, to, said = preview(bed, "v17", two)
    check("preview writes to the next contact meanwhile", (quiet, to) == ("resting", "secours@commune.example") and f"la boîte {address(two)} est au repos" in said, quiet, to, said)
    quiet, to, said = preview(bed, "v17", one)
    check("where there is none it says that the mail waits", (quiet, to) == ("resting", address(one)) and "attendrait" in said, quiet, to, said)
    before = len(wrote(bed))
    bed.send(WEDNESDAY)
    same("the next contact is written to", wrote(bed)[before:], ["secours@commune.example"])
    same("who has none waits for the end of the rest", sorted(bed.rows(
        "SELECT d.party_id, d.reason, strftime('%d %H:%M', d.not_before_ms / 1000, 'unixepoch') FROM delivery d JOIN wave w ON w.id = d.wave_id "
        "WHERE w.name = 'v17' AND d.state = 0")), sorted([(one, "resting", "22 07:30"), (well, "resting", "22 07:30")]))
    bed.send("2025-12-19T10:00:00+01:00")
    same("a later wave overtakes what waits", (bed.reasons("v17")[one], bed.states("v17")[one], bed.reasons("v19")[one]), ("superseded", SKIPPED, "resting"))
    bed.send("2025-12-22T10:00:00+01:00")
    same("after the rest it is written to again", wrote(bed, 2), sorted([address(one), address(well)]))
    comes(bed, report(Dispatch(bed, one), "delayed", "4.4.1"))
    same("and failures count from then on", bed.rows("SELECT COUNT(*) FROM mailbox_rest"), [(3,)])


def refusals():
    rude, sorry = METRO[:2]
    bed = Bed("refusals", [absolute("v15", "20251215"), absolute("v16", "20251216")], {code: f"{address(code)}, secours.{code.lower()}@commune.example" for code in (rude, sorry)})
    bed.send()
    comes(bed, letter(Dispatch(bed, sorry), "Merci de ne plus nous écrire."))
    complained = Dispatch(bed, rude)
    comes(bed, f"From: fbl@provider.test\r\nTo: {complained.path}\r\nSubject: FW: Enquete\r\nMessage-ID: <arf@provider.test>\r\nMIME-Version: 1.0\r\n"
          "Content-Type: multipart/report; report-type=feedback-report; boundary=q\r\n\r\n--q\r\nContent-Type: message/feedback-report\r\n\r\n"
          f"Feedback-Type: abuse\r\nVersion: 1\r\nOriginal-Rcpt-To: {complained.address}\r\n\r\n--q--\r\n")
    same("both are suppressed at once", suppressed(bed), sorted([(address(rude), "complaint"), (address(sorry), "objection")]))
    before = len(wrote(bed))
    bed.send(TUESDAY)
    same("and nobody else of theirs is written to", len(wrote(bed)), before)
    same("nobody need look at them", listed(bed), {})
    same("told for the telephone", calls(bed), {rude: "complaint", sorry: "objection"})


def absence():
    away, planned, long_away, overseas = METRO[0], METRO[1], METRO[2], METRO[3]
    bed = Bed("absence", [absolute("v15", "20251215"), absolute("rappel", "20251222", "selected-unanswered", "rappel-j14.md")],
              plain([away, planned, long_away, overseas]), due="20260109")
    bed.send()
    comes(bed, automatic(Dispatch(bed, away), "Bonjour,\n\nJe suis absent jusqu'au 2 janvier 2026. Je serai de retour le 5 janvier 2026.\n"),
          automatic(Dispatch(bed, long_away), "Bonjour,\n\nJe suis en congé. De retour le 16 février 2026.\n"))
    same("auto-replies are settled", listed(bed), {})
    same("the day of return is known", [day for (day,) in bed.rows("SELECT date(back_day * 86400, 'unixepoch') FROM mailbox_absence ORDER BY 1")],
         ["2026-01-05", "2026-02-16"])
    check("why says what it means", "il revient le lundi 5 janvier 2026" in told(bed, away), told(bed, away))
    same("and when the reminder goes", why(bed, away)["next"], {"wave": "rappel", "at": "2026-01-06T09:30:00+01:00"})
    shown = json.loads(bed("start", "c", "--yes", "--format", "json").stdout)
    same("start counts who is away", (shown["resting"], shown["away"]), (0, 2))
    check("… for people too", "lecteurs absents aujourd'hui, à les en croire : 2" in bed("start", "c", "--yes").stdout)
    check("preview says so", preview(bed, "rappel", away)[0] == "away" and "revient le lundi 5 janvier 2026" in preview(bed, "rappel", away)[2], preview(bed, "rappel", away))
    same("and nothing where nobody is", preview(bed, "rappel", planned), (None, address(planned), ""))
    bed("pause", "c")
    bed("resume", "c")
    bed.send("2025-12-22T08:35:00+01:00")
    bed.send("2025-12-22T10:00:00+01:00")
    same("the others have theirs", wrote(bed, 2), sorted([address(planned), address(overseas)]))
    waits = dict(bed.rows("SELECT d.party_id, strftime('%m-%d %H:%M', d.not_before_ms / 1000, 'unixepoch') || ' ' || d.reason FROM delivery d "
                          "JOIN wave w ON w.id = d.wave_id WHERE w.name = 'rappel' AND d.state = 0"))
    same("moved to the working day after, never past the last useful day", waits, {away: "01-06 08:30 away", long_away: "01-09 08:30 away"})
    check("plan says how many were moved", "déplacé" in bed("plan", "c").stdout, bed("plan", "c").stdout)
    bed.send("2026-01-06T10:00:00+01:00")
    same("then it goes", wrote(bed)[-1], address(away))
    bed.send("2026-01-09T10:00:00+01:00")
    same("the last one on the last day", wrote(bed)[-1], address(long_away))
    # Planned already and not armed: the window is shut when it is planned.
    bed = Bed("planned", [absolute("v15", "20251215"), absolute("rappel", "20251222", "selected-unanswered", "rappel-j14.md")], plain([away]), due="20260109")
    bed.send()
    first = Dispatch(bed, away)
    comes(bed, letter(first, "Nous avons déjà répondu."), clock="2025-12-22T09:00:00+01:00")
    bed.send("2025-12-22T09:35:00+01:00")
    same("held, so it is planned and does not leave", bed.reasons("rappel"), {away: "hold"})
    comes(bed, automatic(first, "Bonjour,\n\nJe serai de retour le 5 janvier 2026.\n"))
    same("a mail that waits is moved too", bed.reasons("rappel"), {away: "away"})
    check("history says so", any(event["event"] == "postponed" and event["text"] == "away" for event in events(bed, away)))


run([dead, recipients, soft, refusals, absence])
