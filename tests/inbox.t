#!/usr/bin/env python3
"""What comes back, end to end: a small campaign is sent to the scripted server, returns of every kind are laid into a
Maildir, and the database is looked at with Python's eyes."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from tap import RELAIS, check, finish, same, skip_unless_built

HERE = os.path.dirname(os.path.abspath(__file__))
CLOCK = "2025-12-15T10:00:00+01:00"
SENT, IN_DOUBT, READY = 4, 7, 0
HARD, SOFT, AUTOREPLY, REPLY, OBJECTION, COMPLAINT, DELIVERED, CHALLENGE = 1, 2, 4, 8, 16, 32, 64, 128


skip_unless_built()
tmp = tempfile.mkdtemp(prefix="relais-inbox.")
store_path = os.path.join(tmp, "relais.db")
maildir = os.path.join(tmp, "retours")

SCHEDULE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Relais//Essai//FR
BEGIN:VTODO
UID:retours@amf.example
DTSTAMP:20251201T080000Z
SEQUENCE:1
SUMMARY:Retours
DUE;VALUE=DATE:20260123
X-RELAIS-SEND-AT:09:30
X-RELAIS-WINDOW:MO-FR 08:30-17:30
X-RELAIS-LATE:P1D
BEGIN:VALARM
UID:vague
ACTION:EMAIL
TRIGGER;VALUE=DATE-TIME:20251215T083000Z
SUMMARY:Vague
DESCRIPTION:Vague
ATTENDEE;CUTYPE=GROUP:urn:relais:informed
ATTACH;FMTTYPE=text/markdown:information.md
END:VALARM
END:VTODO
END:VCALENDAR
"""
TOWNS = {"29019": "brest", "29232": "quimper", "29151": "morlaix", "29155": "ouessant", "29039": "concarneau", "29103": "landerneau",
         "29046": "douarnenez", "29189": "plougastel", "29233": "quimperle", "29058": "fouesnant", "29083": "iledesein"}


def relais(*words, want=0, stdin=None, clock=CLOCK):
    run = subprocess.run([RELAIS, *words, "--clock", clock], cwd=tmp, input=stdin, capture_output=True, timeout=120)
    if run.returncode != want:
        check(f"relais {' '.join(words)} exits {want}", False, run.returncode, run.stdout, run.stderr)
    return run


def rows(sql, *values):
    with sqlite3.connect(store_path) as store:
        found = store.execute(sql, values).fetchall()
    store.close()
    return found


def change(sql, *values):
    with sqlite3.connect(store_path) as store:
        store.execute(sql, values)
    store.close()


