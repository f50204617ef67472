"""A folder, a campaign and a scripted server for stories about sending (send.t, limits.t). After every command, every wave of
every report must add up: planned = pending + sent + failed + skipped + in doubt."""
import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

from scripted_server import Server, servers  # noqa: F401
from tap import RELAIS, check, finish, same, skip_unless_built  # noqa: F401  what stories import from here

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
READY, CLAIMED, ARMED, DEFERRED, SENT, FAILED, SKIPPED, IN_DOUBT, CANCELLED = range(9)
MONDAY = "2025-12-15T10:00:00+01:00"
WAVE = ("BEGIN:VALARM\nUID:{name}\nACTION:EMAIL\nTRIGGER{trigger}\nSUMMARY:{name}\nDESCRIPTION:{name}\n"
        "ATTENDEE;CUTYPE=GROUP:urn:relais:{audience}\nATTACH;FMTTYPE=text/markdown:{template}\nEND:VALARM\n")
CALENDAR = ("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Relais//Essai//FR\nBEGIN:VTODO\nUID:{uid}@amf.example\nDTSTAMP:20251201T080000Z\n"
            "SEQUENCE:1\nSUMMARY:Essai\nDUE;VALUE=DATE:{due}\nX-RELAIS-SEND-AT:09:30\nX-RELAIS-WINDOW:{window}\n"
            "X-RELAIS-LATE:P1D\n{waves}END:VTODO\nEND:VCALENDAR\n")
beds, running = [], []


def until(test, seconds=10):
    end = time.monotonic() + seconds
    while not test():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def absolute(name, day, audience="informed", template="information.md"):
    return WAVE.format(name=name, trigger=f";VALUE=DATE-TIME:{day}T083000Z", audience=audience, template=template)


def relative(name, days, template="rappel-j7.md", audience="selected-unanswered"):
    return WAVE.format(name=name, trigger=f";RELATED=END:{'-' if days else ''}P{days}D", audience=audience, template=template)


