"""What the stories about plans share: one campaign in a private folder with a scripted mail server, commands at a chosen instant,
and what the server and the database say. Not a test itself."""
import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from scripted_server import Server, servers  # noqa: F401
from tap import RELAIS, check, finish, same, skip, skip_unless_built  # noqa: F401  what stories import from here

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
READY, CLAIMED, ARMED, DEFERRED, SENT, FAILED, SKIPPED, IN_DOUBT, CANCELLED = range(9)
WAVE = ("BEGIN:VALARM\nUID:{name}\nACTION:EMAIL\nTRIGGER{trigger}\nSUMMARY:{title}\nDESCRIPTION:{name}\n"
        "ATTENDEE;CUTYPE=GROUP:urn:relais:{audience}\nATTACH;FMTTYPE=text/markdown:{template}\nEND:VALARM\n")
CALENDAR = ("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Relais//Essai//FR\nBEGIN:VTODO\nUID:{uid}@amf.example\nDTSTAMP:20251201T080000Z\n"
            "SEQUENCE:1\nSUMMARY:{title}\nDUE;VALUE=DATE:{due}\nX-RELAIS-SEND-AT:09:30\nX-RELAIS-WINDOW:MO-FR 08:30-17:30\n"
            "X-RELAIS-LATE:P1D\n{waves}END:VTODO\nEND:VCALENDAR\n")
tmp = None


# -- schedules ------------------------------------------------------------------------------------------------------
def absolute(name, day, audience="informed", template="information.md", title=None):
    return WAVE.format(name=name, title=title or name, trigger=f";VALUE=DATE-TIME:{day}T083000Z", audience=audience, template=template)


def relative(name, days, template="rappel-j7.md", audience="selected-unanswered", title=None):
    return WAVE.format(name=name, title=title or name, trigger=f";RELATED=END:{'-' if days else ''}P{days}D", audience=audience,
                       template=template)


def calendar(waves, uid="essai", due="20260123", title="Essai"):
    return CALENDAR.format(uid=uid, due=due, title=title, waves="".join(waves)).replace("\n", "\r\n")


# -- people -----------------------------------------------------------------------------------------------------------
def address(code):
    return f"mairie.{code.lower()}@commune.example"


def communes():
    """{department: [codes]}, {code: name} of the examples."""
    departments, names = {}, {}
    with open(os.path.join(ROOT, "lists/examples/annuaire-national-simule.csv"), encoding="utf-8-sig", newline="") as source:
        for row in csv.DictReader(source, delimiter=";"):
            if row["type"] == "commune":
                departments.setdefault(row["departement"], []).append(row["code_insee"])
                names[row["code_insee"]] = row["nom"]
    return departments, names


# -- the bed ------------------------------------------------------------------------------------------------------------


class Bed:
    """One folder, one campaign "c", one scripted server."""

    def __init__(self, name, schedule, clock, names, server=(), smtp=""):
        self.folder, self.clock, self.names = os.path.join(tmp, name), clock, names
        shutil.copytree(os.path.join(tmp, "vide"), self.folder)
        self.server = Server(os.path.join(self.folder, "serveur"), *server)
        self.configure(f"[smtp]\nurl = smtp://127.0.0.1:{self.server.port}\nstarttls = off\nconnections = 4\n{smtp}\n[sender]\n"
                       "from = ASCO – AMF <relais@amf.example>\nreturn_path = retour@amf.example\n[log]\nlevel = error")
        self.write("c.ics", schedule)
        self("campaign", "create", "c", "--schedule", self.path("c.ics"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", newline="") as file:
            return file.read()

    def configure(self, text):
        with open(self.path("relais.ini"), "a", encoding="utf-8") as file:
            file.write("\n" + text + "\n")

    def people(self, codes, status="selectionnee", name="liste.csv", want=(0,)):
        rows = "".join(f"{code};\"{self.names[code]}\";{address(code)};{status}\n" for code in codes)
        self.write(name, "code_insee;nom;emails;statut\n" + rows)
        return self("import", self.path(name), "--campaign", "c", "--format", "json", want=want)

    def __call__(self, *words, want=(0,), clock=None):
        done = subprocess.run([RELAIS, "-c", self.path("relais.ini"), *words, "--clock", clock or self.clock], capture_output=True,
                              text=True, check=False, timeout=300, stdin=subprocess.DEVNULL)
        if done.returncode not in want:
            check(f"relais {' '.join(words)} exits {want}", False, done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *words, want=(0,), clock=None):
        done = self(*words, "--format", "json", want=want, clock=clock)
        try:
            return json.loads(done.stdout)
        except ValueError:
            check(f"relais {' '.join(words)} gives one object", False, done.stdout, done.stderr)
            return {}

    def send(self, clock=None, want=(0,)):
        self.clock = clock or self.clock
        return self("send", "--until-idle", want=want)

    def rows(self, sql, *values):
        store = sqlite3.connect(f"file:{self.path('relais.db')}?mode=ro", uri=True, timeout=30)
        try:
            return store.execute(sql, values).fetchall()
        finally:
            store.close()

    def dump(self, tables=None):
        """Every row of every table but the reference's."""
        names = [name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: sorted(map(repr, self.rows(f"SELECT * FROM {name}"))) for name in tables or names
                if name not in ("collectivity", "former_commune", "department")}

    def dump_wave(self, name):
        """The wave's row, its instants, deliveries and dispatches."""
        return [self.rows(sql, name) for sql in (
            "SELECT * FROM wave WHERE name = ? AND campaign_id = 1",
            "SELECT g.* FROM wave_group g JOIN wave w ON w.id = g.wave_id WHERE w.name = ? AND w.campaign_id = 1 ORDER BY g.department",
            "SELECT d.* FROM delivery d JOIN wave w ON w.id = d.wave_id WHERE w.name = ? AND w.campaign_id = 1 ORDER BY d.id",
            "SELECT p.* FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id WHERE w.name = ? AND w.campaign_id = 1 ORDER BY p.id")]

    def sent(self):
        """[(wave, party, address, at_ms)] of the ledger."""
        return self.rows("SELECT w.name, v.party_id, v.address, v.at_ms FROM event v JOIN wave w ON w.id = v.wave_id "
                         "WHERE v.event = 'sent' ORDER BY v.id")

    def adds_up(self):
        """The waves of the report that do not: planned = pending + sent + failed + skipped + in doubt."""
        keys = ("planned", "pending", "sent", "failed", "skipped", "in_doubt")
        parts = [[wave["wave"]] + [wave[key] for key in keys] for wave in self.json("report", "c", want=(0, 1)).get("waves", [])]
        return [one for one in parts if one[1] != sum(one[2:])]


def story(*stories):
    """Runs them (or those named on the command line) in a private folder; ends the program."""
    global tmp
    skip_unless_built()
    os.environ["TZ"] = "UTC"
    for name in ("RELAIS_CLOCK", "RELAIS_CONFIG"):
        os.environ.pop(name, None)
    tmp = tempfile.mkdtemp(prefix="relais-bed.")
    try:
        subprocess.run([RELAIS, "init", os.path.join(tmp, "vide")], check=True, stdout=subprocess.DEVNULL)
        for one in stories:
            if len(sys.argv) < 2 or one.__name__ in sys.argv[1:]:
                one()
    except subprocess.TimeoutExpired as slow:
        check("every command ends", False, slow)
    finally:
        for process in servers:
            process.kill()
            process.wait()
        shutil.rmtree(tmp, ignore_errors=True)
    finish()
