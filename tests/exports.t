#!/usr/bin/env python3
"""Rejected rows written back, the directory, workbooks: judged by Python's csv, json, zipfile and XML parser."""
import csv
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as tree
import zipfile

from tap import RELAIS, check, finish, same, skip_unless_built

CLOCK = "2026-01-20T10:00:00+01:00"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


skip_unless_built()
tmp = tempfile.mkdtemp(prefix="relais-exports.")
REFERENCE = os.path.abspath("lists/reference/collectivites-2026.csv")
SHARED = os.environ.get("SHARED", os.path.abspath("../shared"))


def relais(*words, want=0, folder=".", binary=False):
    run = subprocess.run([RELAIS, *words, "--clock", CLOCK], cwd=os.path.join(tmp, folder), capture_output=True, timeout=120)
    if run.returncode != want:
        check(f"relais {' '.join(words)} exits {want}", False, run.returncode, run.stdout, run.stderr)
    return run.stdout if binary else run.stdout.decode()


def path(name):
    return os.path.join(tmp, name)


def write(name, text, encoding="utf-8"):
    with open(path(name), "w", encoding=encoding, newline="") as file:
        file.write(text)
    return name


def cells(raw):
    """CSV as a French Excel wants it, into rows."""
    check("a byte order mark, CRLF", raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n"), raw[:200])
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))


def to_csv(rows):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return "\ufeff" + out.getvalue()


def read_bytes(name):
    with open(path(name), "rb") as file:
        return file.read()


def column(letters):
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class Sheet:
    """A workbook's first sheet, as another program would read it."""

    def __init__(self, name):
        with zipfile.ZipFile(path(name)) as book:
            check(f"{name}: no part is broken", book.testzip() is None)
            for part in book.namelist():
                if part.endswith((".xml", ".rels")):
                    tree.fromstring(book.read(part))
            self.sheet = tree.fromstring(book.read("xl/worksheets/sheet1.xml"))
            self.styles = tree.fromstring(book.read("xl/styles.xml"))
        self.rows, self.kinds = [], []
        for row in self.sheet.iter(MAIN + "row"):
            values, kinds = {}, {}
            for cell in row.iter(MAIN + "c"):
                at = column(re.match("[A-Z]+", cell.get("r")).group())
                kinds[at] = (cell.get("t", "n"), int(cell.get("s", 0)))
                values[at] = "".join(t.text or "" for t in cell.iter(MAIN + "t")) if cell.get("t") == "inlineStr" else cell.findtext(MAIN + "v") or ""
            self.rows.append(values)
            self.kinds.append(kinds)

    def table(self):
        width = max(self.rows[0]) + 1
        return [[row.get(i, "") for i in range(width)] for row in self.rows]

    def number_format(self, style):
        formats = {int(f.get("numFmtId")): f.get("formatCode") for f in self.styles.iter(MAIN + "numFmt")}
        number = int(self.styles.find(MAIN + "cellXfs")[style].get("numFmtId"))
        return formats.get(number, number)

    def judge(self, name):
        pane = next(self.sheet.iter(MAIN + "pane"), None)
        check(f"{name}: the titles stay in sight", pane is not None and pane.get("ySplit") == "1" and pane.get("state") == "frozen")
        check(f"{name}: and can be filtered", self.sheet.find(MAIN + "autoFilter") is not None or len(self.rows) == 1)
        fonts = [f.find(MAIN + "b") is not None for f in self.styles.find(MAIN + "fonts")]
        bold = {fonts[int(self.styles.find(MAIN + "cellXfs")[style].get("fontId"))] for _, style in self.kinds[0].values()}
        check(f"{name}: and are bold", bold == {True})
        check(f"{name}: no formula", next(self.sheet.iter(MAIN + "f"), None) is None)
        check(f"{name}: column widths", all(float(c.get("width")) > 5 for c in self.sheet.iter(MAIN + "col")))
        check(f"{name}: columns have widths", next(self.sheet.iter(MAIN + "col"), None) is not None)


