#!/usr/bin/env python3
"""relais plan: each wave with each department's day and count, whether the relay's rate lets it finish in time, and what to
look at before; closures that move waves, and start, which follows them."""
import json

from send_bed import (
    ALL, Bed, METRO, SENT, absolute, check, plain, relative, run, same)

# 22 May is a holiday in Martinique alone; 3 April 2026 is Good Friday, and a Friday.
PEOPLE = METRO[:6] + ALL["67"][:3] + ALL["972"][:2] + ALL["974"][:2]


def plan(bed, **more):
    return json.loads(bed("plan", "c", "--format", "json", **more).stdout)


def wave(said, name):
    return next(one for one in said["waves"] if one["wave"] == name)


def codes(said):
    return [(one["code"], one["wave"]) for one in said["warnings"]]


def places(one):
    """{instant: {department: …}} of departments with somebody, and the counts."""
    return {group["at"]: group["recipients"] for group in one["groups"] if group["recipients"]}


def days():
    bed = Bed("jours", [relative("j7", 7)], plain(PEOPLE), due="20260410", clock="2026-03-02T09:00:00+01:00", start=False)
    said = plan(bed)
    one = wave(said, "j7")
    same("Good Friday is a working day but in Alsace", places(one),
         {"2026-04-03T09:30:00+02:00": 6, "2026-04-02T09:30:00+02:00": 3, "2026-04-03T09:30:00-04:00": 2, "2026-04-03T09:30:00+04:00": 2})
    same("the groups make up the whole", (sum(group["recipients"] for group in one["groups"]), one["recipients"], one["forecast"]), (13, 13, 13))
    same("every department is in one group", len({d for group in one["groups"] for d in group["departments"]}),
         sum(len(group["departments"]) for group in one["groups"]))
    same("what was there before is still there", one["by_department"]["974"], "2026-04-03T09:30:00+04:00")
    text = bed("plan", "c").stdout
    check("people read which department goes when, and how many", "67 : jeu. 02/04/2026 à 09:30, heure locale (3)" in text, text)
    check("and that overseas it is the same day", "2 départements d'outre-mer : le même jour" in text, text)


def rate():
    bed = Bed("debit", [absolute("information", "20251215"), relative("j7", 7, audience="selected")], plain(PEOPLE), due="20251223", start=False,
              clock="2025-12-12T09:00:00+01:00", smtp="rate = 1")
    said = plan(bed)
    same("thirteen messages, one a minute; Martinique and La Réunion in their windows", wave(said, "information")["finishes"], "2025-12-15T13:32:00+01:00")
    same("in time", (wave(said, "information")["in_time"], said["warnings"]), (True, []))
    check("people read it", "fin estimée : lun. 15/12/2025 à 13:32" in bed("plan", "c").stdout, bed("plan", "c").stdout)
    bed.configure("[schedule]\nmessages_a_day = 2")
    said = plan(bed)
    same("two a day: never finished", [(one["wave"], one["in_time"], one["unsent"]) for one in said["waves"]], [("information", True, 0), ("j7", False, 12)])
    same("said", codes(said), [("overlaps", "information"), ("too-slow", "j7")])
    check("in words, with the remedy", "12 messages resteraient" in bed("plan", "c").stdout and "messages_a_day" in bed("plan", "c").stdout, bed("plan", "c").stdout)
    started = json.loads(bed("start", "c", "--yes", "--format", "json").stdout)
    same("start says the same", codes(started), codes(said))
    bed("campaign", "create", "d", "--schedule", bed.path("c.ics"))
    bed("import", bed.path("liste.csv"), "--campaign", "d")
    other = json.loads(bed("plan", "d", "--format", "json").stdout)
    check("another campaign's mail takes its share", wave(other, "j7")["unsent"] > 12, other)
    bed.configure("[smtp]\nrate = 0\n[schedule]\nmessages_a_day = 0")
    same("without limits nothing is foretold", {one["finishes"] for one in plan(bed)["waves"]}, {None})