def scripted(text):
    """Options of a server that answers by these rules (smtp_server.py, --reply-script)."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=tmp, prefix="script-", delete=False) as file:
        file.write(text + "\n")
    return "--reply-script", file.name


class Bed:
    """One folder, one campaign "c", one scripted server."""

    def __init__(self, name, waves, people, due="20260123", clock=MONDAY, start=True, server=(), smtp="",
                 window="MO-FR 08:30-17:30"):
        self.folder, self.clock, self.adds_up = os.path.join(tmp, name), clock, True
        shutil.copytree(os.path.join(tmp, "vide"), self.folder)
        beds.append(self)
        self.server = Server(os.path.join(self.folder, "serveur"), *server)
        self.configure(f"[smtp]\nurl = smtp://127.0.0.1:{self.server.port}\nstarttls = off\nconnections = 4\n{smtp}\n[sender]\n"
                       "from = ASCO – AMF <relais@amf.example>\nreturn_path = retour@amf.example\n[log]\nlevel = error")
        with open(self.path("c.ics"), "w", encoding="utf-8", newline="") as file:
            file.write(CALENDAR.format(uid=name, due=due, window=window, waves="".join(waves)).replace("\n", "\r\n"))
        with open(self.path("liste.csv"), "w", encoding="utf-8") as file:
            file.write("code_insee;nom;emails;statut\n")
            file.writelines(f"{code};\"{NAMES[code]}\";{mails};selectionnee\n" for code, mails in people.items())
        self("campaign", "create", "c", "--schedule", self.path("c.ics"))
        self("import", self.path("liste.csv"), "--campaign", "c")
        if start:
            self("start", "c", "--yes")

    def path(self, name):
        return os.path.join(self.folder, name)

    def configure(self, text):
        with open(self.path("relais.ini"), "a", encoding="utf-8") as file:
            file.write("\n" + text + "\n")

    def command(self, *words, clock=True):
        return [RELAIS, "-c", self.path("relais.ini"), *words] + (["--clock", self.clock] if clock else [])

    def __call__(self, *words, want=(0,), stdin=None, clock=True):
        done = subprocess.run(self.command(*words, clock=clock), capture_output=True, text=True, input=stdin, check=False, timeout=120)
        if done.returncode not in want:
            check(f"relais {' '.join(words)} exits {want}", False, done.returncode, done.stdout, done.stderr)
        if words[0] != "report":
            self.equation(clock)
        return done

    def equation(self, clock=True):
        said = subprocess.run(self.command("report", "c", "--format", "json", clock=clock), capture_output=True, text=True, check=False)
        for wave in json.loads(said.stdout).get("waves", []) if said.returncode in (0, 1) else []:
            parts = [wave[key] for key in ("planned", "pending", "sent", "failed", "skipped", "in_doubt")]
            if parts[0] != sum(parts[1:]):
                self.adds_up = False
                check(f"{wave['wave']} adds up", False, parts)

    def send(self, clock=None, want=(0,)):
        self.clock = clock or self.clock
        return self("send", "--until-idle", want=want)

    def begin(self, *words, clock=True, env=None, log=None):
        """log: a file in the folder for what it says; its own session, so that signals to a group strike nobody else."""
        said = open(self.path(log), "ab") if log else subprocess.DEVNULL
        process = subprocess.Popen(self.command(*words, clock=clock), stdout=subprocess.DEVNULL, stderr=said, env=env, start_new_session=True)
        running.append(process)
        if log:
            said.close()
        return process

    def rows(self, sql, *values):
        with sqlite3.connect(f"file:{self.path('relais.db')}?mode=ro", uri=True, timeout=30) as store:
            return store.execute(sql, values).fetchall()

    def states(self, wave=None):
        return dict(self.rows("SELECT d.party_id, d.state FROM delivery d JOIN wave w ON w.id = d.wave_id "
                              "WHERE d.state <> 8 AND COALESCE(?, w.name) = w.name", wave))

    def reasons(self, wave):
        return dict(self.rows("SELECT d.party_id, d.reason FROM delivery d JOIN wave w ON w.id = d.wave_id WHERE d.state <> 8 AND w.name = ?", wave))

    def dump(self, wave):
        return [self.rows(f"SELECT {what} FROM wave w JOIN wave_group g ON g.wave_id = w.id LEFT JOIN delivery d ON d.wave_id = w.id "
                          "AND d.department = g.department LEFT JOIN dispatch p ON p.delivery_id = d.id WHERE w.name = ? ORDER BY 1, 2, 3", wave)
                for what in ("w.id, g.department, d.id, w.*, g.*, d.*, p.*",)]


def plain(codes):
    return {code: f"mairie.{code.lower()}@commune.example" for code in codes}


def address(code):
    return f"mairie.{code.lower()}@commune.example"


def run(stories):
    """Each story whose name is given, or all; ends the program."""
    try:
        subprocess.run([RELAIS, "init", os.path.join(tmp, "vide")], check=True, stdout=subprocess.DEVNULL)
        for story in stories:
            if len(sys.argv) < 2 or story.__name__ in sys.argv[1:]:
                story()
        check("every wave of every report added up, after every command", all(bed.adds_up for bed in beds))
    except subprocess.TimeoutExpired as slow:
        check("every command ends", False, slow)
    finally:
        for process in running + servers:
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(tmp, ignore_errors=True)
    finish()


skip_unless_built()
os.environ["TZ"] = "UTC"
time.tzset()
os.environ.pop("RELAIS_CLOCK", None)
os.environ.pop("RELAIS_CONFIG", None)
tmp = tempfile.mkdtemp(prefix="relais-send.")
ALL, NAMES = {}, {}
with open(os.path.join(ROOT, "lists/examples/annuaire-national-simule.csv"), encoding="utf-8-sig", newline="") as source:
    for row in csv.DictReader(source, delimiter=";"):
        if row["type"] == "commune":
            ALL.setdefault(row["departement"], []).append(row["code_insee"])
            NAMES[row["code_insee"]] = row["nom"]
METRO = ALL["29"]
