#!/usr/bin/env python3
"""Taking an import back while a campaign runs: the state in force is exactly as it was, mails that rested on it are named, what was
planned to an address taken back goes to the next contact or nowhere, and a killed import is seen by nobody."""
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

EARLY, LATER = "2025-12-08T09:40:00+01:00", "2025-12-08T10:30:00+01:00"


skip_unless_built()
tmp = tempfile.mkdtemp(prefix="relais-undo.")


def relais(*words, clock=EARLY, want=0):
    run = subprocess.run([RELAIS, *words, "--format", "json", "--clock", clock], cwd=tmp, capture_output=True, text=True, timeout=120)
    if run.returncode != want:
        same(f"relais {' '.join(words)}: exit code", (run.returncode, run.stdout[-500:], run.stderr[-500:]), want)
    return json.loads(run.stdout.splitlines()[0]) if run.stdout.startswith("{") else {}


def write(name, *lines):
    with open(os.path.join(tmp, name), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def rows(sql):
    with sqlite3.connect(os.path.join(tmp, "relais.db")) as store:
        return store.execute(sql).fetchall()


IN_FORCE = ("SELECT party_id, address, rank, line FROM contact ORDER BY 1, 3", "SELECT address, reason, origin, at_ms FROM suppression ORDER BY 1, 2",
            "SELECT * FROM relay ORDER BY 1", "SELECT * FROM enrolment ORDER BY 1, 2", "SELECT id, answers_as_of_ms, state FROM campaign")


def dump():
    return [rows(sql) for sql in IN_FORCE]


def ledger():
    return rows("SELECT COUNT(*) FROM event")[0][0]


def start_server():
    server = subprocess.Popen([sys.executable, "tests/smtp_server.py", "--record", os.path.join(tmp, "record")], stdout=subprocess.PIPE, text=True)
    return server, int(server.stdout.readline().split()[1])


def set_up(port):
    relais("init", ".")
    with open(os.path.join(tmp, "relais.ini"), "a", encoding="utf-8") as config:
        config.write(f"\n[smtp]\nurl = smtp://127.0.0.1:{port}\nstarttls = off\nconnections = 2\n[sender]\nfrom = ASCO <relais@amf.example>\nreturn_path = retour@amf.example\n")
    relais("campaign", "create", "essai", "--schedule", "schedules/asco-2025.ics")
    write("base.csv", "Code INSEE;Courriel;Statut", "29019;mairie@brest.example;selectionnee", "29232;mairie@quimper.example;informee")
    relais("import", "base.csv", "--campaign", "essai")


def undo_of_everything():
    before, events = dump(), ledger()
    write("plus.csv", "Code INSEE;Courriel;Statut;Répondu le", "29019;autre@brest.example;répondu;01/12/2025", "29151;mairie@morlaix.example;oui;",
          "29232;mairie@quimper.example;ne plus contacter;")
    write("reseaux.csv", "departement;sigle;courriel", "29;AMF 29;amf29@amf29.example")
    write("reponses.csv", "id;repondu le", "29019;02/12/2025", "29151;03/12/2025")
    imports = [relais("import", "plus.csv", "--campaign", "essai"), relais("import", "reseaux.csv", "--as", "relays"),
               relais("import", "reponses.csv", "--campaign", "essai", "--as", "answered")]
    same("the lists changed something", dump() != before, True)
    listed = relais("imports")["imports"]
    same("the imports are listed", [(i["file"], i["rows"]["accepted"], i["undone_at"]) for i in listed],
         [("base.csv", 2, None), ("plus.csv", 3, None), ("reseaux.csv", 1, None), ("reponses.csv", 2, None)])
    now = dump()
    tried = relais("undo", str(imports[0]["import_id"]), "--dry-run")
    same("a dry run says what would go", (tried["contacts"], tried["contacts_kept"], tried["suppressions"], tried["enrolments"], tried["dry_run"]),
         (2, 1, 1, 3, True))
    same("and changes nothing", dump(), now)
    for one in imports:
        relais("undo", str(one["import_id"]))
    same("all undone, in the order they came: exactly as it was", dump(), before)
    same("the ledger only grows", ledger() > events, True)
    relais("undo", str(imports[0]["import_id"]), want=2)
    relais("undo", "999", want=2)
    relais("undo", "x", want=2)
    same("refusals change nothing", dump(), before)


def twice():
    before, events = dump(), ledger()
    again = relais("import", "base.csv", "--campaign", "essai")
    same("the same list twice changes nothing", (dump(), ledger()), (before, events))
    gone = relais("undo", str(again["import_id"]))
    same("undoing the second neither", (dump(), gone["contacts"], gone["contacts_kept"], gone["mails_count"]), (before, 0, 2, 0))


def while_it_runs():
    write("inscrites.csv", "id;statut", "29004;informee")
    relais("import", "inscrites.csv", "--campaign", "essai")
    # liste-grise.test refuses for now: three deliveries wait for their next try while the mistake is found.
    write("faute.csv", "Code INSEE;Courriel", "29001;faux@argol.example", "29002;faux@liste-grise.test", "29003;faux3@liste-grise.test",
          "29004;faux4@liste-grise.test")
    wrong = relais("import", "faute.csv", "--campaign", "essai")["import_id"]
    write("juste.csv", "Code INSEE;Courriel", "29002;mairie@arzano.example")
    relais("import", "juste.csv", "--campaign", "essai")
    relais("start", "essai", "--yes")
    send(EARLY)
    same("what left before", accepted(), ["faux@argol.example", "mairie@brest.example", "mairie@quimper.example"])
    same("what waits", rows("SELECT party_id, state FROM delivery WHERE state <> 4 ORDER BY 1"), [("29002", 3), ("29003", 3), ("29004", 3)])
    gone = relais("undo", str(wrong), clock=LATER)
    same("the mail that rested on it is named", [(m["id"], m["wave"], m["address"], m["state"], m["because"]) for m in gone["mails"]],
         [("29001", "information", "faux@argol.example", "sent", "address")])
    same("enrolled are those whom another list names", rows("SELECT party_id FROM enrolment WHERE party_id LIKE '2900%' ORDER BY 1"), [("29002",), ("29004",)])
    send(LATER)
    same("the next contact of the one, nobody else", accepted(),
         ["faux@argol.example", "mairie@arzano.example", "mairie@brest.example", "mairie@quimper.example"])
    same("the others are skipped, with the reason", rows("SELECT party_id, state, reason FROM delivery WHERE party_id IN ('29003', '29004') ORDER BY 1"),
         [("29003", 6, "not-enrolled"), ("29004", 6, "taken-back")])
    report = relais("report", "essai", clock=LATER)["waves"][0]
    same("planned adds up", report["planned"], sum(report[k] for k in ("pending", "sent", "failed", "skipped", "in_doubt")))
    run = subprocess.run([RELAIS, "history", "29001", "--format", "json", "--clock", LATER], cwd=tmp, capture_output=True, text=True, check=True)
    events = [json.loads(line) for line in run.stdout.splitlines()]
    same("its history tells", [(e["event"], e["text"], e["origin"]) for e in events if e["event"] == "taken_back"],
         [("taken_back", "informed -> absent", f"relais undo {wrong}")])


def send(clock, *words):
    subprocess.run([RELAIS, "send", "--until-idle", "--clock", clock, *words], cwd=tmp, check=False, capture_output=True, timeout=120)


def accepted():
    with open(os.path.join(tmp, "record", "accepted.jsonl"), encoding="utf-8") as file:
        return sorted(json.loads(line)["rcpt"] for line in file)


def killed_import():
    before = dump()
    write("longue.csv", "Code INSEE;Courriel", *[f"{code};c{i}@x{i}.example" for i, (code,) in enumerate(
        rows("SELECT insee FROM collectivity WHERE insee <> '' ORDER BY id LIMIT 30000"))])
    for wait_s in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3):
        process = subprocess.Popen([RELAIS, "import", "longue.csv", "--campaign", "essai", "--clock", LATER], cwd=tmp, stdout=subprocess.DEVNULL)
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if dump() != before:
            break
    whole = len(rows("SELECT 1 FROM contact")) > 30000
    same("a killed import is seen whole or not at all", dump() == before or whole, True)
    left = rows("SELECT id FROM import WHERE file = 'longue.csv' AND visible_ms IS NOT NULL AND undone_ms IS NULL")
    for (one,) in left:
        relais("undo", str(one), clock=LATER)
    relais("import", "base.csv", "--campaign", "essai", clock=LATER)
    same("the next one removes what it left", rows("SELECT COUNT(*) FROM contact_fact WHERE import_id NOT IN (SELECT id FROM import WHERE visible_ms > 0)"),
         [(0,)])


server = None
try:
    server, port = start_server()
    set_up(port)
    undo_of_everything()
    twice()
    while_it_runs()
    killed_import()
finally:
    if server:
        server.terminate()
        server.wait()
    shutil.rmtree(tmp)
finish()