LIST = ("\ufeffCode INSEE;Commune;Département;Téléphone;Mail 1 bis;Courriel;Statut\r\n"
        "29019;Brest;29;0298001122;;mairie@brest.example;sélectionnée\r\n"
        "01999;Nulle-Part;01;=1+1;;x@x.example;informée\r\n"
        ";Qimper;29;;;mairie@quimper.example;répondu\r\n"
        "29001;Argol;29;;;mairie argol@argol.example;\r\n"
        "29002;Arzano;29;;;mairie@arzano.example;informée;beyond;-x\r\n"
        "\"29003;Audierne;29;;;mairie@audierne.example;\r\n"
        "29004;Bannalec;29;21010001200013;;mairie@@bannalec.example;\r\n"
        "29005;Baye;29;;;;oui\r\n")


def judge_rejected():
    write("liste.csv", LIST)
    answer = json.loads(relais("import", "liste.csv", "--dry-run", "--format", "json", want=1))
    check("each rejected row has its cell", [(r["line"], r["reason"], r["cell"]) for r in answer["rejected"]] == [
        (3, "INSEE_UNKNOWN", "A3"), (4, "NAME_UNKNOWN", "B4"), (5, "EMAIL_INVALID", "F5"), (6, "COLUMNS_SHIFTED", "H6"),
        (7, "QUOTE_UNBALANCED", None), (8, "EMAIL_INVALID", "F8")], answer["rejected"])
    check("and what to do", "Quimper (29232, Finistère)" in answer["rejected"][1]["hint"] and all(r["hint"] for r in answer["rejected"]), answer["rejected"])
    check("the other keys are as they were", all(list(r)[:4] == ["line", "reason", "column", "text"] for r in answer["rejected"]))
    text = relais("import", "liste.csv", "--dry-run", want=1)
    check("a header is asked about", "E1 « Mail 1 bis » : est-ce une colonne « Courriel » ?" in text, text)
    check("a cell is named, quoted, explained", "ligne 5, F5 (Courriel) : « mairie argol@argol.example »\n      une espace la coupe" in text, text)
    check("no progress off a terminal", "\r" not in text and "[#" not in text)

    raw = relais("import", "liste.csv", "--dry-run", "--format", "csv", want=1, binary=True)
    rows = cells(raw)
    check("titles, empty ones beyond, ours", rows[0] == ["Code INSEE", "Commune", "Département", "Téléphone", "Mail 1 bis", "Courriel", "Statut", "", "",
                                                         "Motif Relais", "À faire"], rows[0])
    check("rows of one width", {len(row) for row in rows} == {11}, rows)
    check("the rejected rows alone, in order", [row[9] for row in rows[1:]] == [r["reason"] for r in answer["rejected"]], rows)
    check("with what to do", [row[10] for row in rows[1:]] == [r["hint"] for r in answer["rejected"]], rows)
    check("codes survive a double click", rows[1][0] == '="01999"' and rows[1][2] == '="01"' and rows[6][3] == '="21010001200013"', rows)
    check("formulas are disarmed", rows[1][3] == "'=1+1" and rows[4][8] == "'-x", rows)
    check("a row that cannot be cut is one cell", rows[5][:2] == ['"29003;Audierne;29;;;mairie@audierne.example;', ""], rows[5])
    check("and keeps the department of the rows above", [row[2] for row in rows[1:]] == ['="01"', "29", "29", "29", "29", "29"], rows)
    relais("import", "liste.csv", "--dry-run", "--rejects", "rejets.csv", want=1)
    check("--rejects is the same", read_bytes("rejets.csv") == raw)
    relais("import", "liste.csv", "--dry-run", "--rejects", "rejets.xlsx", want=1)
    book = Sheet("rejets.xlsx")
    book.judge("rejets.xlsx")
    table = book.table()
    check("the workbook says the same", table[0] == rows[0] and [r[9] for r in table] == [r[9] for r in rows], table)
    check("its cells are text, untouched", table[1][0] == "01999" and table[1][3] == "=1+1" and book.kinds[1][0][0] == "inlineStr"
          and book.number_format(book.kinds[1][0][1]) in ("@", 49), table, book.kinds[1])
    again = json.loads(relais("import", "rejets.xlsx", "--dry-run", "--format", "json", want=1))
    check("the workbook is a list again: nobody corrected it", [r["reason"] for r in again["rejected"] if r["line"] != 6] ==
          [r["reason"] for r in answer["rejected"] if r["reason"] != "QUOTE_UNBALANCED"] and again["rows"]["accepted"] == 0, again)
    return rows


