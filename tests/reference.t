#!/usr/bin/env python3
"""A new year's reference, told as a story: communes merge, split and are renamed, groupings come and go, in the middle of a
campaign. Nobody loses a history, an answer or a planned mail; a year is loaded whole or not at all."""
import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

from tap import RELAIS, check, finish, same

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
YEARS = os.path.join(ROOT, "lists", "reference")
MONDAY, REMINDER = "2025-12-15T10:00:00+01:00", "2026-01-16T10:00:00+01:00"
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Relais//Essai//FR
BEGIN:VTODO
UID:essai@amf.example
DTSTAMP:20251201T080000Z
SEQUENCE:1
SUMMARY:Essai
DUE;VALUE=DATE:20260130
X-RELAIS-SEND-AT:09:30
X-RELAIS-WINDOW:MO-FR 08:30-17:30
X-RELAIS-LATE:P1D
BEGIN:VALARM
UID:information
ACTION:EMAIL
TRIGGER;VALUE=DATE-TIME:20251215T083000Z
SUMMARY:Information
DESCRIPTION:Information
ATTENDEE;CUTYPE=GROUP:urn:relais:informed
ATTACH;FMTTYPE=text/markdown:information.md
END:VALARM
BEGIN:VALARM
UID:rappel
ACTION:EMAIL
TRIGGER;RELATED=END:-P14D
SUMMARY:Rappel
DESCRIPTION:Rappel
ATTENDEE;CUTYPE=GROUP:urn:relais:selected-unanswered
ATTACH;FMTTYPE=text/markdown:rappel-j14.md
END:VALARM
END:VTODO
END:VCALENDAR
"""
LIST = """code insee;nom;courriel;sélectionnée
29001;Argol;mairie@argol.example;oui
29002;Arzano;mairie@arzano.example;oui
29004;Bannalec;mairie@bannalec.example;oui
29005;Baye;mairie@baye.example;oui
29007;Berrien;mairie@berrien.example;non
29008;Beuzec-Cap-Sizun;mairie@beuzec.example;oui
29013;Botmeur;mairie@botmeur.example;non
29063;Goulien;mairie@goulien.example;non
29155;Ouessant;mairie@ouessant.example;oui
"""
GROUPINGS = "siren;nom;courriel\n242900645;CC Douarnenez Communauté;contact@douarnenez.example\n"
folder = tempfile.mkdtemp(prefix="relais-test.")
WORK, DB, CONFIG = (os.path.join(folder, "work", name) for name in ("", "relais.db", "relais.ini"))


# -- TAP, running -----------------------------------------------------------------------------------------------------
def relais(*words, clock=MONDAY, stdin=""):
    environment = dict(os.environ, RELAIS_CLOCK=clock, RELAIS_CONFIG=CONFIG)
    return subprocess.run([RELAIS, *words], input=stdin, capture_output=True, text=True, env=environment, timeout=120)


def answer(*words, **more):
    done = relais(*words, "--format", "json", **more)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, {"note": done.stdout + done.stderr}


def sql(text, *values):
    store = sqlite3.connect(f"file:{DB}?mode=ro", uri=True)
    try:
        return store.execute(text, values).fetchall()
    finally:
        store.close()


def state():
    """Every row there is: what a refusal, a dry run and the same year again may not change."""
    store = sqlite3.connect(f"file:{DB}?mode=ro", uri=True)
    tables = [row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    rows = {table: store.execute(f'SELECT * FROM "{table}"').fetchall() for table in tables}
    store.close()
    return rows


def configure(port):
    with open(os.path.join(ROOT, "config.example.ini"), encoding="utf-8") as example, open(CONFIG, "w", encoding="utf-8") as file:
        file.write(example.read() + f"\n[smtp]\nurl = smtp://127.0.0.1:{port}\nstarttls = off\n[sender]\nfrom = AMF <relais@amf.example>\n"
                   "return_path = retour@amf.example\npublic_link = https://asco.example/\n[inbox]\nmaildir = Maildir\n[log]\nlevel = warning\n")


# -- years made up ----------------------------------------------------------------------------------------------------
class Year:
    """The three files of a year as tables; edited, then written to a folder of its own."""

    def __init__(self, source, year):
        self.tables = {}
        for name in os.listdir(source):
            if name.endswith(".csv"):
                with open(os.path.join(source, name), encoding="utf-8", newline="") as file:
                    self.tables["collectivites" if name.startswith("coll") else name[:-4]] = list(csv.reader(file, delimiter=";"))
        self.year, self.folder = year, os.path.join(folder, f"year-{year}-{len(os.listdir(folder))}")

    def find(self, code):
        return next(row for row in self.tables["collectivites"] if row[0] == code)

    def drop(self, *codes):
        self.tables["collectivites"] = [row for row in self.tables["collectivites"] if row[0] not in codes]

    def merge(self, code, into):
        """A merger as the official list shows it: the row goes, its code is a former one."""
        name = self.find(code)[4]
        self.drop(code)
        for row in self.tables["anciennes-communes"]:
            if row[3] == code:
                row[3] = into
        self.tables["anciennes-communes"].append([code, name, "commune-deleguee", into])

    def regroup(self, grouping, into):
        """Every member of a grouping into another; into: a code, or a function of the member's place."""
        members = [row for row in self.tables["collectivites"] if row[1] == "commune" and row[6] == grouping]
        for place, row in enumerate(members):
            row[6] = into(place) if callable(into) else into
        self.drop(grouping)

    def write(self):
        os.makedirs(self.folder, exist_ok=True)
        for name, rows in self.tables.items():
            path = os.path.join(self.folder, f"collectivites-{self.year}.csv" if name == "collectivites" else f"{name}.csv")
            with open(path, "w", encoding="utf-8", newline="") as file:
                csv.writer(file, delimiter=";", lineterminator="\n").writerows(rows)
        return self.folder


