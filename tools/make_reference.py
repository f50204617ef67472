#!/usr/bin/env python3
"""Makes the reference of a year from the public package @etalab/decoupage-administratif (Licence Ouverte 2.0).

usage: tools/make_reference.py --year 2027 [--package FILE.tgz|FOLDER] [--version V] [--output FOLDER]

Writes collectivites-YEAR.csv, anciennes-communes.csv and departements.csv, which « relais reference update » loads and
the binary carries. Without --package the package is fetched by « npm pack »; its major version is the year minus 2020
(2026 is 6, 2027 is 7). What is done to the data, and why, is told in lists/reference/SOURCES.md.
"""
import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

PACKAGE = "@etalab/decoupage-administratif"
FIRST_YEAR = 2020  # of which the package's major version counts
HERE = os.path.dirname(os.path.abspath(__file__))


def stop(sentence):
    sys.exit(f"make_reference.py : {sentence}")


# -- the package ------------------------------------------------------------------------------------------------------
def fetch(version, folder):
    """The package as npm gives it, into folder; its path."""
    try:
        done = subprocess.run(["npm", "pack", "--silent", f"{PACKAGE}@{version}"], cwd=folder, text=True, check=False,
                              stdout=subprocess.PIPE)
    except FileNotFoundError:
        stop("npm est absent ; installez-le, ou donnez le paquet par --package FICHIER.tgz")
    if done.returncode:
        stop(f"« npm pack {PACKAGE}@{version} » a échoué : cette version existe-t-elle déjà ? donnez-la par --version")
    return os.path.join(folder, done.stdout.split()[-1])


def reader_of(package):
    """A function from a file's name inside the package to its JSON."""
    if os.path.isdir(package):
        def read(name):
            with open(os.path.join(package, name), encoding="utf-8") as file:
                return json.load(file)
        return read
    archive = tarfile.open(package)

    def read_member(name):
        return json.load(archive.extractfile(f"package/{name}"))
    return read_member


# -- its records ------------------------------------------------------------------------------------------------------
def population_of(record, key="population"):
    return "" if record.get(key) is None else record[key]


def collectivities(communes, groupings):
    """Communes by code, then groupings as the package orders them."""
    member_of = {member["code"]: grouping["code"] for grouping in groupings for member in grouping["membres"]}
    present = {one["code"]: one for one in communes}
    yield ("id", "type", "code_insee", "siren", "nom", "departement", "epci_siren", "population", "codes_postaux")
    for code, one in sorted(present.items()):
        yield (code, "commune", code, one.get("siren") or "", one["nom"], one["departement"], member_of.get(code, ""),
               population_of(one), "|".join(one.get("codesPostaux") or []))
    for one in groupings:
        # A grouping belongs to the department of its most populous member, and gets that one's postal codes.
        largest = present[max(one["membres"], key=lambda member: member["populationMunicipale"] or 0)["code"]]
        yield (one["code"], one["type"], "", one["code"], one["nom"], largest["departement"], one["code"],
               population_of(one, "populationMunicipale"), "|".join(largest.get("codesPostaux") or []))


def former(others, communes):
    """One row a code: named ones (delegated, associated, arrondissements), then codes alone. A code that the package
    gives to two communes of today is nobody's: nothing is guessed."""
    rows = {}
    for one in others:
        now = one.get("chefLieu") or one.get("commune")
        nature = one["type"] + ("-chef-lieu" if one["code"] == now else "")
        rows.setdefault(one["code"], []).append((one["code"], one["nom"], nature, now))
    for one in communes:
        for code in one.get("anciensCodes") or []:
            corsican = code.startswith("20") and one["code"].startswith("2")
            rows.setdefault(code, []).append((code, "", "ancien-code-corse" if corsican else "ancien-code", one["code"]))
    kept = [same[0] for same in rows.values() if len({row[3] for row in same}) == 1]
    left_out = sorted(code for code, same in rows.items() if len({row[3] for row in same}) > 1)
    yield ("code_ancien", "nom_ancien", "nature", "code_actuel")
    # Seats of communes keep their code, which is also in use: they come last.
    yield from sorted(kept, key=lambda row: (row[0] == row[3], row[0]))
    if left_out:
        print(f"  {len(left_out)} anciens codes écartés, que le paquet donne à deux communes : {', '.join(left_out)}")


def departments(records, regions):
    names = {one["code"]: one["nom"] for one in regions}
    yield ("code", "nom", "region", "region_nom", "zone")
    for one in records:
        yield (one["code"], one["nom"], one["region"], names[one["region"]], one["zone"])


# -- the files --------------------------------------------------------------------------------------------------------
def write(path, rows):
    """Beside its place first: a file of the reference is whole or as it was."""
    with open(f"{path}.new", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    os.replace(f"{path}.new", path)
    print(f"  {path} : {count - 1} lignes")


def make(package, year, output):
    read = reader_of(package)
    version = read("package.json")["version"]
    print(f"{PACKAGE} {version}, référentiel {year}")
    if re.match(r"\d+", version).group() != str(year - FIRST_YEAR):
        print(f"make_reference.py : la version {version} n'est pas celle que l'on attend pour {year} "
              f"({year - FIRST_YEAR}.x) : vérifiez l'année", file=sys.stderr)
    records = read("data/communes.json")
    communes = [one for one in records if one["type"] == "commune-actuelle"]
    others = [one for one in records if one["type"] != "commune-actuelle"]
    write(os.path.join(output, f"collectivites-{year}.csv"), collectivities(communes, read("data/epci.json")))
    write(os.path.join(output, "anciennes-communes.csv"), former(others, communes))
    write(os.path.join(output, "departements.csv"),
          departments(read("data/departements.json"), read("data/regions.json")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--year", type=int, required=True)
    parser.add_argument("--package", help="the package, as npm pack gives it or unpacked; fetched when absent")
    parser.add_argument("--version", help="of the package, to fetch another than the year's newest")
    parser.add_argument("--output", default=os.path.relpath(os.path.join(HERE, "..", "lists", "reference")))
    asked = parser.parse_args()
    if not FIRST_YEAR < asked.year < 2100:
        stop(f"année {asked.year} : le paquet existe depuis {FIRST_YEAR + 1}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            package = asked.package or fetch(asked.version or str(asked.year - FIRST_YEAR), folder)
            make(package, asked.year, asked.output)
    except (OSError, KeyError, ValueError, tarfile.TarError) as error:
        stop(f"paquet ou dossier inutilisable : {error!r}")


if __name__ == "__main__":
    main()
