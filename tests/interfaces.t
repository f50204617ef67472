#!/usr/bin/env python3
"""Every command as it is promised to those outside: JSON keys and types, exit codes, and refusals that change nothing."""
import csv
import glob
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(os.environ.get("BUILD", "build"))
RELAIS = os.path.join(BUILD, "relais")
HERE = os.getcwd()
NOW = "2025-12-15T10:00:00+01:00"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)$")
count = failed = 0
children = []


# -- TAP ------------------------------------------------------------------------------------------------------------
def ok(label, good, note=""):
    global count, failed
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {label}")
    if not good:
        failed += 1
        print("\n".join("# " + line for line in str(note)[:1500].splitlines()))
    sys.stdout.flush()
    return good


def equal(label, got, want):
    return ok(label, got == want, f"got:  {got!r}\nwant: {want!r}")


def skip(label, why):
    global count
    count += 1
    print(f"ok {count} - {label} # skip {why}")


# -- running --------------------------------------------------------------------------------------------------------
class Answer:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def note(self):
        return f"exit {self.code}\n{self.out}\n{self.err}"

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            return {}

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def relais(*words, clock=NOW, config="", stdin=b"", folder=None, seconds=60):
    environment = {key: value for key, value in os.environ.items() if key not in ("RELAIS_CLOCK", "RELAIS_CONFIG")}
    if clock:
        environment["RELAIS_CLOCK"] = clock
    if config is not None:
        environment["RELAIS_CONFIG"] = config or CONFIG
    done = subprocess.run([RELAIS, *words], input=stdin, capture_output=True, env=environment, cwd=folder, timeout=seconds)
    return Answer(done.returncode, done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "surrogateescape"))