def judge_again(rows):
    """What nobody corrected is rejected again, for the same reasons; what was corrected is accepted."""
    write("encore.csv", to_csv(rows))
    again = json.loads(relais("import", "encore.csv", "--dry-run", "--format", "json", want=1))
    reasons = [row[9] for row in rows[1:]]
    check("not corrected: nothing gets in", again["rows"]["accepted"] == 0 and again["rows"]["rejected"] == len(reasons), again["rows"])
    check("for the same reasons, but for the row that was no row", [r["reason"] for r in again["rejected"] if r["line"] != 6] ==
          [r for r in reasons if r != "QUOTE_UNBALANCED"], again["rejected"])
    check("our two columns are not read", [c for c in again["columns"] if c["header"] in ("Motif Relais", "À faire")] ==
          [{"header": "Motif Relais", "role": None}, {"header": "À faire", "role": None}], again["columns"])
    twice = cells(relais("import", "encore.csv", "--dry-run", "--format", "csv", want=1, binary=True))
    check("they are not added twice", twice[0] == rows[0], twice[0])
    mended = [list(row) for row in rows]
    mended[1][0], mended[1][1] = '="01004"', "Ambérieu-en-Bugey"
    mended[2][1] = "Quimper"
    mended[3][5] = "mairie.argol@argol.example"
    mended[4][7] = mended[4][8] = ""
    mended[5][:7] = ["29003", "Audierne", "29", "", "", "mairie@audierne.example", "oui"]
    mended[6][5] = "mairie@bannalec.example"
    write("corrigee.csv", to_csv(mended))
    answer = json.loads(relais("import", "corrigee.csv", "--format", "json", "--lines", "--rejects", "reste.csv"))
    check("corrected: every row is accepted", answer["rows"] == {"accepted": 6, "merged": 0, "rejected": 0, "ignored": 0}, answer)
    check("as what it says", answer["lines"] == [
        "01004;x@x.example;informee", "29001;mairie.argol@argol.example;informee", "29002;mairie@arzano.example;informee",
        "29003;mairie@audierne.example;selectionnee", "29004;mairie@bannalec.example;informee", "29232;mairie@quimper.example;repondu"], answer["lines"])
    check("nothing is left to correct", len(cells(read_bytes("reste.csv"))) == 1)
    check("nothing half written is left", not [name for name in os.listdir(tmp) if name.endswith(".part")], os.listdir(tmp))


def judge_address_list():
    write("carnet.txt", "Mairie de Brest (29) <mairie@brest.example>;\nMairie de Qimper (29) <a@quimper.example>; Nulle-Part <b@b.example>\nsans nom@x.example;\n")
    rows = cells(relais("import", "carnet.txt", "--dry-run", "--format", "csv", want=1, binary=True))
    check("an address list: its lines, cells to fill in", rows[0] == ["Ligne d'origine", "Commune", "Code INSEE", "Courriel", "Motif Relais", "À faire"], rows)
    check("whole lines", [row[0] for row in rows[1:]] == ["Mairie de Qimper (29) <a@quimper.example>; Nulle-Part <b@b.example>", "sans nom@x.example;"], rows)
    write("carnet.csv", to_csv(rows))
    again = json.loads(relais("import", "carnet.csv", "--dry-run", "--format", "json", want=1))
    check("not filled in: rejected", again["rows"]["accepted"] == 0 and [r["reason"] for r in again["rejected"]] == ["ID_MISSING", "ID_MISSING"], again)
    rows[1][2:4], rows[2][2:4] = ["29232", "a@quimper.example"], ["29001", "nom@x.example"]
    write("carnet.csv", to_csv(rows))
    check("filled in: accepted", json.loads(relais("import", "carnet.csv", "--dry-run", "--format", "json"))["rows"]["accepted"] == 2)