def configure(*lines):
    with open(os.path.join(tmp, "relais.ini"), "a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(lines) + "\n")


class Dispatch:
    def __init__(self, party):
        found = rows("SELECT p.id, p.delivery_id, p.address, p.message_id, p.token FROM dispatch p JOIN delivery d ON d.id = p.delivery_id "
                     "WHERE d.party_id = ? ORDER BY p.id", party)[0]
        self.id, self.delivery, self.address, self.message_id, self.token = found
        self.party = party
        self.path = f"retour+{self.token}@amf.example"

    def returned(self):
        return rows("SELECT returned FROM delivery WHERE id = ?", self.delivery)[0][0]

    def state(self):
        return rows("SELECT state FROM delivery WHERE id = ?", self.delivery)[0][0]

    def events(self):
        return [event for (event,) in rows("SELECT event FROM event WHERE party_id = ? ORDER BY id", self.party)]


def report(dispatch, action, status, said, path=None):
    path = path or dispatch.path
    return (f"Return-Path: <>\r\nDelivered-To: {path}\r\nFrom: MAILER-DAEMON@mx.test\r\nTo: {path}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
            f"Message-ID: <{action}.{status}.{dispatch.party}@mx.test>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=\"q\"\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\n"
            f"Your message could not be delivered.\r\n--q\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
            f"Final-Recipient: rfc822; {dispatch.address}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {said}\r\n\r\n"
            "--q--\r\n").encode()


def letter(dispatch, subject, text, extra="", to=None, sender=None):
    return (f"Return-Path: <{dispatch.address}>\r\nFrom: {sender or dispatch.address}\r\nTo: {to or dispatch.path}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{abs(hash((subject, text))):x}@commune.test>\r\n{extra}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n").encode()


laid = 0


def lay(message, where="new"):
    global laid
    laid += 1
    name = f"17657{laid:05d}.M1P1.mx" + (":2," if where == "cur" else "")
    with open(os.path.join(maildir, where, name), "wb") as file:
        file.write(message)


def left():
    return sorted(os.listdir(os.path.join(maildir, "new")) + os.listdir(os.path.join(maildir, "cur")))


def once(want=0):
    run = relais("inbox", "--once", "--format", "json", want=want)
    return json.loads(run.stdout)


def set_up():
    relais("init", ".")
    with open(os.path.join(tmp, "retours.ics"), "w", encoding="utf-8", newline="") as file:
        file.write(SCHEDULE.replace("\n", "\r\n"))
    with open(os.path.join(tmp, "liste.csv"), "w", encoding="utf-8") as file:
        file.write("code_insee;emails;statut\n")
        for code, town in TOWNS.items():
            second = f", secours@{town}.example" if town == "brest" else ""
            file.write(f"{code};mairie@{town}.example{second};informee\n")
    for folder in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(maildir, folder))
    server = subprocess.Popen([sys.executable, os.path.join(HERE, "smtp_server.py")], stdout=subprocess.PIPE, text=True)
    port = server.stdout.readline().split()[1]
    configure("[smtp]", f"url = smtp://127.0.0.1:{port}", "starttls = off", "[sender]", "from = ASCO <relais@amf.example>",
              "return_path = retour@amf.example", "public_link = https://asco.example/", "[log]", "level = error")
    relais("campaign", "create", "retours", "--schedule", "retours.ics")
    relais("import", "liste.csv", "--campaign", "retours")
    relais("start", "retours", "--yes")
    relais("send", "--until-idle")
    server.terminate()
    server.wait()
    same("all were sent", rows("SELECT COUNT(*) FROM delivery WHERE state = ?", SENT)[0][0], len(TOWNS))
    return {town: Dispatch(code) for code, town in TOWNS.items()}


def refuse_bad_configurations():
    run = relais("inbox", "--once", want=2)
    check("without a source: what to write", b"maildir" in run.stderr, run.stderr)
    configure("[inbox]", "imap_url = imaps://quelqu-un@imap.test/INBOX")
    run = relais("inbox", "--once", want=2)
    check("a URL that is none, said with its line", b"imap_url" in run.stderr and b"relais.ini:" in run.stderr and b"username" in run.stderr, run.stderr)
    configure("[inbox]", "maildir = retours")
    run = relais("inbox", "--once", want=2)
    check("two sources in one section", b"[inbox.NOM]" in run.stderr, run.stderr)
    configure("[inbox]", "imap_url =", "maildir = nulle-part")
    run = relais("inbox", "--once", want=2)
    check("a folder that is not there is named", b"nulle-part" in run.stderr, run.stderr)
    configure("[inbox]", "maildir = retours", "done_folder = ../ailleurs")
    run = relais("inbox", "--once", want=2)
    check("a done folder outside is refused", b"done_folder" in run.stderr, run.stderr)
    configure("[inbox]", "done_folder = .Relais")
    same("nothing was read by all that", rows("SELECT COUNT(*) FROM inbound")[0][0], 0)


