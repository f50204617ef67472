#!/usr/bin/env python3
"""Hostile lists, through the whole program: refused or rejected in time and within memory, and the rest of the file is imported."""
import io
import json
import os
import shutil
import subprocess
import tempfile
import zipfile

from tap import RELAIS, SANITIZED, check, finish, skip_unless_built

SECONDS, MEGABYTES = (60, 100000) if SANITIZED else (5, 256)


skip_unless_built()
tmp = tempfile.mkdtemp(prefix="relais-hostile.")
HEAD = "Code INSEE;Commune;Courriel;Statut\r\n"
GOOD = "29019;Brest;mairie@brest.example;oui\r\n"


def run(path):
    """Exit code, answer, processor seconds (a busy machine does not count), peak MB."""
    with open(os.path.join(tmp, "out"), "wb") as out:
        process = subprocess.Popen([RELAIS, "-c", os.path.join(tmp, "work/relais.ini"), "import", path, "--dry-run", "--format", "json", "--lines"],
                                   stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    with open(os.path.join(tmp, "out"), "rb") as out:
        text = out.read()
    answer = json.loads(text) if text.startswith(b"{") else {}
    return os.waitstatus_to_exitcode(status), answer, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def write(path, content):
    with open(path, "wb") as file:
        for piece in content if not isinstance(content, (bytes, str)) else [content]:
            file.write(piece.encode() if isinstance(piece, str) else piece)


def in_a_child(path, make):
    """What this process has held once would count as its children's peak memory."""
    child = os.fork()
    if not child:
        write(path, make())
        os._exit(0)
    os.waitpid(child, 0)


def hostile(label, content, *, refused=None, rejected=None, lines=None):
    path = os.path.join(tmp, "liste")
    if callable(content):
        in_a_child(path, content)
    else:
        write(path, content)
    code, answer, seconds, megabytes = run(path)
    if refused:
        check(f"{label}: refused {refused}", code == 2 and answer.get("refused") is True and answer.get("reason") in refused.split("|"), code, answer)
    else:
        check(f"{label}: {rejected}", code == (1 if rejected else 0) and sorted({one["reason"] for one in answer.get("rejected", [])}) == (rejected or []),
              code, answer.get("rejected", answer))
        check(f"{label}: the rest is imported", answer.get("lines") == lines if lines is not None else "29019;mairie@brest.example;selectionnee" in
              answer.get("lines", []), answer.get("rows"), answer.get("lines", [])[:5])
    check(f"{label}: {SECONDS} s, {MEGABYTES} MB", seconds < SECONDS and megabytes < MEGABYTES, f"{seconds:.1f} s, {megabytes:.0f} MB")


def workbook(sheet, **parts):
    """A smallest XLSX around one sheet's XML."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", f'<workbook {main} xmlns:r="{office}"><sheets><sheet name="L" sheetId="1" r:id="r1"/></sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                         f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet {main}><sheetData>{sheet}</sheetData></worksheet>")
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return held.getvalue()


def cells(number, *texts):
    return f'<row r="{number}">' + "".join(f'<c r="{chr(65 + i)}{number}" t="inlineStr"><is><t>{text}</t></is></c>' for i, text in enumerate(texts)) + "</row>"


SHEET_HEAD = cells(1, "Code INSEE", "Commune", "Courriel", "Statut")
SHEET_GOOD = cells(3, "29019", "Brest", "mairie@brest.example", "oui")


def text_files():
    big = "x" * (10 << 20)
    hostile("a cell of 10 MB", [HEAD, f"29001;{big};a@a.example;\r\n", GOOD], rejected=["CELL_TOO_LARGE"])
    hostile("a quoted cell of 10 MB over lines", [HEAD, '29001;"', "ligne\n" * 1700000, '";a@a.example;\r\n', GOOD], rejected=["CELL_TOO_LARGE"])
    hostile("a million columns in a row", [HEAD, "29001" + ";x" * 1000000 + "\r\n", GOOD], refused="TOO_MANY_COLUMNS")
    hostile("a million empty columns in a row", [HEAD, "29001;Argol;a@a.example;" + ";" * 1000000 + "\r\n", GOOD],
            lines=["29001;a@a.example;informee", "29019;mairie@brest.example;selectionnee"])
    hostile("a million columns in the header", [HEAD.strip() + ";x" * 1000000 + "\r\n", GOOD], refused="TOO_MANY_COLUMNS")
    hostile("a quote never closed", [HEAD, '29001;"Argol;a@a.example;\r\n', GOOD], rejected=["QUOTE_UNBALANCED"])
    hostile("100,000 quotes never closed", [HEAD, '29001;"Argol;a@a.example;\r\n' * 99999, GOOD], rejected=["QUOTE_UNBALANCED"])
    hostile("24 MB of doubled quotes never closed", [HEAD, GOOD, '29001;"', '""' * (11 << 20), "\r\n", "29002;Arzano;b@b.example;\r\n"],
            rejected=["QUOTE_UNBALANCED"])
    hostile("NUL", [HEAD, "29001;Ar\0gol;a@a.example;\r\n", GOOD], rejected=["CONTROL_CHAR"])
    hostile("header injection", [HEAD, '29001;Argol;"a@a.example\r\nBcc: b@b.example";\r\n', "29002;Arzano;to: c@c.example;\r\n", GOOD], rejected=["HEADER_INJECTION"])
    hostile("formulas", [HEAD, "29001;=HYPERLINK(1);=cmd|' /C calc'!A0;\r\n", '29002;Arzano;"=""a@a.example""&B1";\r\n', GOOD], rejected=["FORMULA"])
    hostile("over the limit", [HEAD, GOOD * 700000], refused="TOO_LARGE")
    hostile("25 MB without a line end", ["x" * 24999999], refused="NO_HEADER")
    hostile("24 MB of separators", [";" * 24000000], refused="TOO_MANY_COLUMNS|NO_HEADER")
    hostile("24 MB of blank lines", [HEAD, "\r\n" * 12000000, GOOD], lines=["29019;mairie@brest.example;selectionnee"])
    hostile("an old workbook", [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + bytes(5000)], refused="UNSUPPORTED_FORMAT")
    hostile("noise", [bytes(range(256)) * 4000], refused="NO_HEADER")
    hostile("one address 200,000 times", [HEAD, "29001;Argol;" + "a@a.example, " * 2000 + ";\r\n", GOOD],
            lines=["29001;a@a.example;informee", "29019;mairie@brest.example;selectionnee"])
    hostile("an IDN label that never ends", [HEAD, "29001;Argol;a@" + "é" * 8000 + ".example;\r\n", GOOD], rejected=["EMAIL_INVALID"])


def workbooks():
    hostile("a zip bomb", lambda: workbook(SHEET_HEAD + SHEET_GOOD, **{"xl__media__x.bin": bytes(300 << 20)}), refused="ZIP_BOMB")
    hostile("a cell that inflates to 120 MB", lambda: workbook(SHEET_HEAD + cells(2, "x" * (120 << 20))), refused="ZIP_BOMB")
    whole = workbook(SHEET_HEAD + SHEET_GOOD)
    hostile("a good one", whole, lines=["29019;mairie@brest.example;selectionnee"])
    for cut in (4, 100, len(whole) // 2, len(whole) - 10):
        hostile(f"cut after {cut} octets", whole[:cut], refused="ZIP_INVALID|UNSUPPORTED_FORMAT")
    entities = "".join(f'<!ENTITY a{i} "&a{i - 1};&a{i - 1};&a{i - 1};&a{i - 1};&a{i - 1};&a{i - 1};&a{i - 1};&a{i - 1};">' for i in range(1, 12))
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("content.xml", f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><x>&a11;</x>')
    hostile("entities that double and double", held.getvalue(), refused="ZIP_INVALID")
    hostile("a column far out", workbook(SHEET_HEAD + '<row r="2"><c r="ZZZZZ2" t="inlineStr"><is><t>x</t></is></c></row>' + SHEET_GOOD), refused="TOO_MANY_COLUMNS|ZIP_INVALID")
    hostile("a formula", workbook(SHEET_HEAD + cells(2, "29001", "Argol", "=1+1", "") + SHEET_GOOD), rejected=["FORMULA"])
    hostile("a formula without a value", workbook(SHEET_HEAD + '<row r="2"><c r="A2" t="inlineStr"><is><t>29001</t></is></c><c r="C2"><f>A1</f></c></row>' + SHEET_GOOD),
            rejected=["FORMULA_NO_VALUE"])
    hostile("header injection in a sheet", workbook(SHEET_HEAD + cells(2, "29001", "Argol", "a@a.example&#10;Bcc: b@b.example", "") + SHEET_GOOD), rejected=["HEADER_INJECTION"])
    hostile("a cell of 10 MB in a sheet", workbook(SHEET_HEAD + cells(2, "29001", "x" * (10 << 20), "a@a.example", "") + SHEET_GOOD), rejected=["CELL_TOO_LARGE"])
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("lisez-moi.txt", "rien")
    hostile("an archive of something else", held.getvalue(), refused="UNSUPPORTED_FORMAT")


try:
    subprocess.run([RELAIS, "init", os.path.join(tmp, "work")], check=True, stdout=subprocess.DEVNULL)
    text_files()
    workbooks()
finally:
    shutil.rmtree(tmp)
finish()
