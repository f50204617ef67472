#!/usr/bin/env python3
"""Cuts the sample lists for the demo: demo_lists.py FOLDER DEPARTMENTS…   ("all" = the country)

FOLDER/selection.csv            enrolled and selected, of those departments
FOLDER/repondants-DAY.csv       everybody who had answered by the end of DAY, for each day of DAYS
FOLDER/comptes                  one line: enrolled selected answered-at-the-start

The simulated respondents end on 16 January 2026; who answers after that, up to the extended deadline, is drawn
here: the same draw each time.
"""
import csv
import os
import sys
import zlib

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lists", "examples")
# The coordinator passes the list on before each mailing, and now and then in between.
DAYS = ("2025-12-07", "2025-12-14", "2025-12-21", "2026-01-08", "2026-01-15", "2026-01-22", "2026-01-27", "2026-01-29")
LAST_KNOWN = "2026-01-16"
# Days on which those drawn here answer, and in how many of 1000 cases: more of them after a mailing.
LATE_DAYS = (("2026-01-19", 90), ("2026-01-20", 60), ("2026-01-21", 30), ("2026-01-23", 110), ("2026-01-26", 70),
             ("2026-01-27", 30), ("2026-01-28", 80), ("2026-01-29", 50))


def read(name):
    with open(os.path.join(EXAMPLES, name), encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0].keys(), delimiter=";")
        out.writeheader()
        out.writerows(rows)


def late_day(party):
    draw = zlib.crc32(party.encode()) % 1000
    for day, weight in LATE_DAYS:
        if draw < weight:
            return day
        draw -= weight
    return None


def main():
    folder, wanted = sys.argv[1], set(" ".join(sys.argv[2:]).replace(",", " ").split())
    chosen = [row for row in read("selection-asco-simulee.csv") if "all" in wanted or row["departement"] in wanted]
    known = {row["departement"] for row in chosen}
    if "all" not in wanted and wanted - known:
        sys.exit(f"Département inconnu : {', '.join(sorted(wanted - known))} ; écrivez par exemple 29, « 29 35 » ou all.")
    write(os.path.join(folder, "selection.csv"), chosen)
    selected = {row["id"]: row for row in chosen if row["statut"] == "selectionnee"}
    answers = [row for row in read("repondants-2026-01-16.csv") if row["id"] in selected]
    answered = {row["id"] for row in answers}
    for party, row in selected.items():
        day = late_day(party)
        if party not in answered and day:
            answers.append({"id": party, "type": row["type"], "nom": row["nom"], "departement": row["departement"],
                            "date_reponse": day, "canal": "internet"})
    for day in DAYS:
        write(os.path.join(folder, f"repondants-{day}.csv"), [row for row in answers if row["date_reponse"] <= day])
    with open(os.path.join(folder, "comptes"), "w", encoding="ascii") as file:
        first = sum(row["date_reponse"] <= DAYS[0] for row in answers)
        print(len(chosen), len(selected), first, file=file)


if __name__ == "__main__":
    main()