def siren(eight):
    """Eight digits and their key (Luhn)."""
    for key in "0123456789":
        digits = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(eight + key)]
        if sum(digit - 9 if digit > 9 else digit for digit in digits) % 10 == 0:
            return eight + key


NEW_GROUPING, NEW_COMMUNE = siren("20099991"), siren("21290052")


def year_2027():
    one = Year(YEARS, 2027)
    for code, into in (("29001", "29042"), ("29002", "29004"), ("29005", "29004"), ("29007", "29013"), ("29008", "29063")):
        one.merge(code, into)
    one.drop("29155")
    one.find("29039")[4] = "Concarneau-sur-Mer"
    # Esquibien leaves Audierne again, under its old code.
    one.tables["anciennes-communes"] = [row for row in one.tables["anciennes-communes"] if row[0] != "29052"]
    one.tables["collectivites"].append(["29052", "commune", "29052", NEW_COMMUNE, "Esquibien", "29", "242900629", "1600", "29770"])
    one.regroup("242900645", "242900629")                                                  # absorbed
    one.regroup("242900710", NEW_GROUPING)                                                 # all of it becomes a new one
    one.regroup("242900561", lambda place: "242900744" if place % 2 else "242900769")      # torn apart
    one.tables["collectivites"].append([NEW_GROUPING, "CC", "", NEW_GROUPING, "CC du Nouveau Pays Bigouden", "", NEW_GROUPING, "18622", "29720"])
    return one