def judge_consequences(towns):
    brest, quimper, morlaix, ouessant = (towns[name] for name in ("brest", "quimper", "morlaix", "ouessant"))
    concarneau, landerneau, douarnenez, plougastel = (towns[name] for name in ("concarneau", "landerneau", "douarnenez", "plougastel"))
    change("UPDATE delivery SET state = ?, reason = 'killed' WHERE id = ?", IN_DOUBT, towns["fouesnant"].delivery)
    lay(report(brest, "failed", "5.1.1", "550 5.1.1 User unknown"))
    lay(report(quimper, "failed", "5.2.2", "552 5.2.2 Mailbox full"), "cur")
    lay(report(morlaix, "delayed", "4.4.1", "connect timed out"))
    lay(letter(ouessant, "Réponse automatique : Enquête", "De retour lundi.", "Auto-Submitted: auto-replied\r\n"))
    lay(letter(concarneau, "Re: Enquête", "Bonjour, nous avons déjà répondu.\r\n\r\nLe 15/12/2025 10:00, ASCO a écrit :\r\n> Bonjour"))
    lay(letter(landerneau, "Re: Enquête", "Merci de ne plus nous écrire."))
    lay(letter(douarnenez, "Re: Enquête", "Pour que votre message me parvienne, merci de confirmer votre envoi : https://filtre.mailinblack.example/x"))
    lay((f"From: fbl@provider.test\r\nTo: {plougastel.path}\r\nSubject: FW: Enquete\r\nMessage-ID: <arf@provider.test>\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/report; report-type=feedback-report; boundary=q\r\n\r\n--q\r\nContent-Type: message/feedback-report\r\n\r\n"
         f"Feedback-Type: abuse\r\nVersion: 1\r\nOriginal-Rcpt-To: {plougastel.address}\r\n\r\n--q--\r\n").encode())
    lay(report(towns["fouesnant"], "delivered", "2.0.0", "250 ok"))
    answer = once()
    same("all are taken", answer["taken"], 9)
    same("by kind", {kind: n for kind, n in answer["kinds"].items() if n},
         {"hard": 2, "soft": 1, "delivered": 1, "complaint": 1, "autoreply": 1, "challenge": 1, "unsubscribe": 1, "reply": 1})
    same("the Maildir is empty", left(), [])
    same("moved, and marked as seen", sum(name.endswith(":2,S") for name in os.listdir(os.path.join(maildir, ".Relais", "cur"))), 9)

    same("a dead address is suppressed", rows("SELECT reason FROM suppression WHERE address = ?", brest.address), [("dead",)])
    same("its delivery is due again", brest.state(), READY)
    same("to the next contact", [address for (address,) in rows("SELECT address FROM dispatch WHERE delivery_id = ? ORDER BY id", brest.delivery)],
         ["mairie@brest.example", "secours@brest.example"])
    check("with its lines in the ledger", {"bounced_hard", "next_contact"} <= set(brest.events()), brest.events())
    same("a full mailbox leaves a mark", quimper.returned(), HARD)
    same("and suppresses nothing", rows("SELECT COUNT(*) FROM suppression WHERE address = ?", quimper.address)[0][0], 0)
    same("the ledger has code and words", rows("SELECT code, text, origin FROM event WHERE event = 'bounced_hard' AND party_id = ?", quimper.party),
         [("5.2.2", "552 5.2.2 Mailbox full", "inbox:inbox")])
    same("a delay is soft", morlaix.returned(), SOFT)
    same("an auto-reply", ouessant.returned(), AUTOREPLY)
    same("a reply", concarneau.returned(), REPLY)
    same("its visible text", rows("SELECT reply_text FROM inbound WHERE kind = 'reply'"), [("Bonjour, nous avons déjà répondu.",)])
    held = rows("SELECT until_ms, reason FROM hold WHERE party_id = ?", concarneau.party)
    now_ms = 1765789200000  # CLOCK, a Monday
    same("« déjà répondu » holds the reminders three working days", held, [(now_ms + 3 * 86400000, "answered")])
    same("a reply waits for a person", rows("SELECT settled FROM inbound WHERE kind = 'reply'"), [("",)])
    same("an objection", landerneau.returned(), OBJECTION)
    same("suppresses for good", rows("SELECT reason FROM suppression WHERE address = ?", landerneau.address), [("objection",)])
    same("and stands in the campaign", rows("SELECT objected FROM enrolment WHERE party_id = ?", landerneau.party), [(1,)])
    same("a challenge", douarnenez.returned(), CHALLENGE)
    same("a complaint", plougastel.returned(), COMPLAINT)
    same("suppresses too", rows("SELECT reason FROM suppression WHERE address = ?", plougastel.address), [("complaint",)])
    same("evidence settles a doubt", towns["fouesnant"].state(), SENT)
    same("and leaves its mark", towns["fouesnant"].returned(), DELIVERED)


