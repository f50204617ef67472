#!/usr/bin/env python3
"""Guards against the wrong mail: try sends one to yourself and leaves no trace; start judges every message, shows what goes
out and wants the total typed; what changes afterwards voids its word, or does not."""
import hashlib
import json
import os
import re
import sys
import time
import subprocess

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from campaign_bed import Bed, before, on
from tap import RELAIS, check, finish, same, skip_unless_built

skip_unless_built()
MONDAY, FRIDAY = "2025-12-15T10:00:00+01:00", "2026-01-09T10:00:00+01:00"
WAVES = [on("information", "20251215"), before("rappel-j14", 14, "rappel-j14.md"), before("rappel-j7", 7)]
PEOPLE = {"29019": "brest@commune.example", "29001": "argol@commune.example", "29053": "lefaou@commune.example", "97411": "saintdenis@commune.example",
          "75056": "paris@commune.example", "242900314": "metropole@commune.example", "29232": "quimper@commune.example", "29155": ""}
SENDABLE = len(PEOPLE) - 1


def everything(bed):
    """All rows of all tables."""
    tables = [name for (name,) in bed.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {table: bed.rows(f"SELECT * FROM {table}") for table in tables}


def trials():
    with Bed(WAVES, MONDAY) as bed:
        bed.create()
        bed.enrol(PEOPLE)
        was = everything(bed)
        done = bed("try", "c", "rappel-j14", "--to", "moi@maison.example")
        same("try sends one message", len(bed.accepted()), 1)
        one = bed.accepted()[0]
        mail = bed.message(one)
        check("marked, to yourself, for somebody of the audience", str(mail["subject"]).startswith("[ESSAI] ") and one["rcpt"] == "moi@maison.example"
              and mail["to"].addresses[0].addr_spec == "moi@maison.example" and "Brest Métropole" in mail.get_body(("plain",)).get_content(), str(mail)[:600])
        check("dated now, its text as of the wave's day", mail["date"].datetime.isoformat() == "2025-12-15T10:00:00+01:00" and
              "14 jours" in mail.get_body(("plain",)).get_content(), mail["date"])
        same("its token is none", (one["mail_from"], "retour+apercu" in mail["list-unsubscribe"]), ("retour+apercu@amf.example", True))
        same("nothing is recorded", everything(bed), was)
        check("and it says so", "[ESSAI]" in done.stdout and "Rien n'est enregistré" in done.stdout, done.stdout)
        again = json.loads(bed("try", "c", "rappel-j14", "29232", "--to", "moi@maison.example", "--format", "json").stdout)
        same("for the one you name", (again["id"], again["sent"], again["code"]), ("29232", True, 250))
        identifiers = [message["message_id"] for message in bed.accepted()]
        check("each with a Message-ID of its own", len(set(identifiers)) == 2, identifiers)
        back = ("Return-Path: <>\r\nDelivered-To: retour+apercu@amf.example\r\nFrom: MAILER-DAEMON@mx.test\r\nTo: retour+apercu@amf.example\r\n"
                "Subject: Undelivered\r\nMessage-ID: <b@mx.test>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=q\r\n\r\n"
                "--q\r\n\r\nno\r\n--q\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; "
                f"moi@maison.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--q\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {identifiers[0]}\r\n\r\n--q--\r\n")
        bed("inbox", "--stdin", stdin=back)
        same("its bounce changes nothing but is kept", (bed.rows("SELECT COUNT(*) FROM suppression"), bed.rows("SELECT proof FROM inbound")), ([(0,)], [("none",)]))
        for label, words, pattern in (("no address", (), "--to"), ("none", ("--to", "moi"), "adresse"), ("an unknown party", ("29999", "--to", "a@b.example"), "29999")):
            refused = bed("try", "c", "rappel-j14", *words, check=False)
            check(f"try: {label}: refused", refused.returncode == 2 and re.search(pattern, refused.stderr), refused.stderr)
        check("an unknown wave names those there are", "rappel-j7" in bed("try", "c", "x", "--to", "a@b.example", check=False).stderr)
        refused = bed("try", "c", "rappel-j14", "--to", "moi@boite-inconnue.test", check=False)
        same("the server's no is told", (refused.returncode, "550" in refused.stdout), (1, True))
        bed.configure("[smtp]\nurl = smtp://127.0.0.1:1")
        refused = bed("try", "c", "rappel-j14", "--to", "moi@maison.example", check=False)
        check("no server: refused", refused.returncode == 2 and "serveur" in refused.stderr, refused.stderr)


def shown():
    with Bed(WAVES, MONDAY) as bed:
        bed.create()
        bed.enrol(PEOPLE)
        text = bed("start", "c", stdin="1\n", check=False)
        total = re.search(r"\((\d+)\)", text.stdout)[1]
        same("the total of all waves is asked for", (text.returncode, total), (2, str(3 * len(PEOPLE))))
        check("publics by department", re.search(r"toutes les inscrites : 8\n +29\u00a06 · 75\u00a01 · 974\u00a01", text.stdout), text.stdout)
        check("who has no address", "sans adresse utilisable, donc sans message : 1" in text.stdout)
        check("nothing to compare yet", "Aucune vague n'est encore partie" in text.stdout)
        check(f"{3 * SENDABLE} messages judged", f"vérifiés : {3 * SENDABLE}, aucun défaut" in text.stdout, text.stdout[-600:])
        answer = json.loads(bed("start", "c", "--yes", "--format", "json").stdout)
        same("five samples, as different as can be", [(one["kind"], one["id"]) for one in answer["samples"]],
             [("small", "29001"), ("large", "75056"), ("grouping", "242900314"), ("overseas", "97411"), ("article", "29053")])
        check("each with its subject and text", all(one["subject"] and "Madame" in one["text"] for one in answer["samples"]))
        same("counts for machines", [(one["audience"], one["total"], one["departments"]) for one in answer["audiences"]][0],
             ("informed", 8, {"29": 6, "75": 1, "974": 1}))
        bed.send(MONDAY)
        bed("answered", "c", "29019", "29001")
        bed("withdraw", "c", "29232")
        bed.enrol({"29151": "morlaix@commune.example"})
        since = json.loads(bed("start", "c", "--yes", "--format", "json").stdout)["since"]
        same("the difference to the last wave", since, {"last": "information", "last_total": 8, "next": "rappel-j14", "next_total": 6, "added": 1,
                                                        "gone": {"answered": 2, "withdrawn": 1}})
        text = bed("start", "c", "--yes").stdout
        check("… in words", "en moins : 3 ; 2 a déjà répondu" in text or re.search("en moins : 3 ; 2 .*répondu.*1 .*retirée", text), text)


def reviewed():
    with Bed(WAVES, MONDAY) as bed:
        bed.create()
        bed.enrol(PEOPLE)
        for label, sql, was, value, column in (
                ("an address", "UPDATE contact_fact SET address = ? WHERE address = ?", "quimper@commune.example", "quimper@commune.example>\r\nBcc: x@y.test", "To"),
                ("an address of two", "UPDATE contact_fact SET address = ? WHERE address = ?", "quimper@commune.example", "a@b.test, c@d.test", "To")):
            bed.change(sql, value, was)
            dump = everything(bed)
            done = bed("start", "c", "--yes", check=False)
            check(f"{label} that is none: wave, collectivity and row are named", done.returncode == 2 and re.search(
                r"vague information, Quimper \(29232\), adresse « .* » de \S*liste\.csv:8 : ", done.stderr), done.stderr)
            same("nothing is changed", everything(bed), dump)
            bed.change(sql, was, value)
        # Who is selected later is judged now: the reminder's audience is empty, everybody enrolled is looked at.
        bed.change("UPDATE enrolment SET selected = 0")
        bed.change("UPDATE contact_fact SET address = 'bad address@x.test' WHERE address = 'quimper@commune.example'")
        bed.write("i.ics", open(bed.path("c.ics"), encoding="utf-8", newline="").read().replace("urn:relais:informed", "urn:relais:selected-unanswered"))
        bed("campaign", "create", "d", "--schedule", bed.path("i.ics"))
        bed("import", bed.path("liste.csv"), "--campaign", "d", "--as", "informed", check=False)
        bed.change("UPDATE enrolment SET selected = 0")
        done = bed("start", "d", "--yes", check=False)
        check("nobody selected yet: everybody enrolled is judged", done.returncode == 2 and "29232" in done.stderr, done.stderr)


def leaves(bed, clock, wave):
    """How many messages of that wave the server has after sending."""
    bed.send(clock)
    ids = {mid for (mid,) in bed.rows("SELECT p.message_id FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id "
                                      "WHERE w.name = ?", wave)}
    return sum(one["message_id"] in ids for one in bed.accepted())


def voided():
    def template(bed):
        text = open(bed.path("templates/rappel-j14.md"), encoding="utf-8").read() + "\nUne phrase de plus.\n"
        digest = hashlib.sha256(text.encode()).hexdigest()
        bed.change("INSERT INTO document (sha256, bytes) VALUES (?, ?)", digest, text.encode())
        bed.change("UPDATE campaign_template SET sha256 = ? WHERE name = 'rappel-j14.md'", digest)

    def schedule(bed):
        text = open(bed.path("c.ics"), encoding="utf-8", newline="").read().replace("X-RELAIS-SEND-AT:09:30", "X-RELAIS-SEND-AT:09:15")
        digest = hashlib.sha256(text.encode()).hexdigest()
        bed.change("INSERT INTO document (sha256, bytes) VALUES (?, ?)", digest, text.encode())
        bed.change("UPDATE campaign SET schedule = ?", digest)

    def sender(key):
        return lambda bed: bed.configure(key)

    void = {"a template": template, "the schedule": schedule,
            "the sender's name": sender("[sender]\nfrom = Autre <relais@amf.example>"),
            "the sender's address": sender("[sender]\nfrom = ASCO – AMF <autre@amf.example>"),
            "the reply address": sender("[sender]\nreply_to = reponses@amf.example"),
            "the return path": sender("[sender]\nreturn_path = autre@amf.example"),
            "the contact": sender("[sender]\ncontact_phone = 01 02 03 04 05"),
            "the public link": sender("[sender]\npublic_link = https://autre.example/"),
            "the pages' address": sender("[web]\nbase_url = https://relais.amf.example"),
            "automatic answers": sender("[sender]\nauto_replies = unwanted")}
    keeps = {"answers": lambda bed: bed("answered", "c", "29019"),
             "an objection": lambda bed: bed("import", objection(bed), "--campaign", "c", "--as", "objected"),
             "an import": lambda bed: bed.enrol({"29151": "morlaix@commune.example"}),
             "a withdrawal": lambda bed: bed("withdraw", "c", "29019"),
             "pause and resume": lambda bed: (bed("pause", "c"), bed("resume", "c"))}
    wanted = {"answers": SENDABLE - 1, "an objection": SENDABLE - 1, "an import": SENDABLE + 1, "a withdrawal": SENDABLE - 1, "pause and resume": SENDABLE}

    def objection(bed):
        bed.write("opposition.csv", "code_insee;emails\n29019;brest@commune.example\n")
        return bed.path("opposition.csv")

    for label, act in {**void, **keeps}.items():
        with Bed(WAVES, MONDAY) as bed:
            bed.create()
            bed.enrol(PEOPLE)
            bed("start", "c", "--yes")
            if label in ("a template", "an import"):
                same("(the first wave leaves)", leaves(bed, MONDAY, "information"), SENDABLE)
            bed.clock = FRIDAY
            act(bed)
            if label in keeps:
                same(f"{label}: the approval stands", leaves(bed, FRIDAY, "rappel-j14"), wanted[label])
                continue
            same(f"{label}: nothing leaves any more", leaves(bed, FRIDAY, "rappel-j14"), 0)
            check(f"{label}: check says why", "nouveau « relais start »" in bed("check", check=False).stdout)
            bed("start", "c", "--yes")
            same(f"{label}: until a person starts again", leaves(bed, FRIDAY, "rappel-j14"), SENDABLE)


def extended():
    with Bed(WAVES, MONDAY) as bed:
        bed.create()
        bed.enrol(PEOPLE)
        bed("start", "c", "--yes")
        bed("extend", "c", "2026-01-30")
        same("a confirmed extension approves anew", leaves(bed, "2026-01-16T10:00:00+01:00", "rappel-j14"), SENDABLE)
    with Bed(WAVES, MONDAY) as bed:
        bed.create()
        bed.enrol(PEOPLE)
        bed("start", "c", "--yes")
        bed.configure("[sender]\ncontact_phone = 01 02 03 04 05")
        bed("extend", "c", "2026-01-30")
        same("but not what was void already", leaves(bed, "2026-01-16T10:00:00+01:00", "rappel-j14"), 0)


def while_running():
    """A template replaced under a running sender: what leaves afterwards waits for a new start."""
    with Bed([on("information", "20251215")], MONDAY, server=("--delay-dot-ms", "150"), settings="[smtp]\nconnections = 1") as bed:
        bed.create()
        codes = [f"29{n:03}" for n in range(1, 60) if n not in (9, 14, 15, 50)]
        bed.enrol({code: f"m{code}@commune.example" for code in codes})
        bed("start", "c", "--yes")
        process = subprocess.Popen([RELAIS, "-c", bed.path("relais.ini"), "send", "--clock", MONDAY], stderr=subprocess.DEVNULL)
        while len(bed.accepted()) < 4:
            time.sleep(0.02)
        bed.change("INSERT INTO document (sha256, bytes) VALUES ('x', ?)", b"---\nsubject: Autre\n---\nAutre chose.\n")
        bed.change("UPDATE campaign_template SET sha256 = 'x' WHERE name = 'information.md'")
        time.sleep(1.2)
        count = len(bed.accepted())
        time.sleep(1)
        process.terminate()
        process.wait(40)
        check("a second later nothing leaves, and nothing of the new text did", len(bed.accepted()) == count < 50 and
              all("Autre" not in str(bed.message(one)["subject"]) for one in bed.accepted()), [count, len(bed.accepted())])


trials()
shown()
reviewed()
voided()
extended()
while_running()
finish()