# -- the story --------------------------------------------------------------------------------------------------------
def begin():
    done = relais("init", WORK)
    check("a folder", done.returncode == 0, done.stderr)
    configure(1)  # nobody listens there
    for name, text in (("liste.csv", LIST), ("groupements.csv", GROUPINGS), ("essai.ics", CALENDAR)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    code, shown = answer("reference", "show")
    same("the reference of init", (code, shown["year"], shown["communes"], shown["groupings"], shown["former_codes"], shown["gone"]),
         (0, 2026, 34969, 1255, 4867, 0))
    same("by department, each counted once", (sum(one["communes"] for one in shown["by_department"]),
                                              sum(one["groupings"] for one in shown["by_department"])), (34969, 1255))
    relais("campaign", "create", "essai", "--schedule", os.path.join(folder, "essai.ics"))
    for name in ("liste.csv", "groupements.csv"):
        code, told = answer("import", os.path.join(folder, name), "--campaign", "essai")
        same(f"{name} is accepted", (code, told["rows"]["rejected"]), (0, 0))
    relais("answered", "essai", "29002", "29008")
    same("the same year again changes nothing", unchanged(lambda: answer("reference", "update", YEARS)[1]["changed"]), False)


def unchanged(act):
    before, told = state(), act()
    check("… not a row", state() == before)
    return told


def refuse(label, path, code, pattern, *words, line=None):
    def act():
        status, told = answer("reference", "update", path, *words)
        error = told.get("error", {})
        check(f"{label}: {code}", status == 2 and error.get("code") == code and (line is None or error.get("line") == line) and
              re.search(pattern, error.get("message", "")), told)
    unchanged(act)


def edited(edit, year=2027):
    one = Year(YEARS, year)
    edit(one.tables)
    return one.write()


def refusals():
    def rows(tables):
        return tables["collectivites"]

    def set_cell(table, row, column, text):
        return lambda tables: tables[table][row].__setitem__(column, text)

    print("# what is refused, with its line and a remedy, before anything is touched")
    alone = os.path.join(folder, "sans-annee.csv")
    shutil.copy(os.path.join(YEARS, "collectivites-2026.csv"), alone)
    refuse("no such file", os.path.join(folder, "absent.csv"), "FILE", "", "--year", "2027")
    refuse("no year", alone, "REFERENCE_YEAR", "--year")
    refuse("an odd year", alone, "USAGE", "année", "--year", "deux mille")
    refuse("a folder without a reference", WORK, "REFERENCE_MISSING", "make_reference")
    incomplete = edited(lambda tables: tables.pop("anciennes-communes"))
    refuse("a folder without former codes", incomplete, "FILE", "")
    refuse("a missing column", edited(lambda tables: [row.pop(3) for row in rows(tables)]), "REFERENCE_COLUMN", "siren", line=1)
    refuse("a code twice", edited(lambda tables: rows(tables).append(list(rows(tables)[4]))), "REFERENCE_DUPLICATE", "ligne 5", line=36226)
    refuse("a SIREN twice", edited(set_cell("collectivites", 5, 3, "210100012")), "REFERENCE_DUPLICATE", "ligne 2", line=6)
    refuse("a SIREN with a wrong key", edited(set_cell("collectivites", 3, 3, "210100047")), "REFERENCE_SIREN", "210100047", line=4)
    refuse("an INSEE code cut by a spreadsheet", edited(set_cell("collectivites", 1, 0, "1001")), "REFERENCE_ID", "01001", line=2)
    refuse("an unknown department", edited(set_cell("collectivites", 7, 5, "99")), "REFERENCE_DEPARTMENT", "99", line=8)
    refuse("a commune without department", edited(set_cell("collectivites", 7, 5, "")), "REFERENCE_DEPARTMENT", "vide", line=8)
    refuse("a population in words", edited(set_cell("collectivites", 7, 7, "beaucoup")), "REFERENCE_NUMBER", "beaucoup", line=8)
    refuse("a name that is empty", edited(set_cell("collectivites", 7, 4, "")), "REFERENCE_ROW", "nom", line=8)
    refuse("a line cut in the middle", edited(lambda tables: rows(tables).__setitem__(9, rows(tables)[9][:4])), "REFERENCE_ROW", "coup", line=10)
    refuse("a former code that leads nowhere", edited(set_cell("anciennes-communes", 3, 3, "99999")), "REFERENCE_FORMER", "99999", line=4)
    refuse("a department with an odd zone", edited(set_cell("departements", 1, 4, "lune")), "REFERENCE_ROW", "metro", line=2)
    refuse("a file that is cut", edited(lambda tables: tables.__setitem__("collectivites", rows(tables)[:30000])), "REFERENCE_TRUNCATED", "--force")
    refuse("a department that is cut", edited(lambda tables: tables.__setitem__("collectivites", [row for row in rows(tables) if row[5] != "48"])),
           "REFERENCE_TRUNCATED", "Lozère")
    refuse("an older year", edited(lambda tables: None, 2025), "REFERENCE_OLDER", "--force")
    refuse("an empty file", edited(lambda tables: tables.__setitem__("collectivites", [])), "REFERENCE_COLUMN", "")
    refuse("a table of something else", os.path.join(folder, "liste.csv"), "REFERENCE_COLUMN", "id", "--year", "2027")
    done = relais("reference", "update", edited(set_cell("collectivites", 3, 3, "210100047")))
    check("… in one French sentence, with file, line, column and remedy",
          re.search(r"^relais : .*collectivites-2027\.csv:4 : colonne « siren » : « 210100047 » .*vérifiez", done.stderr), done.stderr)


def plan_first():
    """Mails are planned while the server is away: they wait."""
    relais("start", "essai", "--yes")
    relais("send", "--until-idle")
    same("ten mails are planned and wait", sql("SELECT COUNT(*), MIN(state), MAX(state) FROM delivery"), [(10, 0, 0)])


def load_2027():
    path = year_2027().write()
    code, dry = unchanged(lambda: answer("reference", "update", path, "--dry-run"))
    same("a dry run tells: exit 1, for some have no successor", (code, dry["dry_run"]), (1, True))
    code, told = answer("reference", "update", path)
    dry["dry_run"] = False
    same("2027 is what the dry run said", (code, told), (1, dry))
    same("before and after", (told["year"], told["before"], told["after"]),
         (2027, {"year": 2026, "communes": 34969, "groupings": 1255}, {"year": 2027, "communes": 34964, "groupings": 1253}))
    same("added", sorted((one["id"], one["name"], one["department"]) for one in told["added"]),
         [(NEW_GROUPING, "CC du Nouveau Pays Bigouden", "29"), ("29052", "Esquibien", "29")])
    same("re-established", told["restored"], [{"id": "29052", "name": "Esquibien", "from": "29003"}])
    same("renamed", told["renamed"], [{"id": "29039", "was": "Concarneau", "now": "Concarneau-sur-Mer"}])
    same("vanished, each with its successor", sorted((one["id"], one["successor"], one["successor_name"]) for one in told["vanished"]),
         [("242900561", None, None), ("242900645", "242900629", "CC Cap Sizun - Pointe du Raz"), ("242900710", NEW_GROUPING, "CC du Nouveau Pays Bigouden"),
          ("29001", "29042", "Crozon"), ("29002", "29004", "Bannalec"), ("29005", "29004", "Bannalec"), ("29007", "29013", "Botmeur"),
          ("29008", "29063", "Goulien"), ("29155", None, None)])
    torn = next(one for one in told["vanished"] if one["id"] == "242900561")
    check("a torn grouping says where its communes are", "242900744 ×" in torn["members_now"] and "242900769 ×" in torn["members_now"], torn)
    same("places in the campaign", sorted((one["id"], one["outcome"], one["successor"]) for one in told["enrolments"]),
         [("242900645", "followed", "242900629"), ("29001", "followed", "29042"), ("29002", "kept", "29004"), ("29005", "ended", "29004"),
          ("29007", "ended", "29013"), ("29008", "followed", "29063"), ("29155", "waits", None)])
    same("the same again changes nothing", unchanged(lambda: answer("reference", "update", path))[1]["changed"], False)
    text = relais("reference", "update", path).stdout
    check("… and says so", "Rien ne change" in text, text)


def after_2027():
    same("the rows of those gone stay, with their last year",
         sql("SELECT id, year, successor FROM collectivity WHERE gone = 1 AND id LIKE '29%' ORDER BY id"),
         [("29001", 2026, "29042"), ("29002", 2026, "29004"), ("29005", 2026, "29004"), ("29007", 2026, "29013"), ("29008", 2026, "29063"),
          ("29155", 2026, "")])
    same("… of the others it is this year", sql("SELECT DISTINCT year FROM collectivity WHERE gone = 0"), [(2027,)])
    history = [json.loads(line) for line in relais("history", "29001", "--format", "json").stdout.splitlines()]
    same("the history of one that is gone", [one["event"] for one in history if one["event"] != "released"],
         ["selected", "planned", "vanished", "withdrawn"])
    check("… names its successor", "Crozon (29042) lui succède" in history[-2]["text"] and history[-2]["code"] == "29042", history[-2])
    check("… for people too", "N'existe plus depuis le référentiel 2027 : Crozon (29042) lui succède." in relais("history", "29001").stdout)
    history = [json.loads(line) for line in relais("history", "29042", "--format", "json").stdout.splitlines()]
    check("the successor's history says whom it succeeds", history[-1]["event"] == "succeeded" and "Argol (29001)" in history[-1]["text"], history)
    same("the ledger has a line for the year", sql("SELECT text FROM event WHERE event = 'reference'"),
         [("référentiel 2027 : 2 nouvelles, 1 renommées, 9 disparues",)])
    same("addresses follow, behind those there are", sql("SELECT party_id, address FROM contact WHERE party_id IN ('29042', '29004') ORDER BY 1, rank"),
         [("29004", "mairie@bannalec.example"), ("29004", "mairie@arzano.example"), ("29004", "mairie@baye.example"), ("29042", "mairie@argol.example")])
    code, told = answer("reference", "show")
    same("who waits for a person", [(one["id"], one["last_year"]) for one in told["waiting"]], [("242900561", 2026), ("29155", 2026)])
    code, told = answer("report", "essai")
    same("of six selected, two of which are one now, five are left, and both answers", (told["selected"]["total"], told["selected"]["answered"]), (5, 2))
    code, told = answer("why", "29001", "--campaign", "essai")
    check("why: of one that is gone", any("Crozon (29042) lui succède" in one for one in told.get("details", [])), told)


def imported(rows, label, want):
    path = os.path.join(folder, "vieux.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(rows)
    code, told = answer("import", path, "--dry-run", "--lines")
    same(label, (told.get("lines"), [one["reason"] for one in told.get("rejected", [])]), want)


def old_codes():
    imported("code insee;courriel\n29001;a@b.example\n", "a list with the old code", (["29042;a@b.example;informee"], []))
    imported("commune;dep;courriel\nArgol;29;a@b.example\n", "… with the old name", (["29042;a@b.example;informee"], []))
    imported("siren;courriel\n212900013;a@b.example\n", "… with the old SIREN", (["29042;a@b.example;informee"], []))
    imported("siren;nom;courriel\n242900645;CC Douarnenez Communauté;a@b.example\n", "… of a grouping", (["242900629;a@b.example;informee"], []))
    imported("commune;dep;courriel\nConcarneau;29;a@b.example\n", "… with the name before", (["29039;a@b.example;informee"], []))
    imported("code insee;nom;courriel\n29039;Concarneau;a@b.example\n", "… beside its code, which fits", (["29039;a@b.example;informee"], []))
    imported("code insee;courriel\n29052;a@b.example\n", "a re-established commune is itself again", (["29052;a@b.example;informee"], []))
    imported("code insee;courriel\n29155;a@b.example\n", "one without successor is nobody", ([], ["INSEE_UNKNOWN"]))
    imported("code insee;courriel\n29118;a@b.example\n", "what was a former code still is", (["29039;a@b.example;informee"], []))


def mails(record):
    path = os.path.join(record, "accepted.jsonl")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return sorted(json.loads(line)["rcpt"][0] if isinstance(json.loads(line)["rcpt"], list) else json.loads(line)["rcpt"] for line in file)


def send(label, clock, want):
    record = os.path.join(folder, "record-" + label)
    os.makedirs(record)
    server = subprocess.Popen([sys.executable, os.path.join(HERE, "smtp_server.py"), "--record", record], stdout=subprocess.PIPE, text=True)
    try:
        configure(int(server.stdout.readline().split()[1]))
        done = relais("send", "--until-idle", clock=clock)
        check(f"{label}: sent", done.returncode in (0, 1), done.stderr)
        same(f"{label}: to whom, once each", [one.split("@")[1].split(".")[0] for one in mails(record)], want)
    finally:
        server.terminate()
        server.wait()


def mails_go_out():
    send("planned before", MONDAY, sorted(["argol", "arzano", "bannalec", "baye", "berrien", "beuzec", "botmeur", "goulien", "ouessant", "douarnenez"],
                                          key=lambda name: ("contact@" if name == "douarnenez" else "mairie@") + name))
    same("every planned mail is accounted for", sql("SELECT state, COUNT(*) FROM delivery GROUP BY state"), [(4, 10)])
    send("the reminder after", REMINDER, ["argol", "bannalec", "ouessant"])
    same("… in the successor's name", sql("SELECT d.party_id FROM delivery d JOIN wave w ON w.id = d.wave_id WHERE w.name = 'rappel' ORDER BY 1"),
         [("29004",), ("29042",), ("29155",)])
    done = relais("answered", "essai", "29001", clock=REMINDER)
    check("an answer under the old code", done.returncode == 0, done.stderr)
    same("… is its successor's", sql("SELECT answered FROM enrolment WHERE party_id = '29042'"), [(1,)])


def load_2028():
    """A chain, the missing successors named by hand, and a split that undoes 2027's merger."""
    one = Year(year_2027().write(), 2027)
    one.tables["anciennes-communes"].append(["29155", "Ouessant", "commune-disparue", "29040"])
    one.tables["anciennes-communes"].append(["242900561", "CC de Haute Cornouaille", "groupement-disparu", "242900744"])
    code, told = answer("reference", "update", one.write(), clock=REMINDER)
    same("successors a person has found, in the same year: exit 0", (code, told["before"] == told["after"],
         sorted((gone["id"], gone["successor"]) for gone in told["vanished"])), (0, True, [("242900561", "242900744"), ("29155", "29040")]))
    same("… and the place follows", [(gone["id"], gone["outcome"]) for gone in told["enrolments"]], [("29155", "followed")])
    one = Year(one.write(), 2028)
    one.tables["departements"].append(["69M", "Métropole de Lyon", "84", "Auvergne-Rhône-Alpes", "metro"])
    one.merge("29042", "29053")
    one.tables["anciennes-communes"] = [row for row in one.tables["anciennes-communes"] if row[0] not in ("29001", "29008")]
    one.tables["collectivites"].append(["29008", "commune", "29008", "212900088", "Beuzec-Cap-Sizun", "29", "242900629", "1008", "29790"])
    code, told = answer("reference", "update", one.write(), clock=REMINDER)
    same("2028: one vanishes, one is back", (code, [gone["id"] for gone in told["vanished"]], told["restored"]),
         (0, ["29042"], [{"id": "29008", "name": "Beuzec-Cap-Sizun", "from": "29063"}]))
    imported("code insee;courriel\n29001;a@b.example\n29042;c@d.example\n", "through the chain, though the file forgot the first link",
             (["29053;a@b.example;informee", "29053;c@d.example;informee"], []))
    same("a new department has its instant in waves to come", sql("SELECT COUNT(*) FROM wave_group WHERE department = '69M'")[0][0] > 0, True)
    check("history: the last of the chain", "Le Faou (29053) lui succède" in relais("history", "29001").stdout, relais("history", "29001").stdout)
    same("the answer has followed both", sql("SELECT selected, answered FROM enrolment WHERE party_id = '29053'"), [(1, 1)])
    same("one that is back exists", sql("SELECT gone, year, successor FROM collectivity WHERE id = '29008'"), [(0, 2028, "")])
    single = Year(one.folder, 2029)
    single.merge("29053", "29022")
    code, told = answer("reference", "update", os.path.join(single.write(), "collectivites-2029.csv"), clock=REMINDER)
    same("one file alone: its former codes are unknown, exit 1", (code, [(gone["id"], gone["successor"]) for gone in told["vanished"]]), (1, [("29053", None)]))
    code, told = answer("reference", "update", single.folder, clock=REMINDER)
    same("… the whole folder then tells, of those before it too", (code, sorted((gone["id"], gone["successor"]) for gone in told["vanished"])),
         (0, [("29001", "29022"), ("29042", "29022"), ("29053", "29022")]))
    imported("code insee;courriel\n29001;a@b.example\n", "… and the chain goes on", (["29022;a@b.example;informee"], []))


def past_campaigns():
    before = sql("SELECT * FROM enrolment ORDER BY 1, 2")
    one = Year(YEARS, 2030)
    one.merge("29004", "29031")
    code, _ = answer("reference", "update", one.write(), clock="2026-06-01T10:00:00+02:00")
    same("a campaign that is over is history", (code, sql("SELECT * FROM enrolment ORDER BY 1, 2") == before), (0, True))


def tool():
    made = os.path.join(folder, "made")
    package = os.environ.get("DECOUPAGE_ADMINISTRATIF")
    if not package:
        return print("# the package itself is not here: set DECOUPAGE_ADMINISTRATIF to its .tgz to compare")
    os.makedirs(made)
    subprocess.run([sys.executable, os.path.join(ROOT, "tools", "make_reference.py"), "--year", "2026", "--package", package, "--output", made],
                   check=True, stdout=subprocess.DEVNULL)
    for name in ("collectivites-2026.csv", "anciennes-communes.csv", "departements.csv"):
        with open(os.path.join(made, name), "rb") as got, open(os.path.join(YEARS, name), "rb") as want:
            check(f"make_reference.py: {name} is the one of the repository", got.read() == want.read())


if not os.access(RELAIS, os.X_OK):
    print(f"1..0 # skip no {RELAIS}")
    sys.exit()
try:
    begin()
    refusals()
    plan_first()
    load_2027()
    after_2027()
    old_codes()
    mails_go_out()
    load_2028()
    past_campaigns()
    tool()
finally:
    shutil.rmtree(folder, ignore_errors=True)
finish()
