#!/usr/bin/env python3
"""A real Postfix's own delivery reports, by its own words: failed, delayed, and expired, each matched by its token."""
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time

from tap import RELAIS, check, finish, same, skip_all, skip_unless_built

HERE = os.path.dirname(os.path.abspath(__file__))
BED = os.path.join(HERE, "postfix_bed.sh")
CLOCK = "2025-12-15T10:00:00+01:00"
SCHEDULE = ("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Relais//Essai//FR\nBEGIN:VTODO\nUID:essai@amf.example\nDTSTAMP:20251201T080000Z\nSEQUENCE:1\n"
            "SUMMARY:Essai\nDUE;VALUE=DATE:20260123\nX-RELAIS-SEND-AT:09:30\nX-RELAIS-WINDOW:MO-FR 08:30-17:30\nX-RELAIS-LATE:P1D\nBEGIN:VALARM\n"
            "UID:vague\nACTION:EMAIL\nTRIGGER;VALUE=DATE-TIME:20251215T083000Z\nSUMMARY:Vague\nDESCRIPTION:Vague\n"
            "ATTENDEE;CUTYPE=GROUP:urn:relais:informed\nATTACH;FMTTYPE=text/markdown:information.md\nEND:VALARM\nEND:VTODO\nEND:VCALENDAR\n")
FAILED, WAITS, FINE = "29019", "29232", "29151"
PEOPLE = {FAILED: "mairie@rejet-tardif.test, secours@brest.test", WAITS: "mairie@attente.test", FINE: "mairie@morlaix.test"}

skip_unless_built()
tmp = tempfile.mkdtemp(prefix="relais-postfix.")
os.chmod(tmp, 0o711)
mail, store_path = os.path.join(tmp, "mail"), os.path.join(tmp, "relais.db")


def relais(*words):
    run = subprocess.run([RELAIS, *words, "--clock", CLOCK], cwd=tmp, capture_output=True, text=True, timeout=120, check=False)
    if run.returncode not in (0, 1):
        check(f"relais {' '.join(words)}", False, run.returncode, run.stdout, run.stderr)
    return run


def rows(sql, *values):
    with sqlite3.connect(store_path) as store:
        return store.execute(sql, values).fetchall()


def set_up():
    relais("init", ".")
    with open(os.path.join(tmp, "c.ics"), "w", encoding="utf-8", newline="") as file:
        file.write(SCHEDULE.replace("\n", "\r\n"))
    with open(os.path.join(tmp, "liste.csv"), "w", encoding="utf-8") as file:
        file.write("code_insee;emails;statut\n" + "".join(f"{code};{mails};selectionnee\n" for code, mails in PEOPLE.items()))
    with open(os.path.join(mail, "port"), encoding="ascii") as file, open(os.path.join(tmp, "relais.ini"), "a", encoding="utf-8") as ini:
        ini.write(f"\n[smtp]\nurl = smtp://127.0.0.1:{file.read().strip()}\nstarttls = off\n[sender]\nfrom = ASCO <relais@amf.example>\n"
                  f"return_path = retour@amf.example\n[inbox]\nmaildir = {mail}/returns\n[log]\nlevel = error\n")
    relais("campaign", "create", "c", "--schedule", "c.ics")
    relais("import", "liste.csv", "--campaign", "c")
    relais("start", "c", "--yes")
    relais("send", "--until-idle")


def came(count, seconds=40):
    """Reads until so many have come back."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        relais("inbox", "--once")
        if rows("SELECT COUNT(*) FROM inbound")[0][0] >= count:
            return True
        time.sleep(0.3)
    return False


def judge():
    check("three reports come back", came(3), rows("SELECT kind, subject FROM inbound"))
    same("failed, delayed and expired, each with its token", sorted(rows("SELECT party_id, kind, status, proof, settled FROM inbound")),
         [(FAILED, "hard", "5.1.1", "token", "auto"), (WAITS, "soft", "4.2.2", "token", "auto"), (WAITS, "soft", "4.2.2", "token", "auto")])
    same("as Postfix says it", sorted(bytes(raw).split(b"\nAction: ")[1].split(b"\n")[0].strip() for (raw,) in rows("SELECT raw FROM inbound")),
         [b"delayed", b"failed", b"failed"])
    same("of their own dispatches", rows("SELECT COUNT(*) FROM inbound i JOIN dispatch p ON p.id = i.dispatch_id JOIN delivery d ON d.id = p.delivery_id "
                                         "WHERE d.party_id = i.party_id"), [(3,)])
    same("an unknown user is dead, a full mailbox is not", rows("SELECT address, reason FROM suppression"), [("mairie@rejet-tardif.test", "dead")])
    same("delayed and then given up is one failure", rows("SELECT address FROM soft_failure"), [("mairie@attente.test",)])
    relais("send", "--until-idle")
    same("the next contact has its mail", rows("SELECT p.address, d.state, d.returned FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id "
                                                   "WHERE d.party_id = ?", FAILED), [("secours@brest.test", 4, 0)])
    same("nothing came back of the others", rows("SELECT returned FROM delivery WHERE party_id = ?", FINE), [(0,)])


begun = subprocess.run([BED, "start", mail, "--quiet", "--impatient"], capture_output=True, text=True, check=False)
if begun.returncode == 77:
    shutil.rmtree(tmp, ignore_errors=True)
    skip_all(begun.stderr.strip())
try:
    if check("Postfix starts", begun.returncode == 0, begun.stderr):
        set_up()
        judge()
finally:
    subprocess.run([BED, "stop", mail], check=False)
    shutil.rmtree(tmp, ignore_errors=True)
finish()