def judge_proofs(towns):
    sein, quimperle = towns["iledesein"], towns["quimperle"]
    before = rows("SELECT id, state, returned FROM delivery"), rows("SELECT address, reason FROM suppression")
    forged = sein.token[:-1] + ("a" if sein.token[-1] != "a" else "b")
    lay(report(sein, "failed", "5.1.1", "550 5.1.1 User unknown", f"retour+{forged}@amf.example"))
    lay(report(sein, "failed", "5.1.1", "550 5.1.1 Unknown", "retour@amf.example"))
    lay(letter(sein, "Désinscription", "", to="relais@amf.example"))
    lay(letter(quimperle, "Re: Enquête", "Nous avons déjà répondu.", to="relais@amf.example"))
    once()
    same("forged or unproved returns change nothing", (rows("SELECT id, state, returned FROM delivery"), rows("SELECT address, reason FROM suppression")), before)
    same("but are shown as likely", rows("SELECT DISTINCT proof, settled, party_id FROM inbound WHERE party_id = ?", sein.party), [("likely", "", sein.party)])
    same("and hold nobody", rows("SELECT COUNT(*) FROM hold WHERE party_id = ?", quimperle.party)[0][0], 0)
    lay(letter(quimperle, "Re: Enquête", "Une question : qui répond ?", f"In-Reply-To: {quimperle.message_id}\r\n", to="relais@amf.example",
               sender="dgs@autre.example"))
    once()
    same("the Message-ID in In-Reply-To is a proof, whoever writes", rows("SELECT proof, party_id FROM inbound ORDER BY id DESC LIMIT 1"), [("token", quimperle.party)])
    same("and the reply is counted", quimperle.returned(), REPLY)


def judge_once_only(towns):
    message = report(towns["quimper"], "failed", "5.2.2", "552 5.2.2 Mailbox full")
    before = rows("SELECT COUNT(*) FROM inbound")[0][0], rows("SELECT COUNT(*) FROM event")[0][0]
    lay(message)
    lay(message, "cur")
    answer = once()
    same("seen three times, counted once", (rows("SELECT COUNT(*) FROM inbound")[0][0], rows("SELECT COUNT(*) FROM event")[0][0]), before)
    same("said so", (answer["taken"], answer["seen_before"]), (0, 2))
    same("and moved", left(), [])
    lay(message.replace(b"\r\n", b"\n") if b"\r\n" in message else message.replace(b"\n", b"\r\n"))
    same("its line endings make it no other", once()["seen_before"], 1)
    same("raw as it came", rows("SELECT raw FROM inbound WHERE kind = 'hard' AND party_id = ?", towns["quimper"].party)[0][0], message)


def judge_hostile(towns):
    lay(b"Content-Type: multipart/mixed; boundary=\"\\\"\"\n\n--\"\n\nx\n")
    once()
    configure("[inbox]", "max_megabytes = 1")
    lay(b"Subject: gros\r\n\r\n" + b"x" * 1500000)
    lay(letter(towns["morlaix"], "Re: Enquête", "Merci."))
    answer = once(want=1)
    same("too large a message is kept unread, the next one read", (answer["kinds"]["unread"], answer["kinds"]["reply"]), (1, 1))
    same("its beginning is there", rows("SELECT reason, LENGTH(raw) FROM inbound WHERE kind = 'unread'"), [("too-large", 1000000)])
    same("nothing lies about", left(), [])
    os.makedirs(os.path.join(maildir, "new", "dossier"))
    lay(letter(towns["morlaix"], "Re: Enquête", "Derrière lui."))
    answer = once(want=1)
    same("what cannot be read stays and does not keep the others", (answer["left"], answer["kinds"]["reply"]), (1, 1))
    os.rmdir(os.path.join(maildir, "new", "dossier"))


