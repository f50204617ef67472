#!/usr/bin/env python3
"""Imports beside `sqlite3 .import` of the same file: processor time as a ratio, peak memory. Runs alternate, medians.

bench_lists.py [--rows N] [--rounds N]      (RELAIS: the program; default 1,000,000 rows, 5 rounds of the national list)
"""
import argparse
import csv
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from xml.sax.saxutils import escape

BUILD = os.environ.get("BUILD", "build")
RELAIS = os.path.abspath(os.environ.get("RELAIS", os.path.join(BUILD, "relais")))
NATIONAL = os.path.abspath("lists/examples/annuaire-national-simule.csv")


def run(words, **more):
    """Processor milliseconds and peak MB of one process."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, **more)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{words}: {os.waitstatus_to_exitcode(status)}")
    return round(1000 * (usage.ru_utime + usage.ru_stime)), round(usage.ru_maxrss / 1000)


def sqlite_import(path, tmp):
    store = os.path.join(tmp, "plain.db")
    if os.path.exists(store):
        os.remove(store)
    return run(["sqlite3", store, ".mode csv", ".separator ;", f".import {path} liste"])


def relais_import(path, tmp, *words):
    work = os.path.join(tmp, "work")
    shutil.rmtree(work, ignore_errors=True)
    subprocess.run([RELAIS, "init", work], stdout=subprocess.DEVNULL, check=True)
    with open(os.path.join(work, "relais.ini"), "a", encoding="utf-8") as config:
        config.write("\n[lists]\nmax_megabytes = 400\n")
    return run([RELAIS, "-c", os.path.join(work, "relais.ini"), "import", path, *words])


def million(path, rows):
    """Every commune again and again, each time with another address."""
    with open(NATIONAL, encoding="utf-8") as file:
        communes = [row for row in csv.reader(file, delimiter=";") if len(row[2]) == 5]
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=";", lineterminator="\r\n")
        out.writerow(["Code INSEE", "Commune", "Courriel", "Statut"])
        for n in range(rows):
            row = communes[n % len(communes)]
            out.writerow([row[2], row[4], f"contact{n}@commune{n % 5000}.example", ("oui", "non", "")[n * 7 % 3]])


def apart(make, *words):
    """In a process of its own: what a parent has held counts as its children's peak memory."""
    process = multiprocessing.Process(target=make, args=words)
    process.start()
    process.join()


def column(n):
    return (column(n // 26 - 1) if n > 25 else "") + chr(ord("A") + n % 26)


def workbook(path):
    """The national list as a spreadsheet program writes it: shared strings, one sheet."""
    shared, places = [], {}
    with open(NATIONAL, encoding="utf-8") as file, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        sheet = ['<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>']
        for number, row in enumerate(csv.reader(file, delimiter=";"), 1):
            cells = []
            for i, text in enumerate(row):
                if text:
                    place = places.setdefault(text, len(places))
                    if place == len(shared):
                        shared.append(f"<si><t>{escape(text)}</t></si>")
                    cells.append(f'<c r="{column(i)}{number}" t="s"><v>{place}</v></c>')
            sheet.append(f'<row r="{number}">{"".join(cells)}</row>')
        sheet.append("</sheetData></worksheet>")
        main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        archive.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        archive.writestr("_rels/.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                         f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        archive.writestr("xl/workbook.xml", f'<workbook {main} xmlns:r="{office}"><sheets><sheet name="Liste" sheetId="1" r:id="r1"/></sheets></workbook>')
        archive.writestr("xl/_rels/workbook.xml.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                         f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
                         f'<Relationship Id="r2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>')
        archive.writestr("xl/sharedStrings.xml", f'<sst {main} count="{len(shared)}" uniqueCount="{len(shared)}">{"".join(shared)}</sst>')
        archive.writestr("xl/worksheets/sheet1.xml", "".join(sheet))


def say(label, ours, theirs, limit):
    ratio = ours[0] / theirs[0]
    print(f"{label:<58} {ours[0]:>6} ms  {theirs[0]:>6} ms  ratio {ratio:4.2f} (at most {limit})  peak {ours[1]} MB")


def medians(rounds, *tasks):
    all_runs = [[task() for task in tasks] for _ in range(rounds)]
    return [(statistics.median(r[i][0] for r in all_runs), max(r[i][1] for r in all_runs)) for i in range(len(tasks))]


options = argparse.ArgumentParser()
options.add_argument("--rows", type=int, default=1000000)
options.add_argument("--rounds", type=int, default=5)
given = options.parse_args()
tmp = tempfile.mkdtemp(prefix="relais-bench.")
try:
    print("processor time of relais import, of sqlite3 .import of the same file, and their ratio:")
    ours, theirs = medians(given.rounds, lambda: relais_import(NATIONAL, tmp), lambda: sqlite_import(NATIONAL, tmp))
    say("36,224 rows: parsed, resolved, validated, stored", ours, theirs, 5)
    large = os.path.join(tmp, "million.csv")
    apart(million, large, given.rows)
    ours, theirs = medians(max(1, given.rounds // 2), lambda: relais_import(large, tmp), lambda: sqlite_import(large, tmp))
    say(f"{given.rows:,} rows, each with its own address (at most 128 MB)", ours, theirs, 5)
    book = os.path.join(tmp, "national.xlsx")
    apart(workbook, book)
    print("processor time of relais import --dry-run of a workbook, of the same as CSV, and their ratio:")
    ours, theirs = medians(given.rounds, lambda: relais_import(book, tmp, "--dry-run"), lambda: relais_import(NATIONAL, tmp, "--dry-run"))
    say("36,224 rows as XLSX (at most 64 MB)", ours, theirs, 3)
finally:
    shutil.rmtree(tmp)
