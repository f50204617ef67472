#!/usr/bin/env python3
"""A rehearsal and the real run that follows it, when nothing comes from outside: who gets which wave, at which address, at which
instant, and who does not and why. The rehearsal sends nothing and changes nothing."""
import csv
import datetime
import io

import plan_bed as bed_module
from plan_bed import Bed, absolute, address, calendar, check, relative, same, story

ALL, NAMES = bed_module.communes()
DEPARTMENTS = ("29", "57", "971", "974", "988", "01")
CODES = [code for department in DEPARTMENTS for code in ALL.get(department, [])[:4]]
MONDAY = "2025-12-15T10:00:00+01:00"
WAVES = [absolute("information", "20251208"), absolute("invitation", "20251217", "selected", "invitation.md"),
         relative("rappel-j29", 29, "rappel-j14.md"), relative("rappel-j7", 7), relative("dernier-jour", 0, "dernier-jour.md"),
         absolute("merci", "20260122", "answered", "remerciements.md")]


def prepared(name, **more):
    """Some informed only, some answered, some opposed, some without an address, one whose mailbox is dead."""
    bed = Bed(name, calendar(WAVES, uid=name), MONDAY, NAMES, **more)
    bed.people(CODES)
    bed.people(CODES[:3], "informee", name="informees.csv")
    bed.write("sans.csv", "code_insee;nom;emails;statut\n" + "".join(f"{code};{NAMES[code]};;selectionnee\n" for code in ALL["29"][4:6]))
    bed("import", bed.path("sans.csv"), "--campaign", "c", want=(0, 1))
    bed.write("selection.csv", "code_insee;statut\n" + "".join(f"{code};selectionnee\n" for code in ALL["29"][4:6]))
    bed("import", bed.path("selection.csv"), "--campaign", "c", want=(0, 1))
    bed("answered", "c", *CODES[4:6])
    bed("withdraw", "c", CODES[6])
    return bed


def instants(bed, now_ms):
    """Everything that will ever be due, asked of the database anew each time: an oracle of its own."""
    due = bed.rows("SELECT MIN(at) FROM (SELECT at_ms AS at FROM wave_group WHERE planned_ms IS NULL AND skipped = '' AND at_ms > ?1 UNION ALL "
                   "SELECT not_before_ms FROM delivery WHERE state IN (0, 3) AND not_before_ms > ?1)", now_ms)[0][0]
    return due