def judge_carried():
    """An empty department is that of the rows above: written back, it must not become that of another rejected row."""
    write("sections.csv", "nom;dep;mail;statut\nSaint-Denis;974;a@a.example;\nSaint-Denys;;b@b.example;\nXyzzy;93;c@c.example;\nSaint-Denis;?;d@d.example;\n"
                          "Montreuil;;e@e.example;\n")
    rows = cells(relais("import", "sections.csv", "--dry-run", "--format", "csv", want=1, binary=True))
    check("the department carried is written, nothing else can be carried", [row[:2] for row in rows[1:]] ==
          [["Saint-Denys", "974"], ["Xyzzy", "93"], ["Saint-Denis", "?"], ["Montreuil", "?"]], rows)
    rows[1][0] = "Saint-Denis"
    write("sections.csv", to_csv(rows[:2]))
    check("corrected, it is whom it was about", json.loads(relais("import", "sections.csv", "--dry-run", "--format", "json", "--lines"))["lines"] ==
          ["97411;b@b.example;informee"])


def judge_encodings():
    """Every list of the collection: the rejected rows come back as they were, whatever the file was written in."""
    folder = os.path.join(SHARED, "lists", "messy")
    if not os.path.isdir(folder):
        print(f"# no {folder}: the lists coordinators send are not tried")
        return
    for name in sorted(os.listdir(folder)):
        if not name.endswith((".csv", ".txt", ".xlsx", ".ods")):
            continue
        run = subprocess.run([RELAIS, "import", os.path.join(folder, name), "--dry-run", "--format", "json", "--rejects", "messy.csv", "--clock", CLOCK],
                             cwd=tmp, capture_output=True, timeout=120)
        answer = json.loads(run.stdout)
        if answer["refused"]:
            continue
        csv.field_size_limit(1 << 28)
        rows = cells(read_bytes("messy.csv"))
        check(f"{name}: one row for each rejected one", [r[-2] for r in rows[1:]] == [r["reason"] for r in answer["rejected"]], rows[:3])
        check(f"{name}: rows of one width", len({len(r) for r in rows}) == 1)
        check(f"{name}: no formula but a constant", not [c for r in rows for c in r if c[:1] in tuple("=+-@\t\r") and not re.fullmatch('="[^"]*"', c)])
        run = subprocess.run([RELAIS, "import", "messy.csv", "--dry-run", "--format", "json", "--clock", CLOCK], cwd=tmp, capture_output=True, timeout=120)
        again = json.loads(run.stdout)
        # A NUL is shown as U+FFFD: in a code or an address that is still wrong, in another cell it does no harm.
        most = sum(r["reason"] == "CONTROL_CHAR" for r in answer["rejected"])
        check(f"{name}: what nobody corrected does not get in", again["rows"]["accepted"] <= most, again["rows"], again.get("lines"))


def contacts(answer):
    return [(c["id"], [(k["rank"], k["address"]) for k in c["contacts"]]) for c in answer["collectivities"] if c["contacts"]]


