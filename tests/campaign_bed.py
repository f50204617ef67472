"""One folder, one campaign "c", one scripted server: what the stories about messages share. Not a test itself."""
import email
import email.policy
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from tap import RELAIS

HERE = os.path.dirname(os.path.abspath(__file__))
WAVE = ("BEGIN:VALARM\nUID:{name}\nACTION:EMAIL\nTRIGGER{trigger}\nSUMMARY:{name}\nDESCRIPTION:{name}\n"
        "ATTENDEE;CUTYPE=GROUP:urn:relais:{audience}\nATTACH;FMTTYPE=text/markdown:{template}\nEND:VALARM\n")
CALENDAR = ("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Relais//Essai//FR\nBEGIN:VTODO\nUID:c@amf.example\nDTSTAMP:20251201T080000Z\n"
            "SEQUENCE:1\nSUMMARY:Essai\nDUE;VALUE=DATE:{due}\nX-RELAIS-SEND-AT:09:30\nX-RELAIS-WINDOW:MO-FR 08:30-17:30\n"
            "X-RELAIS-LATE:P1D\n{waves}END:VTODO\nEND:VCALENDAR\n")


def on(name, day, audience="informed", template="information.md"):
    return WAVE.format(name=name, trigger=f";VALUE=DATE-TIME:{day}T083000Z", audience=audience, template=template)


def before(name, days, template="rappel-j7.md", audience="selected-unanswered"):
    return WAVE.format(name=name, trigger=f";RELATED=END:-P{days}D", audience=audience, template=template)


class Bed:
    """Close it; everything it made and started goes with it."""

    def __init__(self, waves, clock, due="20260123", server=(), settings=""):
        self.folder, self.clock = tempfile.mkdtemp(prefix="relais-test."), clock
        self.work = os.path.join(self.folder, "work")
        self.record = os.path.join(self.folder, "serveur")
        subprocess.run([RELAIS, "init", self.work], check=True, capture_output=True)
        self.server = subprocess.Popen([sys.executable, os.path.join(HERE, "smtp_server.py"), "--record", self.record, *server],
                                       stdout=subprocess.PIPE, text=True)
        self.port = int(self.server.stdout.readline().split()[1])
        self.configure(f"[smtp]\nurl = smtp://127.0.0.1:{self.port}\nstarttls = off\nconnections = 4\n[sender]\n"
                       f"from = ASCO – AMF <relais@amf.example>\nreturn_path = retour@amf.example\n{settings}\n[log]\nlevel = error")
        self.write("c.ics", CALENDAR.format(due=due, waves="".join(waves)).replace("\n", "\r\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(10)
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def configure(self, text):
        with open(self.path("relais.ini"), "a", encoding="utf-8") as file:
            file.write("\n" + text + "\n")

    def __call__(self, *words, clock=None, stdin=None, check=True):
        done = subprocess.run([RELAIS, "-c", self.path("relais.ini"), *words, "--clock", clock or self.clock], capture_output=True,
                              text=True, input=stdin, check=False, timeout=3600)
        if check and done.returncode:
            raise AssertionError([words, done.returncode, done.stdout[-2000:], done.stderr[-2000:]])
        return done

    def create(self):
        self("campaign", "create", "c", "--schedule", self.path("c.ics"))

    def enrol(self, people, status="selectionnee"):
        """people: code or SIREN -> addresses."""
        rows = (f"{'' if len(code) > 5 else code};{code if len(code) > 5 else ''};{mails};{status}\n" for code, mails in people.items())
        self.write("liste.csv", "code_insee;siren;emails;statut\n" + "".join(rows))
        self("import", self.path("liste.csv"), "--campaign", "c")

    def send(self, clock):
        self.clock = clock
        return self("send", "--until-idle", check=False)

    def rows(self, sql, *values):
        with sqlite3.connect(f"file:{self.path('relais.db')}?mode=ro", uri=True, timeout=30) as store:
            return store.execute(sql, values).fetchall()

    def change(self, sql, *values):
        with sqlite3.connect(self.path("relais.db"), timeout=30) as store:
            store.execute(sql, values)

    def accepted(self):
        path = os.path.join(self.record, "accepted.jsonl")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def bytes_of(self, one):
        with open(os.path.join(self.record, one["file"]), "rb") as file:
            return file.read()

    def message(self, one):
        return email.message_from_bytes(self.bytes_of(one), policy=email.policy.default)