def iso(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ms(text):
    return round(datetime.datetime.fromisoformat(text).timestamp() * 1000)


def play(bed):
    """The real run: the sender at each instant at which something is due, until the deadline."""
    now = ms(MONDAY)
    while now:
        bed.send(iso(now))
        now = instants(bed, now)
    bed.send("2026-01-24T00:00:00+01:00")


def flat(answer):
    return [(party["party"], wave["wave"], party["outcome"], party.get("reason", ""), party["address"], ms(party["at"]))
            for day in answer["days"] for wave in day["waves"] for party in wave["parties"]]


def real(bed):
    return bed.rows("SELECT v.party_id, w.name, v.event, CASE WHEN v.event = 'sent' THEN '' ELSE v.text END, v.address, v.at_ms FROM event v "
                    "JOIN wave w ON w.id = v.wave_id WHERE v.event IN ('sent', 'skipped', 'failed') AND v.delivery_id IS NOT NULL ORDER BY v.id")


def exact():
    bed = prepared("exact")
    before = bed.dump()
    answer = bed.json("rehearse", "c", "--list")
    same("nothing is changed", bed.dump(), before)
    same("nothing is sent", bed.server.accepted(), [])
    same("it says that the start was assumed", answer["assumed_start"], True)
    bed("start", "c", "--yes")
    same("… and is the same once it has been given", flat(bed.json("rehearse", "c", "--list")), flat(answer))
    play(bed)
    want = sorted(real(bed))
    same("the real run matches it exactly: who, which wave, what, where, when", sorted(flat(answer)), want)
    check("and there was much to match", len(want) > 60 and {one[2] for one in want} == {"sent", "skipped"}, len(want), {one[2:4] for one in want})
    same("the server has as many", (len(bed.server.accepted()), answer["sent"]), (answer["sent"], sum(one[2] == "sent" for one in want)))
    same("waves end as they were to end", [(one["wave"], one["state"], one["reason"]) for one in answer["waves"]],
         [(one["wave"], one["state"], one["reason"]) for one in bed.json("plan", "c")["waves"]])
    same("what is over cannot be rehearsed", bed("rehearse", "c", want=(2,)).stdout, "")


def midway():
    """Begun, extended, a wave added: from there too; and with a window to wait for."""
    bed = prepared("midway")
    bed("start", "c", "--yes")
    for clock in (MONDAY, "2025-12-17T10:00:00+01:00", "2025-12-18T10:00:00+01:00"):
        bed.send(clock)
    bed("wave", "add", "c", "soir", "--at", "2025-12-19 20:00", "--audience", "informed", "--template", "information.md")
    bed("extend", "c", "2026-01-23", want=(2,))
    bed.json("extend", "c", "2026-01-21", "--yes")
    bed("start", "c", "--yes")
    sent = len(real(bed))
    answer = bed.json("rehearse", "c", "--list")
    now = ms("2025-12-18T10:00:00+01:00")
    while now:
        bed.send(iso(now))
        now = instants(bed, now)
    bed.send("2026-01-22T00:00:00+01:00")
    same("midway, it matches what is left", sorted(flat(answer)), sorted(real(bed)[sent:]))
    evening = {(day["date"], party["department"]) for day in answer["days"] for wave in day["waves"]
               if wave["wave"] == "soir" for party in wave["parties"] if party["department"] in ("29", "971")}
    same("a mail for the evening waits for the next opening, where it is evening", evening, {("2025-12-22", "29"), ("2025-12-19", "971")})


def shown():
    bed = prepared("shown")
    answer = bed.json("rehearse", "c")
    check("without --list nobody is named", "parties" not in str(answer), answer)
    wave = next(wave for day in answer["days"] for wave in day["waves"] if wave["wave"] == "rappel-j7" and "29" in wave["by_department"])
    same("counts add up by department", sum(wave["by_department"].values()), wave["sent"])
    same("who has no address is counted with the reason", wave["reasons"], {"no-address": 2})
    text = bed("rehearse", "c").stdout
    for words in ("rien n'est envoyé, rien n'est changé", "vendredi 16 janvier 2026", "sélectionnées sans réponse", "974 : 4", "sans envoi : 2, n'a pas d'adresse",
                  "La vague information ne partirait pas : trop tard", f"En tout : {answer['sent']} envois"):
        check(f"the text says « {words} »", words in text, text)
    check("--list names them", address(CODES[8]) in bed("rehearse", "c", "--list").stdout)
    rows = list(csv.reader(io.StringIO(bed("rehearse", "c", "--format", "csv").stdout.lstrip("\ufeff")), delimiter=";"))
    same("CSV adds up too", sum(int(row[4]) for row in rows[1:]), answer["sent"])
    rows = list(csv.reader(io.StringIO(bed("rehearse", "c", "--list", "--format", "csv").stdout.lstrip("\ufeff")), delimiter=";"))
    same("… and by party", sum(row[7] == "envoyé" for row in rows[1:]), answer["sent"])
    bed.configure("[smtp]\nurl = smtp://relais.example.fr:25\nstarttls = required")
    same("a relay that is not here does not matter, for it is not asked", bed.json("rehearse", "c")["sent"], answer["sent"])
    bed("cancel", "c")
    same("a cancelled campaign is refused", bed("rehearse", "c", want=(2,)).stdout, "")


story(exact, midway, shown)