def judge_directory():
    write("adresses.csv", "Code INSEE;SIREN;Courriel;Statut\n29019;;b@brest.example; \n29019;;a@brest.example;oui\n29232;;x@quimper.example, =y@quimper.example;refus\n"
                          "01004;;c@amberieu.example;non\n;242900694;cc@agglo.example;oui\n")
    relais("init", "neuf")
    relais("campaign", "create", "essai", "--schedule", "schedules/asco-2025.ics", folder="neuf")
    relais("import", "../adresses.csv", "--campaign", "essai", folder="neuf")
    answer = json.loads(relais("directory", "--department", "29", "--format", "json", folder="neuf"))
    check("one object", list(answer) == ["department", "campaign", "collectivities"] and answer["department"] == "29")
    everybody = {c["id"]: c for c in answer["collectivities"]}
    check("of that department, groupings too", {"29019", "242900694"} <= set(everybody) and "01004" not in everybody)
    with open(REFERENCE, encoding="utf-8-sig", newline="") as file:
        reference = list(csv.DictReader(file, delimiter=";"))
    straddling = 0
    for department in ("29", "22", "35"):
        own = {r["id"] for r in reference if r["departement"] == department}
        seen = own | {r["epci_siren"] for r in reference if r["departement"] == department and r["code_insee"] and r["epci_siren"]}
        straddling += len(seen - own)
        listed = [c["id"] for c in json.loads(relais("directory", "--department", department, "--format", "json", folder="neuf"))["collectivities"]]
        check(f"{department}: its own first, then groupings with members there", set(listed) == seen and set(listed[: len(own)]) == own and len(listed) == len(seen),
              len(listed), len(seen), seen ^ set(listed))
    check("some groupings do straddle", straddling > 0, straddling)
    brest = everybody["29019"]
    check("a collectivity's keys", {"id", "name", "type", "department", "population", "contacts"} <= set(brest) and brest["population"] > 100000, brest)
    check("its contacts in the order of rank", [(k["rank"], k["address"], k["state"]) for k in brest["contacts"]] == [
        (1, "b@brest.example", "usable"), (2, "a@brest.example", "usable")], brest)
    origin = brest["contacts"][1]["origin"]
    check("where an address comes from", origin["file"] == "adresses.csv" and origin["line"] == 3 and origin["at"] == CLOCK and origin["by"], origin)
    check("a suppressed address says so", [k["state"] for k in everybody["29232"]["contacts"]] == ["objection"] * len(everybody["29232"]["contacts"]), everybody["29232"])
    check("no campaign, no status", "status" not in brest)
    answer = json.loads(relais("directory", "--campaign", "essai", "--format", "json", folder="neuf"))
    status = {c["id"]: c["status"] for c in answer["collectivities"]}
    check("everybody of the reference", len(status) == 36224)
    check("their status in a campaign", [status[i] for i in ("29019", "29232", "01004", "29001")] == ["selected", "objected", "informed", None], status["29232"])
    text = relais("directory", "--department", "29", folder="neuf")
    check("text: aligned", {line.index("@") > 0 and re.search(r" \d  +\S+@", line).end() > 0 for line in text.splitlines() if "@" in line} == {True}, text[:500])
    starts = {re.search(r"\S+@\S+", line).start() for line in text.splitlines() if "@" in line}
    check("text: every address under its title", starts == {text.splitlines()[0].index("Adresse")}, starts)
    check("text: sums at the end", "sans adresse utilisable" in text.splitlines()[-1], text[-300:])

    raw = relais("directory", "--format", "csv", folder="neuf", binary=True)
    rows = cells(raw)
    by_id = {(row[0] or row[1]).strip('="'): row for row in rows[1:]}
    check("csv: one row a collectivity", len(rows) == 36225 and len(by_id) == 36224)
    check("csv: codes kept", by_id["01004"][0] == '="01004"' and by_id["29019"][0] == "29019" and by_id["242900694"][:2] == ["", "242900694"], by_id["01004"])
    check("csv: addresses in the order of rank", by_id["29019"][6] == "b@brest.example ; a@brest.example", by_id["29019"])
    check("csv: no status without a campaign", "Statut" not in rows[0], rows[0])
    with open(path("annuaire.csv"), "wb") as file:
        file.write(raw)
    relais("init", "autre")
    again = json.loads(relais("import", "../annuaire.csv", "--format", "json", folder="autre"))
    check("csv: it can be imported", again["rows"] == {"accepted": 36224, "merged": 0, "rejected": 0, "ignored": 0}, again["rows"])
    check("csv: to the same contacts", contacts(json.loads(relais("directory", "--format", "json", folder="autre"))) == contacts(answer))
    with_status = cells(relais("directory", "--department", "29", "--campaign", "essai", "--format", "csv", folder="neuf", binary=True))
    check("csv: a status with a campaign", with_status[0][7] == "Statut" and {"sélectionnée", "opposition", ""} == {row[7] for row in with_status[1:]}, with_status[0])
    relais("directory", "--output", "tout.xlsx", folder="neuf")
    relais("init", "classeur")
    again = json.loads(relais("import", "../neuf/tout.xlsx", "--format", "json", folder="classeur"))
    check("xlsx: it can be imported", again["rows"] == {"accepted": 36224, "merged": 0, "rejected": 0, "ignored": 0}, again["rows"])
    check("xlsx: to the same contacts", contacts(json.loads(relais("directory", "--format", "json", folder="classeur"))) == contacts(answer))
    relais("directory", "--department", "29", "--output", "annuaire.xlsx", folder="neuf")
    book = Sheet("neuf/annuaire.xlsx")
    book.judge("annuaire.xlsx")
    check("xlsx: population is a number, codes are not", {book.kinds[1][i][0] for i in (0, 1, 2)} == {"inlineStr"} and book.kinds[1][5][0] == "n", book.kinds[1])
    check("xlsx: the same table", [row[0] for row in book.table()] == [row[0].strip('="') for row in with_status], len(book.rows))