def domains():
    """A group of domains with a rate bounds the wave; the others do not wait for it."""
    codes_of = [code for department in sorted(ALL) if department < "97" for code in ALL[department]][:1000]
    people = {code: f"m{i}@{'gross' if i < 400 else 'm%d' % (i % 7)}.example" for i, code in enumerate(codes_of)}
    bed = Bed("domaines", [absolute("information", "20251215", "informed"), absolute("j7", "20251215", "selected", "rappel-j7.md")], people, due="20251223",
              start=False, clock="2025-12-12T09:00:00+01:00")
    bed.configure("[domains]\ngross = gross.example, klein.example, rate 10")
    told = lambda: {one["wave"]: (one["finishes"][:16] if one["finishes"] else None, one["slowest_domains"], one["unsent"]) for one in plan(bed)["waves"]}
    same("400 of 1,000 at 10 a minute, twice", told(), {"information": ("2025-12-15T10:10", "gross", 0), "j7": ("2025-12-15T10:50", "gross", 0)})
    check("people read whose rate it is", "fin estimée : lun. 15/12/2025 à 10:10 (le débit de gross, [domains])" in bed("plan", "c").stdout, bed("plan", "c").stdout)
    check("and the remedy", "augmentez le rate de gross dans [domains]" in bed("plan", "c").stdout, bed("plan", "c").stdout)
    bed.configure("[smtp]\nrate = 20")
    same("with twenty a minute for all, all of it bounds the second", told(), {"information": ("2025-12-15T10:30", None, 0), "j7": ("2025-12-15T11:10", None, 0)})
    bed.configure("[smtp]\nrate = 0\n[domains]\ngross = gross.example, rate 0")
    same("without a rate nothing is foretold", told(), {"information": (None, None, 0), "j7": (None, None, 0)})
    bed.configure("[domains]\ngross = gross.example, rate 10")
    bed("start", "c", "--yes")
    bed.configure("[smtp]\nurl = smtp://127.0.0.1:1")
    bed.send("2025-12-15T09:45:00+01:00", want=(2,))
    said = told()
    same("planned, and none gone: eighty minutes for both from then on", (max(finishes for finishes, _, _ in said.values()), {slowest for _, slowest, _ in said.values()}),
         ("2025-12-15T11:05", {"gross"}))


def lateness():
    bed = Bed("retard", [absolute("information", "20251208"), relative("j14", 14), relative("j7", 7)], plain(METRO[:5]), start=False,
              clock="2026-01-16T09:40:00+01:00")
    said = plan(bed)
    same("waves that are too late are said to be skipped", [(one["wave"], one["would_skip"]) for one in said["waves"]],
         [("information", "late"), ("j14", "late"), ("j7", "")])
    same("and warned of", codes(said), [("would-skip", "information"), ("would-skip", "j14")])
    bed("start", "c", "--yes")
    bed.send()
    same("which is what happens", {name: len(bed.states(name)) for name in ("information", "j14", "j7")}, {"information": 0, "j14": 0, "j7": 5})
    same("nothing is foretold of what has been", codes(plan(bed)), [])


def answers():
    bed = Bed("reponses", [relative("j7", 7)], plain(METRO[:5]), clock="2026-01-12T09:00:00+01:00", start=False)
    said = plan(bed)
    same("no list is known", (said["answers_as_of"], said["answers_old"], said["warnings"]), (None, False, []))
    bed("answered", "c", METRO[0], "--as-of", "2026-01-02")
    said = plan(bed)
    same("ten days old", (said["answers_old"], codes(said)), (True, [("answers-old", "")]))
    check("people read its date", "date du 02/01/2026" in bed("plan", "c").stdout, bed("plan", "c").stdout)
    bed.configure("[lists]\nanswers_max_age = 15d")
    same("as old as one allows", codes(plan(bed)), [])
    bed.configure("[lists]\nanswers_max_age = 7d\n[schedule]\nold_answers = hold")
    check("held, it says", "attendent une liste plus récente" in bed("plan", "c").stdout, bed("plan", "c").stdout)
    check("start says it before it asks", "date du 02/01/2026" in bed("start", "c", want=(2,), stdin="\n").stdout)


def closures():
    bed = Bed("fermetures", [relative("j7", 7)], plain(PEOPLE), clock="2026-01-05T09:00:00+01:00", start=False)
    with open(bed.path("ponts.ics"), "w", encoding="utf-8") as file:
        file.write("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//FR\nBEGIN:VEVENT\nUID:a\nDTSTAMP:20260101T000000Z\nDTSTART;VALUE=DATE:20260115\n"
                   "DTEND;VALUE=DATE:20260117\nSUMMARY:Pont\nX-RELAIS-DEPARTMENTS:29,974\nEND:VEVENT\nEND:VCALENDAR\n")
    bed.configure("[schedule]\nclosures = ponts.ics")
    said = plan(bed)
    same("the plan says that two departments would move", codes(said), [("closures-changed", "")])
    same("and still shows what is planned", places(wave(said, "j7"))["2026-01-16T09:30:00+01:00"], 9)
    bed("start", "c", "--yes")
    same("start moves them", places(wave(plan(bed), "j7")),
         {"2026-01-14T09:30:00+01:00": 6, "2026-01-16T09:30:00+01:00": 3, "2026-01-16T09:30:00-04:00": 2, "2026-01-14T09:30:00+04:00": 2})
    same("and nothing is left to say", codes(plan(bed)), [])
    bed.send("2026-01-14T10:00:00+01:00")
    same("they go on that day", {code for code, state in bed.states().items() if state == SENT},
         set(METRO[:6]) | set(ALL["974"][:2]))
    bed.configure("[schedule]\nclosures = absent.ics")
    done = bed("plan", "c", want=(2,))
    check("a calendar that is not there is named", "absent.ics" in done.stderr and "[schedule] closures" in done.stderr, done.stderr)


run((days, rate, domains, lateness, answers, closures))