def dump(path=None):
    """A digest of every row of every table; the reference, which nothing writes after init, by its size only."""
    store = sqlite3.connect(f"file:{path or DB}?mode=ro", uri=True)
    try:
        digest = hashlib.sha256()
        for name, text in store.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall():
            if not text or not text.upper().startswith("CREATE TABLE"):
                continue
            what = "COUNT(*)" if name in ("collectivity", "former_commune") else "*"
            digest.update(repr((name, text, store.execute(f'SELECT {what} FROM "{name}"').fetchall())).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()
    finally:
        store.close()


def sql(text):
    store = sqlite3.connect(f"file:{DB}?mode=ro", uri=True)
    try:
        return store.execute(text).fetchall()
    finally:
        store.close()


ENGLISH = re.compile(r"\b(No such file|Permission denied|Is a directory|Not a directory|unknown|cannot|invalid|failed)\b", re.I)


def refused(label, *words, says=(), code=2, json_code=None, file=None, line=None, whole=True, **more):
    """Exit 2, one French sentence naming place and remedy, nothing changed; with --format json the same as one object."""
    before = dump() if whole else None
    answer = relais(*words, **more)
    faults = []
    if answer.code != code:
        faults.append(f"exit {answer.code}")
    sentences = [one for one in answer.err.splitlines() if one.startswith("relais : ")]
    if len(sentences) != 1:
        faults.append(f"{len(sentences)} sentences")
    faults += [f"does not say {pattern}" for pattern in says if not re.search(pattern, answer.err)]
    if ENGLISH.search("".join(sentences)):
        faults.append("English")
    if answer.out and "--format" not in words:
        faults.append("something on standard output")
    told = relais(*words, "--format", "json", **more) if "--" not in words else None
    if told:
        error = told.json().get("error") if isinstance(told.json(), dict) else None
        if told.code != code or not isinstance(error, dict) or not {"code", "message", "file", "line"} <= set(error):
            faults.append(f"json: exit {told.code}, {told.out!r}")
        else:
            types = (str, str, (str, type(None)), (int, type(None)))
            if not all(isinstance(error[key], kind) for key, kind in zip(("code", "message", "file", "line"), types)):
                faults.append(f"json types {error}")
            if json_code and error["code"] != json_code:
                faults.append(f"code {error['code']}")
            if file and not (error["file"] or "").endswith(file):
                faults.append(f"file {error['file']}")
            if line and error["line"] != line:
                faults.append(f"line {error['line']}, not {line}")
    if whole and dump() != before:
        faults.append("the database changed")
    ok(label, not faults, "\n".join(faults) + "\n" + answer.note()[-900:])
    return answer


def shape(label, value, wanted):
    """Every key of wanted is there with its type (a type, a tuple of types, a list of one shape, or an object)."""
    wrong = []

    def walk(at, got, want):
        if isinstance(want, dict):
            if not isinstance(got, dict):
                return wrong.append(f"{at}: not an object: {got!r}")
            for key, inner in want.items():
                walk(f"{at}.{key}", got[key], inner) if key in got else wrong.append(f"{at}.{key} is missing")
        elif isinstance(want, list):
            if not isinstance(got, list):
                return wrong.append(f"{at}: not a list: {got!r}")
            for number, one in enumerate(got):
                walk(f"{at}[{number}]", one, want[0])
        elif isinstance(want, re.Pattern):
            if not isinstance(got, str) or not want.match(got):
                wrong.append(f"{at}: {got!r}")
        elif not isinstance(got, want) or (isinstance(got, bool) and want is int):
            wrong.append(f"{at}: {got!r}")

    walk("", value, wanted)
    return ok(label, not wrong, "\n".join(wrong[:12]) or "")


def write(name, text):
    path = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def start(command, clock=None, config=None):
    environment = {key: value for key, value in os.environ.items() if key not in ("RELAIS_CLOCK", "RELAIS_CONFIG")}
    if clock:
        environment["RELAIS_CLOCK"] = clock
    environment["RELAIS_CONFIG"] = config or CONFIG
    children.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
    return children[-1]


def serve(*options):
    server = start([sys.executable, "tests/smtp_server.py", *options])
    return server, int(server.stdout.readline().split()[1])


def stop(child):
    if child.poll() is None:
        child.terminate()
    try:
        return child.wait(35)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def wait_for(seconds, test):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if test():
            return True
        time.sleep(0.05)
    return False


def configure(extra="", path=None, port=None):
    with open(EXAMPLE, encoding="utf-8") as file:
        text = file.read()
    text += f"""
[smtp]
url = smtp://127.0.0.1:{port or PORT}
starttls = off
[sender]
from = ASCO – AMF <relais@amf.example>
return_path = retour@amf.example
public_link = https://asco.example/
[inbox]
maildir = Maildir
[log]
level = warning
{extra}"""
    with open(path or CONFIG, "w", encoding="utf-8") as file:
        file.write(text)


LIST = """code_insee;nom;email;statut
29001;Argol;mairie@argol.example;selectionnee
29019;Brest;mairie@brest.example;selectionnee
29232;Quimper;mairie@quimper.example;selectionnee
29002;Arzano;mairie@arzano.example;informee
29003;Audierne;;selectionnee
97411;Saint-Denis;mairie@saint-denis.example;selectionnee
"""


# -- init, check ----------------------------------------------------------------------------------------------------
def test_init():
    begun = time.monotonic()
    made = relais("init", WORK, "--format", "json", config=None)
    equal("init: exit 0", made.code, 0)
    ok("… under 5 s", time.monotonic() - begun < 5)
    shape("… one object", made.json(), {"folder": str})
    names = {"relais", "information", "invitation", "prolongation", "rappel-j14", "rappel-j7", "rappel-j2", "dernier-jour",
             "remerciements"}
    missing = [name for name in names if not os.path.exists(f"{WORK}/templates/{name}.md")]
    missing += [name for name in ("relais.ini", "relais.db", "schedules/asco-2025.ics") if not os.path.exists(f"{WORK}/{name}")]
    equal("… writes all it promises", missing, [])
    equal("… the reference is loaded", sql("SELECT COUNT(*) FROM collectivity")[0][0] > 34000, True)
    ok("… the key is nobody else's", os.stat(f"{WORK}/relais.key").st_mode & 0o77 == 0)
    with open(f"{WORK}/relais.ini", "rb") as got, open("config.example.ini", "rb") as want:
        equal("… relais.ini is the example", got.read(), want.read())

    def files():
        return sorted((path, os.stat(path).st_mtime_ns) for path in glob.glob(f"{WORK}/*/**", recursive=True) + [CONFIG, f"{WORK}/relais.key"])

    before = files()
    refused("init refuses to overwrite", "init", WORK, says=["existe déjà"], json_code="EXISTS")
    equal("… and touches nothing", files(), before)
    write("reste/relais.db", "")
    refused("init where one was killed: said so", "init", f"{FOLDER}/reste", says=["reste/relais.db", "interrompu", "supprimez"], json_code="EXISTS")
    write("fichier", "")
    refused("init below a file", "init", f"{FOLDER}/fichier/ici", says=["fichier/ici"])
    refused("init over a file", "init", f"{FOLDER}/fichier", says=["fichier"])
    os.mkdir(f"{FOLDER}/odd")
    for name in ("été d'Île & co; #1", "-tiret", "a\nb", "%s%n"):
        made = relais("init", "--", name, folder=f"{FOLDER}/odd", config=None)
        there = os.path.exists(f"{FOLDER}/odd/{name}/relais.ini")
        ok(f"init in a folder called {name!r}", made.code == 0 and there, made.note())
        used = relais("-c", f"{FOLDER}/odd/{name}/relais.ini", "campaign", "create", "asco", "--schedule",
                      f"{FOLDER}/odd/{name}/schedules/asco-2025.ics", config=None)
        ok("… it works there", used.code == 0, used.note())


def test_check():
    answer = relais("check", "--format", "json")
    equal("check: a server that answers, all in order: exit 0", answer.code, 0)
    shape("check: JSON", answer.json(), {"checks": [{"check": str, "outcome": re.compile("ok|warning|failed"), "text": str}]})
    lines = relais("check").out.splitlines()
    ok("check: one line a check", len(lines) >= 6 and all(re.match(r"(ok|warning|failed) +\S", line) for line in lines), lines)
    configure(port=1)
    answer = relais("check")
    equal("check: nobody there: exit 2", answer.code, 2)
    ok("… says which", re.search(r"^failed .*127\.0\.0\.1:1", answer.out, re.M), answer.out)
    configure("[smtp]\nusername = relais\npassword_file = /nulle/part")
    answer = relais("check", "--format", "json")
    equal("check: no password file: exit 2, one object", (answer.code, [one["outcome"] for one in answer.json()["checks"]].count("failed")),
          (2, 1))
    configure()


# -- configuration --------------------------------------------------------------------------------------------------
def test_configuration():
    elsewhere = f"{FOLDER}/elsewhere"
    os.mkdir(elsewhere)
    equal("-c, from another folder, paths relative to the file",
          relais("-c", os.path.relpath(CONFIG, elsewhere), "campaign", "show", "asco", config=None, folder=elsewhere).code, 0)
    equal("./relais.ini", relais("campaign", "show", "asco", config=None, folder=WORK).code, 0)
    equal("RELAIS_CONFIG before ./relais.ini", relais("campaign", "show", "asco", config="/nulle/relais.ini", folder=WORK).code, 2)
    equal("-c before RELAIS_CONFIG", relais("-c", CONFIG, "campaign", "show", "asco", config="/nulle/relais.ini").code, 0)
    refused("no configuration at all", "plan", "asco", config=None, folder=elsewhere, says=["relais init", "-c"], json_code="NO_CONFIG")
    refused("a configuration that is a folder", "plan", "asco", config=WORK, says=[re.escape(WORK)])
    refused("an empty configuration has no database", "plan", "asco", config=write("vide/relais.ini", ""), says=["relais.db", "init"])
    for label, text, says in (("unknown key", "[smtp]\nconexions = 3", ["conexions", r"relais\.ini:\d+"]),
                              ("bad number", "[smtp]\nconnections = beaucoup", ["connections", "beaucoup", r"relais\.ini:\d+"]),
                              ("out of range", "[smtp]\nconnections = 0", ["connections", r"relais\.ini:\d+"]),
                              ("bad duration", "[smtp]\ngive_up_after = bientôt", ["give_up_after"]),
                              ("bad choice", "[smtp]\nstarttls = peut-être", ["starttls", "required"]),
                              ("unknown section", "[smpt]\nurl = x", ["smpt", r"relais\.ini:\d+"]),
                              ("not a line", "[smtp]\nurl", [r"relais\.ini:\d+"]),
                              ("NUL bytes", "[smtp]\nurl = a\0b", [r"relais\.ini"])):
        configure(text)
        refused(f"configuration: {label}", "plan", "asco", says=says)
    configure("[store]\nurl = postgresql://x/y")
    refused("configuration: another kind of database", "plan", "asco", says=["postgresql", "sqlite"])
    configure()
    got = relais("check", config=variant("[smtp]\nurl = smtp://relais:secret-invente@127.0.0.1:25"))
    ok("configuration: a password in the server's address is refused and not shown", got.code == 2 and "password_file" in got.out and
       "secret-invente" not in got.out + got.err, got.note())
    refused("a header in the sender", "preview", "asco", "information", "29019", says=["from"],
            config=variant("[sender]\nfrom = A\x01B <relais@amf.example>"))
    refused("a sender that is no address", "preview", "asco", "information", "29019", says=["from"],
            config=variant("[sender]\nfrom = relais"))


def variant(extra):
    path = f"{WORK}/variant.ini"
    configure(extra, path)
    return path


# -- import ---------------------------------------------------------------------------------------------------------
IMPORT = {"file": str, "refused": bool, "format": {"container": str, "encoding": str, "separator": str, "header_line": int},
          "rows": {"accepted": int, "merged": int, "rejected": int, "ignored": int}, "lines_count": int,
          "lines_sha256": re.compile("[0-9a-f]{64}$"), "rejected": [{"line": int, "reason": str, "column": (str, type(None)), "text": str}],
          "ignored": [{"line": int, "reason": str}], "warnings": [{"code": str}], "columns": [{"header": str, "role": str}],
          "response_dates": dict}


def test_import():
    path = write("liste.csv", LIST)
    before = dump()
    dry = relais("import", path, "--campaign", "asco", "--dry-run", "--format", "json")
    shape("import --dry-run: JSON", dry.json(), IMPORT)
    equal("… no import_id, no lines, exit 0", ("import_id" in dry.json(), "lines" in dry.json(), dry.code), (False, False, 0))
    equal("… nothing changes", dump(), before)
    real = relais("import", path, "--campaign", "asco", "--format", "json", "--lines")
    shape("import: JSON", real.json(), {**IMPORT, "import_id": int, "lines": [str]})
    equal("… exit 0", real.code, 0)
    same = {key: value for key, value in real.json().items() if key not in ("lines", "import_id")}
    equal("… what the dry run said", same, dry.json())
    lines = "".join(line + "\n" for line in real.json()["lines"])
    equal("… lines_count", len(real.json()["lines"]), real.json()["lines_count"])
    equal("… lines_sha256 is that of the lines", hashlib.sha256(lines.encode()).hexdigest(), real.json()["lines_sha256"])
    enrolled = sql("SELECT party_id, selected FROM enrolment ORDER BY 1")
    again = relais("import", path, "--campaign", "asco", "--format", "json")
    equal("the same list again: exit 0, the same enrolments", (again.code, sql("SELECT party_id, selected FROM enrolment ORDER BY 1")),
          (0, enrolled))
    equal("… no second contact", sql("SELECT COUNT(*), COUNT(DISTINCT party_id || address) FROM contact")[0][:2], (5, 5))
    person = relais("import", write("rejets.csv", "code_insee;nom;email;statut\n29001;Argol;mairie@argol.example;informee\n"
                                    "99999;Nulle-Part;a@b.example;informee\n"), "--dry-run", "--format", "json")
    equal("a rejected row: exit 1", (person.code, person.json()["rows"]["rejected"]), (1, 1))
    shape("… with line, reason, column, text", person.json(), IMPORT)
    empty = relais("import", write("vide.csv", ""), "--format", "json")
    ok("an empty file: exit 2, refused with its reason", empty.code == 2 and empty.json().get("refused") is True and
       isinstance(empty.json().get("reason"), str), empty.note())
    shape("… and the error in the same object", empty.json(), {"file": str, "error": {"code": str, "message": str, "file": str}})
    for label, name, text in (("Windows line ends", "w.csv", LIST.replace("\n", "\r\n")), ("a byte order mark", "b.csv", "\ufeff" + LIST),
                              ("old Mac line ends", "m.csv", LIST.replace("\n", "\r")), ("no last line end", "n.csv", LIST.rstrip("\n")),
                              ("commas", "c.csv", LIST.replace(";", ",")), ("tabs", "t.csv", LIST.replace(";", "\t")),
                              ("blank lines", "l.csv", "\n\n" + LIST.replace("\n", "\n\n")),
                              ("Windows-1252", "x.csv", LIST.replace("informee", "informée").encode("cp1252")),
                              ("UTF-16", "u.csv", LIST.encode("utf-16"))):
        got = relais("import", write(name, text), "--dry-run", "--format", "json")
        ok(f"import: {label}", got.code == 0 and got.json()["rows"]["accepted"] == 6, got.note())
    for label, name, text in (("a header alone", "h.csv", "code_insee;nom;email\n"), ("NUL bytes", "z.csv", b"\0" * 5000),
                              ("random bytes", "r.csv", bytes(range(256)) * 50), ("an unclosed quote", "q.csv", 'code_insee;email\n29001;"a@b.test\n'),
                              ("one endless line", "e.csv", b"a" * 3000000), ("20,000 columns", "k.csv", ";".join(["email"] * 20000) + "\n")):
        got = relais("import", write(name, text), "--dry-run", "--format", "json")
        ok(f"import: {label}: an answer, not an accident", got.code in (0, 1, 2) and isinstance(got.json(), dict) and got.json(), got.note())
    for suffix, head in ((".xlsx", b"PK\3\4" + b"\0" * 60), (".xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)):
        got = relais("import", write("classeur" + suffix, head), "--format", "json")
        ok(f"a {suffix} file is refused in the shape of an import", got.code == 2 and got.json().get("refused") is True, got.note())
    refused("import: a device without an end", "import", "/dev/zero", says=["100 Mo"], seconds=20)
    refused("import: no file", "import", f"{FOLDER}/absente.csv", says=["absente.csv"], file="absente.csv")
    refused("import: a folder", "import", FOLDER, says=["dossier"])
    refused("import: unknown campaign", "import", path, "--campaign", "inconnue", says=["inconnue"], json_code="UNKNOWN_CAMPAIGN")
    refused("import: unknown --as", "import", path, "--as", "voisins", says=["voisins", "selected"])
    refused("import: --campaign without a name", "import", path, "--campaign", says=["--campaign"])
    odd = write("des noms/été d'Île ; «1» %s\t.csv", LIST)
    got = relais("import", odd, "--dry-run", "--format", "json")
    equal("a file with an odd name", (got.code, got.json().get("file")), (0, os.path.basename(odd)))
    table = list(csv.reader(io.StringIO(relais("import", path, "--dry-run", "--format", "csv").out.lstrip("\ufeff")), delimiter=";"))
    ok("import --format csv is a table", len({len(row) for row in table}) == 1, table)
    text = relais("import", path, "--dry-run").out
    ok("import: the summary is French", "acceptée" in text and "rejetée" in text, text)
    relais("import", write("objet.csv", "code_insee;email;statut\n29005;mairie@bannalec.example;selectionnee\n"), "--campaign", "asco")
    objected = relais("import", write("oppose.csv", "code_insee;email\n29005;mairie@bannalec.example\n"), "--campaign", "asco", "--as", "objected")
    equal("import --as objected", objected.code, 0)


# -- campaigns ------------------------------------------------------------------------------------------------------
def test_campaign():
    answer = relais("campaign", "create", "asco", "--schedule", SCHEDULE, "--title", "Enquête « ASCO » & co", "--format", "json")
    equal("campaign create: exit 0", answer.code, 0)
    shape("… one object", answer.json(), {"campaign": str, "deadline": re.compile("2026-01-23$"), "state": str})
    show = relais("campaign", "show", "asco", "--format", "json")
    shape("campaign show: JSON", show.json(), {"campaign": str, "title": str, "state": re.compile("draft$"), "deadline": str,
                                               "audiences": {"informed": int, "selected": int}, "waves": int})
    equal("… title", show.json()["title"], "Enquête « ASCO » & co")
    refused("a campaign that exists", "campaign", "create", "asco", "--schedule", SCHEDULE, says=["asco"])
    for name in ("éte", "A", "a b", "", "../x", "a'b", "-x", "a" * 10000):
        refused(f"a campaign called {name[:12]!r}", "campaign", "create", name, "--schedule", SCHEDULE)
    for label, title in (("two lines", "Enquête\nBcc: x@y.example"), ("an escape", "a\x1b[31m"), ("not UTF-8", os.fsdecode(b"\xff\xfe")), ("too long", "é" * 150)):
        refused(f"campaign create: a title no header can hold: {label}", "campaign", "create", "autre", "--schedule", SCHEDULE, "--title", title,
                says=["--title"], json_code="CAMPAIGN_TITLE")
    refused("campaign create: no schedule", "campaign", "create", "autre", says=["--schedule"])
    refused("campaign: another verb", "campaign", "efface", "asco", says=["create", "show"])
    refused("campaign show: unknown", "campaign", "show", "inconnue", says=["inconnue", "asco"], json_code="UNKNOWN_CAMPAIGN")
    refused("campaign create: the schedule is a folder", "campaign", "create", "autre", "--schedule", FOLDER, says=["dossier"])
    refused("campaign create: empty schedule", "campaign", "create", "autre", "--schedule", write("vide.ics", ""), says=["vide.ics"], file="vide.ics")
    refused("campaign create: an endless schedule, and no word about lists", "campaign", "create", "autre", "--schedule", "/dev/zero", says=["1 Mo ; vérifiez"])
    refused("campaign create: no templates", "campaign", "create", "autre", "--schedule", SCHEDULE, "--templates", f"{FOLDER}/nul",
            says=["nul", "--templates"])
    with open(SCHEDULE, encoding="utf-8") as file:
        good = file.read().replace("\r\n", "\n").splitlines()
    wave = next(number for number, line in enumerate(good) if line.startswith("TRIGGER;RELATED=END"))
    alarm = next(number for number, line in enumerate(good) if line.startswith("ATTENDEE"))
    for label, number, text in (("a word for a trigger", wave, "TRIGGER;RELATED=END:bientôt"), ("hours in a trigger", wave, "TRIGGER;RELATED=END:-PT3H"),
                                ("from the start", wave, "TRIGGER;RELATED=START:-P3D"), ("another audience", alarm, "ATTENDEE;CUTYPE=GROUP:urn:relais:tous"),
                                ("a person invited", alarm, "ATTENDEE:mailto:maire@brest.example")):
        broken = list(good)
        broken[number] = text
        path = write("casse.ics", "\r\n".join(broken) + "\r\n")
        refused(f"calendar: {label}: with its line", "campaign", "create", "autre", "--schedule", path, says=[rf"casse\.ics:{number + 1}"],
                file="casse.ics", line=number + 1)
    shutil.copytree(f"{WORK}/templates", f"{FOLDER}/modeles")
    with open(f"{FOLDER}/modeles/information.md", "a", encoding="utf-8") as file:
        file.write("\n  {{prenom}}\n")
    with open(f"{FOLDER}/modeles/information.md", encoding="utf-8") as file:
        line = file.read().splitlines().index("  {{prenom}}") + 1
    refused("template: unknown field with file:line:col", "campaign", "create", "autre", "--schedule", SCHEDULE, "--templates",
            f"{FOLDER}/modeles", says=[rf"information\.md:{line}:\d+ .*prenom"], file="information.md", line=line)
    for label, text in (("no front matter", "Bonjour"), ("empty", ""), ("no subject", "---\ntitre: a\n---\nBonjour"), ("bytes", b"---\nsubject: \xff\n---\n"),
                        ("open section", "---\nsubject: a\n---\n{{#epci}}x"), ("a header more", "---\nsubject: \"a\\r\\nBcc: x@y.test\"\n---\nx"),
                        ("raw HTML field", "---\nsubject: a\n---\n<script>{{{nom}}}</script>")):
        write("modeles/information.md", text)
        answer = relais("campaign", "create", "autre", "--schedule", SCHEDULE, "--templates", f"{FOLDER}/modeles")
        if label in ("a header more", "raw HTML field") and answer.code == 0:
            continue
        ok(f"template: {label}: exit 2, its file named", answer.code == 2 and "information.md" in answer.err, answer.note())
    os.unlink(f"{FOLDER}/modeles/information.md")
    refused("template: missing", "campaign", "create", "autre", "--schedule", SCHEDULE, "--templates", f"{FOLDER}/modeles",
            says=["information.md", "modeles"])


def test_plan():
    plan = relais("plan", "asco", "--format", "json")
    equal("plan: exit 0", plan.code, 0)
    shape("plan: JSON", plan.json(), {"campaign": str, "deadline": re.compile("2026-01-23$"), "waves": [
        {"wave": str, "audience": str, "template": str, "at": INSTANT, "window": str, "recipients": int, "state": str,
         "reason": (str, type(None)), "forecast": int}]})
    waves = {wave["wave"]: wave for wave in plan.json()["waves"]}
    equal("… metropolitan instants", [waves[name]["at"] for name in ("information", "rappel-j14", "rappel-j2", "dernier-jour")],
          ["2025-12-08T09:30:00+01:00", "2026-01-09T09:30:00+01:00", "2026-01-21T09:30:00+01:00", "2026-01-23T09:30:00+01:00"])
    equal("… La Réunion at its own hour", waves["rappel-j14"]["by_department"].get("974"), "2026-01-09T09:30:00+04:00")
    equal("… forecast: those selected without an answer", waves["rappel-j14"]["forecast"],
          relais("campaign", "show", "asco", "--format", "json").json()["audiences"]["selected-unanswered"])
    rows = list(csv.reader(io.StringIO(relais("plan", "asco", "--format", "csv").out.lstrip("\ufeff")), delimiter=";"))
    ok("plan: CSV is a table of its waves", len(rows) == 6 and {len(row) for row in rows} == {8}, rows)
    for command in ("plan", "report", "start", "pause", "resume", "cancel", "calls"):
        refused(f"{command}: unknown campaign", command, "inconnue", *(["--yes"] if command == "start" else []), says=["inconnue", "asco"],
                json_code="UNKNOWN_CAMPAIGN")
        refused(f"{command}: no campaign", command, says=["relais help"], json_code="USAGE")
        refused(f"{command}: a word too many", command, "asco", "b", "c", says=["relais help"], json_code="USAGE")
        refused(f"{command}: an option it does not know", command, "asco", "--vite", says=["--vite"], json_code="USAGE")


def test_preview():
    for part, head in (("text", "Objet : "), ("html", "<"), ("source", "")):
        got = relais("preview", "asco", "rappel-j14", "29019", "--part", part)
        ok(f"preview --part {part}", got.code == 0 and got.out.startswith(head) and "Brest" in got.out, got.note())
    import email
    import email.policy
    source = subprocess.run([RELAIS, "-c", CONFIG, "preview", "asco", "rappel-j14", "97411", "--part", "source", "--clock", NOW], capture_output=True).stdout
    message = email.message_from_bytes(source, policy=email.policy.default)
    equal("… the source has no defect", [part.defects for part in message.walk() if part.defects], [])
    equal("… and is all CR LF", source.count(b"\n"), source.count(b"\r\n"))
    shape("preview: JSON", relais("preview", "asco", "rappel-j14", "29019", "--format", "json").json(),
          {"campaign": str, "wave": str, "id": str, "subject": str, "text": str, "html": str, "source": str})
    before = dump()
    relais("preview", "asco", "rappel-j14", "29019")
    equal("preview changes nothing", dump(), before)
    refused("preview: unknown wave", "preview", "asco", "rappel-j99", "29019", says=["rappel-j99", "rappel-j14"])
    refused("preview: unknown ID", "preview", "asco", "rappel-j14", "99999", says=["99999"])
    refused("preview: unknown part", "preview", "asco", "rappel-j14", "29019", "--part", "pdf", says=["pdf", "html"])
    refused("preview: unknown campaign", "preview", "inconnue", "rappel-j14", "29019", says=["inconnue"])


def test_extend():
    before = dump()
    dry = relais("extend", "asco", "2026-01-30", "--announce", "--dry-run", "--format", "json")
    shape("extend --dry-run: JSON", dry.json(), {"before": re.compile("2026-01-23$"), "after": re.compile("2026-01-30$"),
                                               "waves": [{"wave": str, "was": (str, type(None)), "becomes": (str, type(None)), "state": str}]})
    equal("… changes nothing", (dry.code, dump()), (0, before))
    for text in ("30/01/2026", "30-01-2026", "30.01.2026", "2026-01-30"):
        got = relais("extend", "asco", text, "--dry-run", "--format", "json")
        if got.code == 0:
            equal(f"extend: {text} is that day", got.json()["after"], "2026-01-30")
        else:
            ok(f"extend: {text} is refused with the forms to write", "30/01/2026" in got.err, got.note())
    refused("extend: no day", "extend", "asco", "2026-02-30", says=["2026-02-30", "2026-01-30"])
    refused("extend: a word", "extend", "asco", "demain", says=["demain"])
    refused("extend: an American date", "extend", "asco", "01/30/2026", says=["01/30/2026"])
    refused("extend: the past", "extend", "asco", "2025-12-01", says=["passée"])
    refused("extend: the same day", "extend", "asco", "2026-01-23", says=["déjà"])
    refused("extend: the year 9999", "extend", "asco", "9999-12-31")
    refused("extend: unknown campaign", "extend", "inconnue", "2026-01-30", says=["inconnue"])
    refused("extend: 10,000 letters", "extend", "asco", "9" * 10000)
    saturday = relais("extend", "asco", "2026-01-31", "--dry-run", "--format", "json")
    last = [wave for wave in saturday.json().get("waves", []) if wave["wave"] == "dernier-jour"]
    equal("extend to a Saturday: the last day's mail goes on the Friday", [wave["becomes"][:10] for wave in last], ["2026-01-30"])
    holiday = relais("extend", "asco", "2026-05-01", "--dry-run", "--format", "json")
    last = [wave for wave in holiday.json().get("waves", []) if wave["wave"] == "dernier-jour"]
    equal("extend to the 1st of May: … on the 30th of April", [wave["becomes"][:10] for wave in last], ["2026-04-30"])
    refused("extend: --announce of an earlier date", "extend", "asco", "2026-01-19", "--announce", says=["--announce"])
    text = relais("extend", "asco", "2025-12-22", "--dry-run").out
    ok("extend: a wave moved too far back is said not to go", re.search("rappel-j14 .*devient  lun. 08/12/2025 .*trop tard", text) and
       not re.search("dernier-jour .*trop tard", text), text)
    text = relais("extend", "asco", "2026-01-30", "--dry-run").out
    ok("extend: what it says is a French diff", "devient" in text and "vendredi 30 janvier 2026" in text, text)
    return dry.json()


# -- the clock ------------------------------------------------------------------------------------------------------
def test_clock():
    def as_of(*words, clock=NOW):
        return relais("report", "asco", "--format", "json", *words, clock=clock).json()["as_of"]

    equal("a frozen clock", as_of(), "2025-12-15T10:00:00+01:00")
    equal("--clock before RELAIS_CLOCK", as_of("--clock", "2025-12-16T10:00:00+01:00"), "2025-12-16T10:00:00+01:00")
    equal("--clock=", as_of("--clock=2025-12-16T09:00:00Z"), "2025-12-16T10:00:00+01:00")
    begun = time.monotonic()
    later = as_of("--clock", "2025-12-16T10:00:00+01:00x86400")
    ok("x86400: a day a second", "2025-12-16T10:00:00" <= later[:19] <= f"2025-12-{17 + int(time.monotonic() - begun):02}T10:00:00", later)
    for bad in ("hier", "2025-12-16", "2025-12-16T10:00:00", "2025-13-16T10:00:00Z", "2025-12-16T10:00:00Zx", "2025-12-16T10:00:00Zxvite",
                "2025-12-16T10:00:00Zx-1", "", "2025-12-16T10:00:00Zx1e300", "9" * 10000):
        refused(f"clock: {bad[:26]!r}", "plan", "asco", "--clock", bad, says=["horloge"], json_code="BAD_CLOCK")
    refused("RELAIS_CLOCK likewise", "plan", "asco", clock="hier", says=["horloge"], json_code="BAD_CLOCK")
    refused("--clock without a value", "plan", "asco", "--clock")
    ok("--clock on every command", all(relais(*words, "--clock", NOW, clock=None).code in (0, 1) for words in (
        ("check",), ("plan", "asco"), ("campaign", "show", "asco"), ("history", "29019"), ("why", "29019", "--campaign", "asco"),
        ("inbox", "--once"), ("import", f"{FOLDER}/liste.csv", "--dry-run"), ("calls", "asco"), ("send", "--until-idle"),
        ("classify", write("vide.eml", "Subject: x\r\n\r\nx\r\n")), ("render", write("m.mustache", "a"), write("d.json", "{}")))))
    refused("an artificial clock with a relay elsewhere", "send", "--until-idle", config=variant("[smtp]\nurl = smtp://192.0.2.1:25\nstarttls = required"),
            says=["192.0.2.1", "127.0.0.1"])
    refused("… for the daemon too", "daemon", config=variant("[smtp]\nurl = smtp://mail.example.test:25\nstarttls = required"),
            says=["mail.example.test"])
    refused("… and a name that only looks so", "send", "--until-idle", says=["127.0.0.1"],
            config=variant("[smtp]\nurl = smtp://127.0.0.1.example.test:25\nstarttls = required"))


# -- start, send ----------------------------------------------------------------------------------------------------
def test_start():
    shown = relais("start", "asco", stdin=b"7\n")
    total = re.search(r"\((\d+)\)", shown.out)
    ok("start asks for the total to be typed", shown.code == 2 and total, shown.note())
    for typed in (b"", b"\n", b"oui\n", b"00\n", total[1].encode() + b"0\n"):
        before = dump()
        answer = relais("start", "asco", stdin=typed)
        equal(f"start: {typed!r} typed: exit 2, unchanged", (answer.code, dump()), (2, before))
    answer = relais("start", "asco", "--format", "json", stdin=b"1\n")
    ok("… with --format json too, in one object", answer.code == 2 and set(answer.json()) == {"error"}, answer.note())
    answer = relais("start", "asco", stdin=total[1].encode() + b"\n")
    equal("start: the total typed: exit 0", answer.code, 0)
    equal("… started", sql("SELECT state FROM campaign WHERE name = 'asco'"), [("started",)])
    answer = relais("start", "asco", "--yes", "--format", "json")
    shape("start --yes again: one object", answer.json(), {"campaign": str, "state": str})
    relais("campaign", "create", "seule", "--schedule", SCHEDULE)
    refused("start: nobody enrolled", "start", "seule", "--yes", says=["relais import"])
    relais("import", write("relais.csv", "departement;sigle;nom;courriel\n29;AMF 29;Association 29;relais@amf29.example\n"), "--as", "relays")
    with open(SCHEDULE, encoding="utf-8", newline="") as file:
        text = file.read().replace("urn:relais:informed", "urn:relais:relays").replace("information.md", "relais.md")
    relais("campaign", "create", "reseau", "--schedule", write("reseau.ics", text))
    equal("start: relays alone may be written to first", relais("start", "reseau", "--yes").code, 0)
    relais("cancel", "reseau")
    refused("start: past the deadline", "start", "seule", "--yes", clock="2026-03-01T10:00:00+01:00")
    refused("start: the sender is missing", "start", "asco", "--yes", says=["from"], config=variant("[sender]\nfrom ="))


REPORT = {"campaign": str, "as_of": INSTANT, "answers_as_of": (str, type(None)), "deadline": re.compile(r"\d{4}-\d\d-\d\d$"), "audiences": dict,
          "waves": [{"wave": str, "audience": str, "at": INSTANT, **{key: int for key in (
              "planned", "pending", "sent", "deferred", "failed", "skipped", "in_doubt", "bounced_hard", "bounced_soft", "autoreplies",
              "replies", "objections", "complaints")}}],
          "selected": {"total": int, "answered": int, "unanswered": int, "unreachable": int}}


def equation(label, report):
    wrong = [wave for wave in report["waves"] if wave["planned"] != wave["pending"] + wave["sent"] + wave["failed"] + wave["skipped"] +
             wave["in_doubt"] or wave["deferred"] > wave["pending"]]
    ok(f"{label}: planned = pending + sent + failed + skipped + in doubt", not wrong, wrong)


def test_send(record):
    def accepted():
        path = f"{record}/accepted.jsonl"
        return [json.loads(line) for line in open(path)] if os.path.exists(path) else []

    def waves(clock):
        report = relais("report", "asco", "--format", "json", clock=clock).json()
        equation(f"report at {clock[:16]}", report)
        return {wave["wave"]: wave for wave in report["waves"]}

    first = relais("send", "--until-idle", clock="2025-12-15T11:00:00+01:00")
    equal("send: a wave too late by its own limit is skipped: exit 0", first.code, 0)
    plan = {wave["wave"]: wave for wave in relais("plan", "asco", "--format", "json").json()["waves"]}
    equal("… state skipped, with its reason", (plan["information"]["state"], bool(plan["information"]["reason"])), ("skipped", True))
    equal("… planned 0, nothing sent", (waves("2025-12-15T11:00:00+01:00")["information"]["planned"], len(accepted())), (0, 0))
    day = "2026-01-09T10:00:00+01:00"
    sent = relais("send", "--until-idle", clock=day)
    equal("send --until-idle on the day: exit 0", sent.code, 0)
    got = waves(day)["rappel-j14"]
    equal("… planned, sent, skipped", (got["planned"], got["sent"], got["skipped"]), (5, 4, 1))
    equal("… as the server recorded", sorted(one["rcpt"] if isinstance(one["rcpt"], str) else one["rcpt"][0] for one in accepted()),
          ["mairie@argol.example", "mairie@brest.example", "mairie@quimper.example", "mairie@saint-denis.example"])
    ok("… VERP return path", all(re.match(r"retour\+[a-z2-7]+@amf\.example$", one["mail_from"]) for one in accepted()), accepted()[:1])
    before = dump()
    equal("send --until-idle again: exit 0", relais("send", "--until-idle", clock=day).code, 0)
    equal("… nothing more goes out", len(accepted()), 4)
    equal("… and no delivery changed", sql("SELECT state, COUNT(*) FROM delivery GROUP BY 1 ORDER BY 1"),
          sql("SELECT state, COUNT(*) FROM delivery GROUP BY 1 ORDER BY 1") if before else None)
    sender = start([RELAIS, "send"], clock=day)
    ok("a sender in the foreground", wait_for(5, lambda: os.path.exists(f"{WORK}/relais.db-send")) and sender.poll() is None)
    time.sleep(0.3)
    begun = time.monotonic()
    second = relais("send", "--until-idle", clock=day)
    ok("a second sender: exit 2 within a second", second.code == 2 and time.monotonic() - begun < 1, second.note())
    begun = time.monotonic()
    second = relais("send", "--format", "json", clock=day)
    ok("… in one object too", second.code == 2 and "error" in second.json() and time.monotonic() - begun < 1, second.note())
    equal("SIGTERM: exit 0", stop(sender), 0)
    return accepted


def test_answered():
    before = {wave["wave"]: wave["forecast"] for wave in relais("plan", "asco", "--format", "json").json()["waves"] if "forecast" in wave}
    answer = relais("answered", "asco", "29001", "--as-of", "2025-12-14", "--format", "json")
    equal("answered: exit 0", answer.code, 0)
    report = relais("report", "asco", "--format", "json").json()
    equal("… answers_as_of is that date", report["answers_as_of"][:10], "2025-12-14")
    equal("… one answered", report["selected"]["answered"], 1)
    after = {wave["wave"]: wave["forecast"] for wave in relais("plan", "asco", "--format", "json").json()["waves"] if "forecast" in wave}
    equal("… the next reminder has one less", after["rappel-j7"], before["rappel-j7"] - 1)
    listed = relais("answered", "asco", write("repondants.csv", "code_insee;date_reponse\n29232;14/12/2025\n"), "--format", "json")
    equal("answered FILE: exit 0, an import's object", (listed.code, listed.json().get("rows", {}).get("accepted")), (0, 1))
    equal("unanswered", relais("unanswered", "asco", "29232", "--format", "json").json().get("unanswered"), 1)
    refused("answered: one unknown ID among good ones: none is taken", "answered", "asco", "29019", "99999", says=["99999"])
    refused("answered: unknown campaign", "answered", "inconnue", "29019", says=["inconnue"])
    refused("answered: a date to come", "answered", "asco", "29019", "--as-of", "2027-01-01", says=["2027-01-01"])
    refused("answered: no date", "answered", "asco", "29019", "--as-of", "hier", says=["hier"])
    refused("answered: 10,000 letters", "answered", "asco", "9" * 10000, says=["99999"])
    for word in (" 29001", "29 001", "29001"):
        equal(f"answered: {word!r} is Argol", relais("answered", "asco", word, "--format", "json").json().get("answered"), 1)
    equal("why: a Corsican code in small letters", relais("why", "2a004", "--campaign", "asco", "--format", "json").json().get("id"), "2A004")
    refused("answered: an empty ID", "answered", "asco", "", says=["code"])
    refused("withdraw: not enrolled", "withdraw", "asco", "01001", says=["01001"])


def test_report():
    answer = relais("report", "asco", "--format", "json")
    equal("report: exit 0", answer.code, 0)
    shape("report: JSON", answer.json(), REPORT)
    equation("report", answer.json())
    one = relais("report", "asco", "--department", "974", "--format", "json")
    shape("report --department: JSON", one.json(), REPORT)
    equal("… counts that department only", one.json()["selected"]["total"], 1)
    equation("… of a department", one.json())
    one = relais("report", "asco", "--wave", "rappel-j14", "--format", "json")
    equal("report --wave: that wave only", [wave["wave"] for wave in one.json()["waves"]], ["rappel-j14"])
    text = relais("report", "asco").out
    ok("report: text is French, without escapes when not on a terminal", "Échéance" in text and "\x1b" not in text, text)
    rows = list(csv.reader(io.StringIO(relais("report", "asco", "--format", "csv").out.lstrip("\ufeff")), delimiter=";"))
    ok("report: CSV is a table", len(rows) > 3 and len({len(row) for row in rows}) == 1, rows)
    page = relais("report", "asco", "--format", "html").out
    ok("report: HTML is one self-contained page", page.lstrip().lower().startswith("<!doctype html") and "<script src" not in page and
       not re.search(r'<(img|link)[^>]+(src|href)="?http', page), page[:300])
    ok("… escaped", "Enquête « ASCO » &amp; co" in page, re.findall("<h1.*?</h1>", page))
    path = f"{FOLDER}/rapport.html"
    equal("report --output", (relais("report", "asco", "--format", "html", "--output", path).code, os.path.getsize(path) > 1000), (0, True))
    refused("report: unknown department", "report", "asco", "--department", "99", says=["99"])
    refused("report: unknown wave", "report", "asco", "--wave", "rappel-j99", says=["rappel-j99", "rappel-j14"])
    equal("report: another format", relais("report", "asco", "--format", "pdf").code, 2)
    refused("report: unwritable output", "report", "asco", "--output", f"{FOLDER}/fichier/r.html", says=["fichier/r.html"])


def test_history():
    answer = relais("history", "29019", "--format", "json")
    events = answer.lines()
    ok("history: one object a line, exit 0", answer.code == 0 and len(events) >= 3, answer.note())
    shape("history: keys", events, [{"at": INSTANT, "event": str, "wave": (str, type(None)), "address": (str, type(None)),
                                     "code": (str, int, type(None)), "text": (str, type(None)), "origin": (str, type(None)), "by": (str, type(None))}])
    from datetime import datetime
    instants = [datetime.fromisoformat(one["at"].replace("Z", "+00:00")) for one in events]
    equal("… oldest first", instants, sorted(instants))
    ok("… selected, planned, sent", {"planned", "sent"} <= {one["event"] for one in events}, [one["event"] for one in events])
    sent = [one for one in events if one["event"] == "sent"]
    ok("… the address and the server's code", sent and sent[0]["address"] == "mairie@brest.example" and str(sent[0]["code"]).startswith("250"), sent)
    refused("history: unknown ID", "history", "99999", says=["99999"])
    refused("history: unknown campaign", "history", "29019", "--campaign", "inconnue", says=["inconnue"])
    refused("history: 10,000 letters", "history", "9" * 10000)
    equal("history: somebody nothing happened to: exit 0, no line", (lambda got: (got.code, got.out))(relais("history", "01001", "--format", "json")), (0, ""))


def reason(identity, campaign="asco", clock=NOW):
    answer = relais("why", identity, "--campaign", campaign, "--format", "json", clock=clock)
    return answer.json().get("reason") if answer.code == 0 else answer.note()


def test_why(accepted):
    shape("why: JSON", relais("why", "29019", "--campaign", "asco", "--format", "json").json(),
          {"id": str, "campaign": str, "next": (dict, type(None)), "reason": str, "details": [str]})
    after = "2026-01-12T10:00:00+01:00"
    relais("withdraw", "asco", "97411")
    equal("why: planned", reason("29019", clock=after), "planned")
    for label, identity, pattern in (("not enrolled", "01001", "not-enrolled|enrol"), ("answered", "29001", "answered"),
                                     ("objected", "29005", "object"), ("withdrawn", "97411", "withdrawn"), ("no address", "29003", "address")):
        got = reason(identity, clock=after)
        ok(f"why: {label}", re.search(pattern, got), got)
        text = relais("why", identity, "--campaign", "asco", clock=after)
        ok(f"… said in French: {label}", text.code == 0 and "Aucun message n'est prévu" in text.out, text.note())
    ok("why: deadline", re.search("deadline", reason("29019", clock="2026-02-20T10:00:00+01:00")))
    equal("why: not started", reason("29019", "seule") if relais("import", f"{FOLDER}/liste.csv", "--campaign", "seule").code == 0 else None, "not-started")
    path = [one for one in accepted() if "quimper" in str(one["rcpt"])][0]["mail_from"]
    reply = (f"Return-Path: <mairie@quimper.example>\r\nDelivered-To: {path}\r\nFrom: mairie@quimper.example\r\nTo: {path}\r\n"
             "Subject: Re: enquete\r\nMessage-ID: <r1@quimper.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
             "Bonjour, nous avons déjà répondu à cette enquête.\r\n").encode()
    equal("inbox --stdin: exit 0", relais("inbox", "--stdin", stdin=reply, clock=after).code, 0)
    got = reason("29232", clock="2026-01-13T10:00:00+01:00")
    ok("why: hold after « déjà répondu »", re.search("hold|held|replied", got), got)
    refused("why: no campaign", "why", "29019", says=["--campaign"])
    refused("why: unknown campaign", "why", "29019", "--campaign", "inconnue", says=["inconnue"])
    refused("why: unknown ID", "why", "99999", "--campaign", "asco", says=["99999"])
    shape("calls: JSON", relais("calls", "asco", "--department", "29", "--format", "json").json(), {"campaign": str})
    equal("calls: somebody to call: exit 0", relais("calls", "asco").code, 0)


# -- inbox, classify, render ----------------------------------------------------------------------------------------
def test_inbox(accepted):
    clock = "2026-01-12T11:00:00+01:00"
    path = [one for one in accepted() if "brest" in str(one["rcpt"])][0]["mail_from"]
    other = [one for one in accepted() if "argol" in str(one["rcpt"])][0]["mail_from"]
    token = path.split("+")[1].split("@")[0]
    bounce = ("Return-Path: <>\r\nDelivered-To: {0}\r\nFrom: MAILER-DAEMON@mx.test\r\nTo: {0}\r\nSubject: Undelivered\r\n"
              "Message-ID: <{1}@mx.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
              "--b\r\nContent-Type: text/plain\r\n\r\nNo.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
              "Final-Recipient: rfc822; {2}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n--b--\r\n")
    forged = "".join("a" if letter != "a" else "b" for letter in token)
    suppressed = sql("SELECT COUNT(*) FROM suppression")
    given = relais("inbox", "--stdin", stdin=bounce.format(f"retour+{forged}@amf.example", "f1", "mairie@brest.example").encode(), clock=clock)
    equal("a forged bounce is kept, and suppresses nothing", (given.code, sql("SELECT COUNT(*) FROM suppression")), (0, suppressed))
    given = relais("inbox", "--stdin", stdin=bounce.format(other, "f2", "mairie@brest.example").encode(), clock=clock)
    brest = sql("SELECT COUNT(*) FROM suppression WHERE address = 'mairie@brest.example'")
    equal("another delivery's token does not suppress this address", (given.code, brest), (0, [(0,)]))
    write("dehors.eml", bounce.format(path, "out", "mairie@brest.example"))
    box = f"{WORK}/Maildir/new"
    os.symlink(f"{FOLDER}/dehors.eml", f"{box}/1.lien")
    os.symlink("/etc/passwd", f"{box}/2.passwd")
    os.symlink("boucle", f"{box}/boucle")
    os.mkfifo(f"{box}/3.tube")
    os.mkdir(f"{box}/4.dossier")
    open(f"{box}/5.vide", "wb").close()
    with open(f"{box}/6.gros", "wb") as file:
        file.write(b"Subject: gros\r\n\r\n" + b"x" * 30_000_000)
    with open(f"{box}/7.bruit", "wb") as file:
        file.write(os.urandom(20000))
    with open(f"{box}/8.bon", "w", newline="") as file:
        file.write(bounce.format(path, "good", "mairie@brest.example"))
    with open(f"{box}/9 é\n\x01", "w", newline="") as file:
        file.write(bounce.format(path, "good", "mairie@brest.example").replace("good", "nom"))
    begun = time.monotonic()
    read = relais("inbox", "--once", clock=clock)
    ok("inbox --once through a hostile Maildir: exit 0 or 1, in time", read.code in (0, 1) and time.monotonic() - begun < 30, read.note())
    equal("… the good bounce counts", sql("SELECT COUNT(*) FROM suppression WHERE address = 'mairie@brest.example'"), [(1,)])
    left = sorted(os.listdir(box))
    ok("… the messages have left new/", not {"5.vide", "6.gros", "7.bruit", "8.bon"} & set(left), left)
    ok("… what is not a file is not touched", os.path.exists(f"{FOLDER}/dehors.eml") and os.path.exists("/etc/passwd") and
       not sql("SELECT 1 FROM inbound WHERE sha256 = '%s'" % hashlib.sha256(open("/etc/passwd", "rb").read()).hexdigest()), left)
    rows = sql("SELECT COUNT(*) FROM inbound")
    equal("inbox --once again: nothing more", (relais("inbox", "--once", clock=clock).code in (0, 1), sql("SELECT COUNT(*) FROM inbound")), (True, rows))
    report = relais("report", "asco", "--format", "json", clock=clock).json()
    wave = [one for one in report["waves"] if one["wave"] == "rappel-j14"][0]
    equal("report: one hard bounce, one reply", (wave["bounced_hard"] >= 1, wave["replies"]), (True, 1))
    equation("report after returns", report)
    for label, words, more in (("no configuration", (), {"config": "/nulle/relais.ini"}), ("an unknown option", ("--vite",), {}),
                               ("a bad clock", (), {"clock": "hier"}), ("--once beside it", ("--once",), {}),
                               ("a broken configuration", (), {"config": variant("[smtp]\nurl")}),
                               ("no database", (), {"config": variant("[store]\nurl = sqlite:absente.db")}),
                               ("no key", (), {"config": variant("[sender]\nkey_file = absente.key")}),
                               ("a word too many", ("mot",), {}), ("a bad format", ("--format", "pdf"), {})):
        got = relais("inbox", "--stdin", *words, stdin=b"Subject: x\r\n\r\nx\r\n", **more)
        equal(f"inbox --stdin: {label}: exit 75", got.code, 75)
    limited = subprocess.run(["sh", "-c", f'ulimit -f 1; exec "{RELAIS}" inbox --stdin'], input=b"Subject: limite\r\n\r\nx\r\n", capture_output=True,
                             env={**os.environ, "RELAIS_CONFIG": CONFIG, "RELAIS_CLOCK": clock})
    equal("inbox --stdin: files limited by the MTA: exit 75", limited.returncode, 75)
    for label, text in (("nothing", b""), ("no header", b"x"), ("NUL", b"\0" * 100), ("an endless line", b"Subject: " + b"a" * 500000)):
        equal(f"inbox --stdin: {label}: exit 0", relais("inbox", "--stdin", stdin=text, clock=clock).code, 0)
    refused("inbox --once --stdin", "inbox", "--once", "--stdin", code=75)
    refused("inbox: no Maildir there", "inbox", "--once", config=variant("[inbox]\nmaildir = absent"), says=["absent"])


def test_classify():
    files = [write("un.eml", "From: MAILER-DAEMON@x.test\r\nSubject: x\r\n\r\n550 5.1.1 <a@b.test>: unknown user\r\n"),
             write("é ; deux.eml", "Auto-Submitted: auto-replied\r\nFrom: a@b.test\r\nSubject: Absence\r\n\r\nAbsent.\r\n"), write("trois.eml", "")]
    answer = relais("classify", *files, config=None)
    lines = answer.lines()
    equal("classify: one object a file, without a configuration", [line["file"] for line in lines], files)
    shape("classify: keys", lines, [{"file": str, "kind": re.compile("hard|soft|delivered|complaint|autoreply|challenge|unsubscribe|reply|other|unread"),
                                     "recipients": [str], "status": (str, type(None)), "reason": (str, type(None)), "suppress": bool,
                                     "message_id": (str, type(None)), "reply_text": (str, type(None))}])
    equal("classify -", relais("classify", "-", config=None, stdin=b"Subject: x\r\n\r\nx\r\n").lines()[0]["file"], "-")
    answer = relais("classify", files[0], f"{FOLDER}/absent.eml", files[1], config=None)
    equal("classify: one missing: exit 2, the others are read", (answer.code, len(answer.lines())), (2, 2))
    answer = relais("classify", files[0], f"{FOLDER}/absent.eml", "--format", "json", config=None)
    ok("… with --format json every line is an object", answer.code == 2 and len(answer.lines()) == 2 and "error" in answer.lines()[1], answer.note())
    refused("classify: nothing", "classify", json_code="USAGE")
    refused("classify: a folder", "classify", FOLDER, says=["dossier"])


def test_render():
    template = write("modele.mustache", "A {{x}} {{{x}}} {{absent}}{{>p}}\r\n\n")
    data = write("donnees.json", '{"x": "<é&>"}')
    write("partials/p.mustache", "[{{x}}]")
    answer = relais("render", template, data, "--partials", f"{FOLDER}/partials", config=None)
    equal("render: byte for byte", (answer.code, answer.out), (0, "A &lt;é&amp;&gt; <é&> [&lt;é&amp;&gt;]\r\n\n"))
    refused("render: no template", "render", f"{FOLDER}/absent", data, says=["absent"])
    refused("render: broken JSON, with its line", "render", template, write("casse.json", '{\n"x": \n}'), says=["casse.json"], file="casse.json")
    refused("render: broken template, with its line", "render", write("casse.mustache", "\n{{#a}}"), data, says=["casse.mustache:2"], file="casse.mustache", line=2)
    refused("render: empty JSON", "render", template, write("vide.json", ""), says=["vide.json"])
    refused("render: one word", "render", template, json_code="USAGE")
    ok("render: a partial that calls itself ends", relais("render", write("b.mustache", "{{>p}}"), data, "--partials",
       os.path.dirname(write("boucle/p.mustache", "x{{>p}}")), config=None).code in (0, 2))
    refused("render: deep JSON", "render", template, write("profond.json", "[" * 200000))


# -- pause, resume, cancel, extend for real -------------------------------------------------------------------------
def test_pause():
    for command, state in (("pause", "paused"), ("resume", "started")):
        answer = relais(command, "asco", "--format", "json")
        equal(f"{command}: exit 0, its state", (answer.code, answer.json()), (0, {"campaign": "asco", "state": state}))
        equal(f"{command} again: exit 0", relais(command, "asco").code, 0)
        if command == "pause":
            equal("why: paused", reason("29232", clock="2026-01-20T10:00:00+01:00"), "paused")
            refused("start while paused", "start", "asco", "--yes", says=["resume"])
    refused("pause a campaign not started", "pause", "seule", says=["lancée", "en préparation"])
    refused("resume a campaign not paused", "resume", "seule", says=["suspendue"])
    equal("cancel", relais("cancel", "seule", "--format", "json").json(), {"campaign": "seule", "state": "cancelled"})
    refused("start after cancel", "start", "seule", "--yes", says=["annulée"])
    refused("extend after cancel", "extend", "seule", "2026-02-20", says=["annulée"])
    refused("resume after cancel", "resume", "seule")


def test_extend_for_real():
    clock = "2026-01-14T12:00:00+01:00"
    dry = relais("extend", "asco", "2026-01-30", "--announce", "--dry-run", "--format", "json", clock=clock).json()
    real = relais("extend", "asco", "2026-01-30", "--announce", "--format", "json", clock=clock)
    equal("extend: exit 0", real.code, 0)
    equal("… says what the dry run said", {key: real.json()[key] for key in ("before", "after", "waves")}, {key: dry[key] for key in ("before", "after", "waves")})
    waves = {wave["wave"]: wave for wave in real.json()["waves"]}
    equal("… what was sent is sent", (waves["rappel-j14"]["state"], waves["rappel-j14"]["becomes"] in (None, waves["rappel-j14"]["was"])), ("sent", True))
    equal("… the announcement the next working day at the send hour", waves["prolongation"]["becomes"], "2026-01-15T09:30:00+01:00")
    plan = {wave["wave"]: wave for wave in relais("plan", "asco", "--format", "json", clock=clock).json()["waves"]}
    equal("plan: moved", [plan[name]["at"][:10] for name in ("rappel-j7", "rappel-j2", "dernier-jour")], ["2026-01-23", "2026-01-28", "2026-01-30"])
    equal("… the announcement's audience and template", (plan["prolongation"]["audience"], plan["prolongation"]["template"]),
          ("selected-unanswered", "prolongation.md"))
    refused("… of the same words", "extend", "asco", "2026-01-30", clock=clock)
    again = relais("extend", "asco", "2026-01-31", "--announce", "--format", "json", clock=clock).json()
    equal("extend --announce again before the first has gone: one announcement", [wave["wave"] for wave in again["waves"]
          if wave["wave"].startswith("prolongation")], ["prolongation"])
    text = relais("preview", "asco", "dernier-jour", "29019", clock=clock).out
    ok("a last day's mail moved before a Saturday says « demain »", "demain, samedi 31 janvier 2026" in text.replace("\n", " ") and
       "aujourd'hui" not in text, text)
    for identity in ("29019", "98818", "98735", "97411"):
        text = relais("preview", "asco", "rappel-j7", identity, clock=clock).out.replace("\n", " ")
        ok(f"seven or eight days before is so at {identity}", re.search("Il reste [78] jours", text), text)
    equal("back to the 30th", relais("extend", "asco", "2026-01-30", clock=clock).code, 0)
    refused("extend again to the same day", "extend", "asco", "2026-01-30", "--announce", clock=clock)
    state = relais("campaign", "show", "asco", "--format", "json", clock=clock).json()
    equal("… still started", (state["state"], state["deadline"]), ("started", "2026-01-30"))


# -- stores, disks, output ------------------------------------------------------------------------------------------
def test_stores():
    with open(DB, "rb") as file:
        bytes_ = bytearray(file.read())
    newer = f"{WORK}/newer.db"
    source = sqlite3.connect(DB)
    copy = sqlite3.connect(newer)
    source.backup(copy)
    copy.execute("INSERT INTO schema_version (version) VALUES (9999)")
    copy.commit()
    copy.close()
    source.close()
    before = dump(newer)
    refused("a database newer than the program", "plan", "asco", config=variant("[store]\nurl = sqlite:newer.db"), says=["9999", "plus récente"])
    equal("… it is left alone", dump(newer), before)
    for label, content in (("random bytes", os.urandom(30000)), ("empty", b""), ("a broken page", bytes(bytes_[:4096] + b"\xee" * 40000)),
                           ("cut in the middle", bytes(bytes_[:len(bytes_) // 2]))):
        path = write(f"{label.replace(' ', '-')}/abime.db", content)
        answer = relais("plan", "asco", config=variant(f"[store]\nurl = sqlite:{path}"))
        ok(f"a damaged database ({label}): exit 2, its path said", answer.code == 2 and "abime.db" in answer.err, answer.note())
        ok(f"… as it was ({label})", open(path, "rb").read() == content)
    refused("a database that is a folder", "plan", "asco", config=variant(f"[store]\nurl = sqlite:{WORK}"), says=[re.escape(WORK)])
    refused("no database there", "plan", "asco", config=variant("[store]\nurl = sqlite:absente.db"), says=["absente.db", "init"])
    ok("… and none is made", not os.path.exists(f"{WORK}/absente.db"))
    refused("a database below a file", "plan", "asco", config=variant(f"[store]\nurl = sqlite:{FOLDER}/fichier/x.db"), says=["fichier/x.db"])


def test_full_disk():
    place = f"{FOLDER}/plein"
    os.mkdir(place)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], capture_output=True).returncode:
        return skip("a full disk", "mount is not allowed here")
    try:
        with open(f"{place}/ballast", "wb") as file:
            file.write(b"x" * (22 << 20))
        made = relais("init", f"{place}/w", config=None)
        equal("init on a full disk: exit 2, and nothing half done", (made.code, os.listdir(place)), (2, ["ballast"]))
        os.unlink(f"{place}/ballast")
        made = relais("init", f"{place}/w", config=None)
        config = f"{place}/w/relais.ini"
        relais("campaign", "create", "asco", "--schedule", f"{place}/w/schedules/asco-2025.ics", config=config)
        try:
            with open(f"{place}/ballast", "wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4096)
        except OSError:
            pass
        big = write("grande.csv", "code_insee;nom;email\n" + "".join(f"{code};{name};mairie{code}@x.example\n" for code, name in
                                                                      sql("SELECT id, name FROM collectivity WHERE LENGTH(id) = 5 LIMIT 9000")))
        got = relais("import", big, "--campaign", "asco", config=config)
        ok("a full disk: exit 2, said", made.code == 0 and got.code == 2 and "disque" in got.err, made.note() + got.note())
        os.unlink(f"{place}/ballast")
        store = sqlite3.connect(f"{place}/w/relais.db")
        equal("… nothing of the list is there", store.execute("SELECT (SELECT COUNT(*) FROM contact), (SELECT COUNT(*) FROM import)").fetchone(), (0, 0))
        store.close()
        got = relais("import", big, "--campaign", "asco", config=config)
        ok("… with room again it goes on", got.code in (0, 1), got.note())
    finally:
        subprocess.run(["umount", place], capture_output=True)


def test_output():
    for command in ("report asco", "plan asco --format json", "help", "history 29019 --format json", "import ../liste.csv --dry-run", "check"):
        for how in (">&-", ">/dev/full"):
            done = subprocess.run(["sh", "-c", f'"{RELAIS}" {command} {how}'], capture_output=True, cwd=WORK,
                                  env={**os.environ, "RELAIS_CONFIG": CONFIG, "RELAIS_CLOCK": NOW})
            ok(f"{command} {how}: exit 2, said", done.returncode == 2 and b"sortie" in done.stderr, f"{done.returncode} {done.stderr!r}")
    before = dump()
    for closed in ("<&-", ">&- 2>&-", "<&- >&- 2>&-"):
        subprocess.run(["sh", "-c", f'"{RELAIS}" plan asco {closed}'], cwd=WORK, capture_output=True, env={**os.environ, "RELAIS_CONFIG": CONFIG, "RELAIS_CLOCK": NOW})
    equal("closed descriptors never reach the database", (dump(), open(DB, "rb").read(15)), (before, b"SQLite format 3"))
    reader = subprocess.Popen([RELAIS, "report", "asco", "--format", "html"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "RELAIS_CONFIG": CONFIG, "RELAIS_CLOCK": NOW})
    reader.stdout.close()
    ok("a reader that has gone: no signal", reader.wait(10) in (0, 2), reader.returncode)
    reader.stderr.close()


def test_words():
    got = relais("help", config=None)
    ok("help: exit 0, every command", got.code == 0 and all(f"relais {name}" in got.out for name in (
        "init check import campaign plan extend preview start answered send inbox daemon report history why classify render pause resume "
        "cancel".split())), got.out)
    equal("no command: help on standard error, exit 2", (lambda one: (one.code, one.out, "relais init" in one.err))(relais(config=None)), (2, "", True))
    refused("unknown command", "expedier", says=["expedier", "relais help"], json_code="USAGE")
    refused("10,000 letters as a command", "x" * 10000, json_code="USAGE")
    refused("controls in a word", "plan", "a\x1b[31m\nb", says=["relais"])
    refused("bytes that are not UTF-8", "plan", os.fsdecode(b"\xff\xfe"))
    ok("… never raw on the terminal", "\x1b" not in relais("plan", "a\x1b[31mb").err)
    for words in (("-c",), ("--clock",), ("--format",), ("-x",), ("--",)):
        equal(f"only {words[0]}: exit 2", relais(*words, config=None).code, 2)
    equal("--clock before the command", relais("--clock", NOW, "plan", "asco", clock=None).code, 0)
    equal("--format json before the command", bool(relais("--format", "json", "plan", "asco").json().get("waves")), True)


def test_daemon():
    clock = "2026-01-15T11:00:00+01:00x3600"
    daemon = start([RELAIS, "daemon"], clock=clock)
    ok("daemon: runs", wait_for(5, lambda: relais("report", "asco", "--format", "json", clock=None).json().get("as_of", "")[:10] == "2026-01-15"))
    begun = time.monotonic()
    second = relais("daemon", clock=clock)
    ok("a second daemon: exit 2 within a second", second.code == 2 and time.monotonic() - begun < 1, second.note())
    second = relais("send", "--until-idle", clock=clock)
    ok("… and no second sender", wait_for(3, lambda: relais("send", "--until-idle", clock=clock).code == 2), second.note())
    ok("commands without --clock follow it", relais("report", "asco", "--format", "json", clock=None).json()["as_of"][:7] == "2026-01")
    ok("… it sends", wait_for(15, lambda: any(wave["sent"] for wave in relais("report", "asco", "--format", "json", clock=None).json()["waves"]
                                              if wave["wave"] == "prolongation")), relais("report", "asco", clock=None).out)
    begun = time.monotonic()
    equal("daemon: SIGTERM: exit 0", stop(daemon), 0)
    ok("… in time", time.monotonic() - begun < 30)
    equation("report after the daemon", relais("report", "asco", "--format", "json").json())


def main():
    test_init()
    server, port = serve("--record", RECORD)
    globals()["PORT"] = port
    configure()
    for name in ("cur", "new", "tmp"):
        os.makedirs(f"{WORK}/Maildir/{name}")
    test_campaign()
    test_import()
    test_configuration()
    test_check()
    test_plan()
    test_preview()
    test_extend()
    test_clock()
    test_start()
    accepted = test_send(RECORD)
    test_answered()
    test_report()
    test_history()
    test_why(accepted)
    test_inbox(accepted)
    test_classify()
    test_render()
    test_pause()
    test_extend_for_real()
    test_stores()
    test_full_disk()
    test_words()
    test_output()
    test_daemon()
    stop(server)


if not os.access(RELAIS, os.X_OK):
    print(f"1..0 # skip no {RELAIS}")
    sys.exit(0)
FOLDER = tempfile.mkdtemp(prefix="relais-interfaces.")
WORK, RECORD = f"{FOLDER}/w", f"{FOLDER}/record"
CONFIG, DB, EXAMPLE, SCHEDULE, PORT = f"{WORK}/relais.ini", f"{WORK}/relais.db", f"{HERE}/config.example.ini", f"{WORK}/schedules/asco-2025.ics", 1
try:
    main()
finally:
    for child in children:
        stop(child)
    shutil.rmtree(FOLDER, ignore_errors=True)
print(f"1..{count}")
sys.exit(1 if failed else 0)