def judge_reports():
    relais("calls", "essai", "--output", "appels.xlsx", folder="neuf")
    Sheet("neuf/appels.xlsx").judge("appels.xlsx")
    relais("report", "essai", "--table", "waves", "--format", "xlsx", "--output", "vagues.xlsx", folder="neuf")
    waves = Sheet("neuf/vagues.xlsx")
    waves.judge("vagues.xlsx")
    kind, style = waves.kinds[1][3]
    check("dates are dates", kind == "n" and "dd/mm/yyyy" in str(waves.number_format(style)) and 45900 < float(waves.rows[1][3]) < 46200, waves.rows[1])
    relais("report", "essai", "--table", "departments", "--output", "departements.csv", folder="neuf")
    rows = cells(read_bytes("neuf/departements.csv"))
    check("a name that ends in .csv is CSV", '="01"' in [row[0] for row in rows], rows)


def judge_refusals():
    before = set(os.listdir(tmp))
    for words in (("directory", "--format", "xlsx"), ("directory", "--department", "99"), ("directory", "--campaign", "inconnue"), ("directory", "mot"),
                  ("directory", "--output", "absent/a.xlsx"), ("directory", "--output", "absent/a.csv"), ("directory", "--format", "html"),
                  ("directory", "--format", "csv", "--output", "a.xlsx"), ("plan", "essai", "--format", "xlsx"),
                  ("import", "liste.csv", "--rejects", "rejets.ods"), ("import", "liste.csv", "--rejects", "absent/r.csv"),
                  ("import", "liste.csv", "--rejects", "liste.csv"), ("import", "liste.csv", "--format", "xlsx")):
        relais(*words, want=2)
    check("refusals leave no file", set(os.listdir(tmp)) == before, set(os.listdir(tmp)) - before)
    check("the list is still there", read_bytes("liste.csv").decode() == LIST)
    answer = json.loads(relais("directory", "--department", "29", "--format", "json"))
    check("a refused import changed nothing", "mairie@brest.example" not in json.dumps(answer))


try:
    relais("init", ".")
    judge_again(judge_rejected())
    judge_address_list()
    judge_carried()
    judge_encodings()
    judge_directory()
    judge_reports()
    judge_refusals()
finally:
    shutil.rmtree(tmp)
finish()