def judge_stdin(towns):
    before = rows("SELECT COUNT(*) FROM inbound")[0][0]
    run = relais("inbox", "--stdin", stdin=letter(towns["ouessant"], "Re: Enquête", "Par le tuyau."))
    same("by an MTA's pipe: safe, and silent", (rows("SELECT COUNT(*) FROM inbound")[0][0], run.stdout), (before + 1, b""))
    same("its origin", rows("SELECT source FROM inbound ORDER BY id DESC LIMIT 1"), [("stdin",)])
    relais("inbox", "--stdin", "--nonsense", want=75, stdin=b"x")
    key = os.path.join(tmp, "relais.key")
    os.rename(key, key + ".away")
    relais("inbox", "--stdin", want=75, stdin=b"Subject: x\n\nx\n")
    os.rename(key + ".away", key)
    with open(os.path.join(tmp, "casse.ini"), "w", encoding="utf-8") as file:
        file.write("[nonsense]\nkey = 1\n")
    run = subprocess.run([RELAIS, "-c", "casse.ini", "inbox", "--stdin"], cwd=tmp, input=b"x", capture_output=True, timeout=60)
    same("a broken configuration is a later", run.returncode, 75)


def judge_role(towns):
    configure("[inbox]", "poll = 100ms")
    role = subprocess.Popen([RELAIS, "inbox", "--clock", CLOCK], cwd=tmp, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lay(letter(towns["brest"], "Re: Enquête", "Au rôle."))
    until = time.monotonic() + 10
    while left() and time.monotonic() < until:
        time.sleep(0.05)
    same("the role reads what arrives", left(), [])
    begun = time.monotonic()
    role.send_signal(signal.SIGTERM)
    said = role.communicate(timeout=10)
    check("and ends within a second, 0", role.returncode == 0 and time.monotonic() - begun < 1.5, role.returncode, said)
    # Killed at any point, then run again: each message once.
    before = rows("SELECT COUNT(*) FROM inbound")[0][0]
    for i in range(60):
        lay(letter(towns["ouessant"], f"Re: Enquête {i}", f"Numéro {i}."))
    for wait in (0.02, 0.05, 0.09):
        role = subprocess.Popen([RELAIS, "inbox", "--once", "--clock", CLOCK], cwd=tmp, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(wait)
        role.kill()
        role.communicate()
    once()
    same("after kills, each exactly once", (rows("SELECT COUNT(*) FROM inbound")[0][0] - before, left()), (60, []))
    same("in the ledger too", rows("SELECT COUNT(*) FROM event WHERE event = 'reply' AND party_id = ?", towns["ouessant"].party)[0][0], 61)


def judge_classify(towns):
    path = os.path.join(tmp, "un.eml")
    with open(path, "wb") as file:
        file.write(report(towns["quimper"], "failed", "5.1.1", "550 5.1.1 User unknown"))
    run = relais("classify", path, os.path.join(tmp, "absent.eml"), want=2)
    line = json.loads(run.stdout.splitlines()[0])
    same("classify: the keys", sorted(line), sorted(["file", "kind", "recipients", "status", "reason", "suppress", "message_id", "reply_text",
                                                       "reply_sort", "return_date", "new_address", "details"]))
    same("classify: the facts", (line["file"], line["kind"], line["recipients"], line["status"], line["suppress"]),
         (path, "hard", ["mairie@quimper.example"], "5.1.1", True))
    same("classify: each recipient's own", [(one["address"], one["status"], one["reason"], one["dead"]) for one in line["details"]],
         [("mairie@quimper.example", "5.1.1", "user-unknown", True)])
    run = relais("classify", "-", stdin=b"From: a@b.test\nSubject: x\n\nBonjour\n")
    same("classify: standard input", json.loads(run.stdout)["reply_text"], "Bonjour")


try:
    everyone = set_up()
    refuse_bad_configurations()
    judge_consequences(everyone)
    judge_proofs(everyone)
    judge_once_only(everyone)
    judge_hostile(everyone)
    judge_stdin(everyone)
    judge_role(everyone)
    judge_classify(everyone)
finally:
    shutil.rmtree(tmp, ignore_errors=True)
finish()
