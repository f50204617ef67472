#!/usr/bin/python3
"""The messages of a run over the whole country, off the wire, signed with two keys: judged by rules written from the RFCs, by
Python's email and by dkimpy. A sample of collectivités; RELAIS_NATIONAL=all takes every one of the 36,224."""
import csv
import os
import random
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from campaign_bed import Bed, before, on
from tap import check, finish, same, skip_unless_built
import dkim_judge
import rfc_judge

skip_unless_built()
SAMPLE = 240
ALL = os.environ.get("RELAIS_NATIONAL") == "all"
LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lists", "examples", "annuaire-national-simule.csv")
MONDAY, FRIDAY = "2025-12-15T14:00:00+01:00", "2026-01-09T14:00:00+01:00"
SELECTED = 1500 if ALL else 60


def people():
    """Titles and rows of the list; its faults are part of it."""
    with open(LIST, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    codes = [row[0] for row in rows[1:]]
    chosen = set(codes if ALL else random.Random(3).sample(codes, SAMPLE))
    # Domains at which the scripted server refuses become others: what is judged here must arrive.
    return rows[0], [[re.sub(r"\.(test|invalid)\b", r".\1.example", cell) for cell in row] for row in rows[1:] if row[0] in chosen]


def judge(bed, published, defects, signatures):
    """Every message the server has accepted since; how many."""
    for number, one in enumerate(bed.accepted()):
        raw = bed.bytes_of(one)
        try:
            values, message = rfc_judge.check(raw)
            token = re.fullmatch(r"retour\+(\w+)@amf\.example", one["mail_from"])[1]
            rfc_judge.need(message["to"].addresses[0].addr_spec == one["rcpt"], "To is not the recipient")
            rfc_judge.need(f"retour+{token}@" in values["List-Unsubscribe"] and f".{token}@" in values["Message-ID"], "tokens differ")
        except rfc_judge.ERRORS as error:
            defects.append(f"{one['file']} {one['rcpt']}: {error!r}")
        if dkim_judge.dkim:
            answers = dkim_judge.valid(raw, published)
            signatures["all"] += len(answers)
            signatures["valid"] += answers.count(True)
            if answers != [True, True]:
                defects.append(f"{one['file']} {one['rcpt']}: {answers}")
        if ALL and number % 2000 == 0:
            print(f"# {number} judged", flush=True)
    return len(bed.accepted())


with Bed([on("information", "20251215"), before("rappel-j14", 14, "rappel-j14.md")], MONDAY, server=("--smtputf8",),
         settings="public_link = https://asco.example/enquete?a=1&b=2\ncontact_name = Élodie Martin\ncontact_phone = 01 44 18 13 50\n"
                  "dkim_selector = relais2026\ndkim_key_file = rsa.pem\ndkim_second_selector = ed2026\ndkim_second_key_file = ed25519.pem\n"
                  "[web]\nbase_url = https://relais.amf.example\n[smtp]\nconnections = 8") as bed:
    for name, *kind in (("rsa.pem", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"), ("ed25519.pem", "ED25519")):
        subprocess.run(["openssl", "genpkey", "-algorithm", *kind, "-out", bed.path(name)], check=True, capture_output=True)
        os.chmod(bed.path(name), 0o600)
    with open(bed.path("templates/rappel-j14.md"), encoding="utf-8") as file:
        template = file.read()
    bed.write("templates/rappel-j14.md", template.replace("---\n", "---\nattachments: Guide d'été (communes).pdf\ncalendar: true\n", 1))
    bed.write("templates/Guide d'été (communes).pdf", "%PDF-1.7\n" * 300)
    bed.create()
    titles, rows = people()
    with open(bed.path("annuaire.csv"), "w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([titles, *rows])
    bed("import", bed.path("annuaire.csv"), "--campaign", "c", check=False)
    codes = [row[0] for row in rows]
    missing = [code for code in codes if not bed.rows("SELECT 1 FROM contact_fact WHERE party_id = ?", code)]
    bed.enrol({code: f"mairie.{code.lower()}@commune.example" for code in missing}, status="")
    bed.write("selection.csv", "code_insee;siren;statut\n" + "".join(
        f"{'' if len(code) > 5 else code};{code if len(code) > 5 else ''};selectionnee\n" for code in codes[:: max(1, len(codes) // SELECTED)][:SELECTED]))
    bed("import", bed.path("selection.csv"), "--campaign", "c", "--as", "selected")
    published = dkim_judge.records(bed("check", check=False).stdout)
    begun = time.monotonic()
    started = bed("start", "c", "--yes")
    print(f"# start judged every message in {time.monotonic() - begun:.1f} s: {re.search('Messages composés.*', started.stdout)[0]}")
    begun = time.monotonic()
    bed.send(MONDAY)
    bed.send("2025-12-16T14:00:00+01:00")
    bed.send("2025-12-16T22:45:00+01:00")  # office hours in the Pacific
    print(f"# information sent in {time.monotonic() - begun:.1f} s")
    same("every collectivité got its message", len(bed.accepted()), len(codes))
    bed.send(FRIDAY)
    bed.send("2026-01-12T14:00:00+01:00")
    bed.send("2026-01-12T22:45:00+01:00")
    same("and the selected their reminder", len(bed.accepted()), len(codes) + SELECTED)
    defects, signatures = [], {"all": 0, "valid": 0}
    begun = time.monotonic()
    count = judge(bed, published, defects, signatures)
    print(f"# {count} messages judged in {time.monotonic() - begun:.0f} s")
    check(f"{count} messages, no defect", not defects, *defects[:10])
    if dkim_judge.dkim:
        same(f"DKIM: {signatures['all']} signatures, all valid", (signatures["valid"], signatures["all"]), (2 * count, 2 * count))
    reminders = [bed.message(one) for one in bed.accepted()[len(codes):]]
    check("reminders are in their threads and carry their files", all(mail["in-reply-to"] and [part.get_filename() for part in mail.iter_attachments()] ==
                                                                      ["Guide d'été (communes).pdf", "echeance.ics"] for mail in reminders))
finish()
