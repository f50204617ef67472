#!/usr/bin/env python3
"""How much mail is too much: days between two mails, messages a day, and reminders that rest on an old list of respondents.
Each refusal has its reason in the ledger, and every wave adds up."""
import collections

from send_bed import (
    ALL, Bed, METRO, READY, SENT, absolute, address, check, plain, run, same, until)


def ledger(bed, event):
    return bed.rows("SELECT code, text, COUNT(*) FROM event WHERE event = ? GROUP BY code, text ORDER BY 1, 2", event)


def due(bed, wave):
    """How many are due on which day."""
    return dict(bed.rows("SELECT date(d.not_before_ms / 1000, 'unixepoch'), COUNT(*) FROM delivery d JOIN wave w ON w.id = d.wave_id "
                         "WHERE w.name = ? GROUP BY 1 ORDER BY 1", wave))


def by_day(bed):
    return dict(bed.rows("SELECT date(armed_ms / 1000, 'unixepoch'), COUNT(*) FROM dispatch WHERE armed_ms IS NOT NULL GROUP BY 1 ORDER BY 1"))


def spacing():
    codes = METRO[:12]
    bed = Bed("spacing", [absolute("lundi", "20251215"), absolute("mardi", "20251216", "selected", "rappel-j7.md"),
                          absolute("mercredi", "20251217", "selected-unanswered", "rappel-j14.md")], plain(codes))
    bed.configure("[schedule]\ndays_between = 3")
    bed("withdraw", "c", codes[0])
    bed.send()
    same("the first wave goes out", bed.states("lundi"), {code: SENT for code in codes[1:]})
    bed.send("2025-12-16T10:00:00+01:00")
    same("a day later: three days would be past the wave's own limit", bed.reasons("mardi"), {code: "too-soon" for code in codes[1:]})
    same("said in the ledger, one by one", ledger(bed, "skipped"), [("", "too-soon", 11)])
    bed.send("2025-12-17T10:00:00+01:00")
    same("two days later: it waits", bed.states("mercredi"), {code: READY for code in codes[1:]})
    same("for the opening of the third day", due(bed, "mercredi"), {"2025-12-18": 11})
    same("nothing more is on the way", len(bed.server.accepted()), 11)
    bed.send("2025-12-18T08:30:00+01:00")
    same("which then comes", bed.states("mercredi"), {code: SENT for code in codes[1:]})
    check("the history says it in French", "trop peu de jours" in bed("history", codes[1], "--format", "text").stdout, bed("history", codes[1], "--format", "text").stdout)


def spacing_at_once():
    """Two waves due at one instant, and two campaigns: what the first has armed, the second sees."""
    codes = METRO[:20]
    bed = Bed("at-once", [absolute("un", "20251215"), absolute("deux", "20251215", "selected", "rappel-j7.md")], plain(codes))
    bed.configure("[schedule]\ndays_between = 1")
    bed("campaign", "create", "d", "--schedule", bed.path("c.ics"))
    bed("import", bed.path("liste.csv"), "--campaign", "d")
    bed("start", "d", "--yes")
    bed.send()
    same("one mail each on the first day", bed.server.to(), sorted(map(address, codes)))
    same("the others wait", collections.Counter(bed.states().values())[READY] > 0, True)
    bed.send("2025-12-16T10:00:00+01:00")
    most = bed.rows("SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM dispatch p JOIN delivery d ON d.id = p.delivery_id WHERE p.armed_ms IS NOT NULL "
                    "GROUP BY d.party_id, date(p.armed_ms / 1000, 'unixepoch'))")
    same("never two on one day", most, [(1,)])
    same("a second one the next day", len(bed.server.accepted()), 40)
    bed.send("2025-12-17T10:00:00+01:00")
    reasons = collections.Counter(reason for _, reason in bed.rows("SELECT party_id, reason FROM delivery"))
    same("of four, two were within their limits", reasons, {"": 40, "too-soon": 40})


def cap():
    codes = METRO[:25]
    bed = Bed("cap", [absolute("vague", "20251215")], plain(codes), clock="2025-12-15T09:30:00+01:00")
    bed.configure("[schedule]\nmessages_a_day = 10")
    bed.send()
    same("planned over three days", due(bed, "vague"), {"2025-12-15": 10, "2025-12-16": 10, "2025-12-17": 5})
    bed.send("2025-12-15T17:00:00+01:00")
    same("ten on the first, however often one asks", by_day(bed), {"2025-12-15": 10})
    bed("import", bed.path("liste.csv"), "--campaign", "c", want=(0, 1))
    bed.send("2025-12-16T10:00:00+01:00")
    bed.send("2025-12-17T10:00:00+01:00")
    same("ten, ten, five", by_day(bed), {"2025-12-15": 10, "2025-12-16": 10, "2025-12-17": 5})
    same("everybody once", bed.server.to(), sorted(map(address, codes)))
    # The cap is lowered after planning: the sender counts too.
    bed = Bed("cap-lowered", [absolute("vague", "20251215")], plain(codes), clock="2025-12-15T09:30:00+01:00", start=False)
    bed.configure("[schedule]\nmessages_a_day = 7\n[smtp]\nurl = smtp://127.0.0.1:1")
    bed("start", "c", "--yes")
    bed.send(want=(0, 1, 2))
    bed.configure(f"[schedule]\nmessages_a_day = 3\n[smtp]\nurl = smtp://127.0.0.1:{bed.server.port}")
    bed.send("2025-12-15T11:00:00+01:00")
    same("three, not seven", by_day(bed), {"2025-12-15": 3})
    same("the others were told to come another day", [row[1] for row in ledger(bed, "postponed")], ["daily-cap"])


def cap_and_deadline():
    codes = METRO[:25]
    bed = Bed("deadline", [absolute("vague", "20251215")], plain(codes), due="20251216", clock="2025-12-15T09:30:00+01:00")
    bed.configure("[schedule]\nmessages_a_day = 10")
    bed.send()
    same("what has no day before the deadline is skipped at once", collections.Counter(bed.reasons("vague").values()), {"": 20, "daily-cap": 5})
    same("and says so", ledger(bed, "skipped"), [("", "daily-cap", 5)])


def old_answers():
    codes = METRO[:10]
    waves = [absolute("rappel", "20251215", "selected-unanswered", "rappel-j14.md")]
    bed = Bed("warn", waves, plain(codes))
    bed("answered", "c", codes[0], "--as-of", "2025-12-01")
    bed.send()
    same("by default a reminder goes all the same", len(bed.server.accepted()), 9)
    same("and the ledger says on what it rested", ledger(bed, "old_answers"), [("warn", "2025-12-01T22:59:00Z", 1)])

    bed = Bed("hold", waves, plain(codes))
    bed.configure("[schedule]\nold_answers = hold")
    bed("answered", "c", codes[0], "--as-of", "2025-12-01")
    for _ in range(3):
        bed.send()
    same("held: nothing is planned", bed.states(), {})
    same("which is said once", [row[0::2] for row in ledger(bed, "old_answers")], [("hold", 1)])
    bed("answered", "c", codes[1], "--as-of", "2025-12-14")
    bed.send("2025-12-15T15:00:00+01:00")
    same("a newer list lets it go", bed.server.to(), sorted(map(address, codes[2:])))

    bed = Bed("hold-late", waves, plain(codes))
    bed.configure("[schedule]\nold_answers = hold")
    bed("answered", "c", codes[0], "--as-of", "2025-12-01")
    bed.send()
    bed.send("2025-12-17T10:00:00+01:00")
    same("none comes: skipped as late, never sent late", (bed.states(), bed.rows("SELECT DISTINCT skipped FROM wave_group")), ({}, [("late",)]))

    bed = Bed("hold-auto", waves + [absolute("plus-tard", "20251222")], plain(codes), clock="2025-12-15T08:00:00+01:00")
    bed.configure("[schedule]\nold_answers = hold\n[inbox]\npoll = 100ms\n[daemon]\nauto_settle = 100ms")
    bed("answered", "c", codes[0], "--as-of", "2025-12-01")
    bed.clock += "xauto"
    daemon = bed.begin("daemon")
    check("an automatic clock stops when it becomes late", until(lambda: len(bed.server.accepted()) == 10, 30))
    daemon.terminate()
    daemon.wait(30)
    said = bed.rows("SELECT strftime('%Y-%m-%dT%H:%M', MIN(at_ms) / 1000, 'unixepoch') FROM event WHERE event = 'wave_skipped' AND code = 'late'")
    same("La Réunion first, at the end of its Tuesday", said, [("2025-12-16T13:30",)])
    bed.clock = "2025-12-22T12:00:00+01:00"

    bed = Bed("hold-unknown", waves, plain(codes))
    bed.configure("[schedule]\nold_answers = hold")
    bed.send()
    same("without any list reminders are worded for it, and go", len(bed.server.accepted()), 10)
    bed = Bed("hold-others", [absolute("information", "20251215")], plain(codes))
    bed.configure("[schedule]\nold_answers = hold")
    bed("answered", "c", codes[0], "--as-of", "2025-12-01")
    bed.send()
    same("what is no reminder goes", len(bed.server.accepted()), 10)
    check("and nothing is said of it", not ledger(bed, "old_answers"))


def shuffled():
    """The order things go out in: never a department's in a burst, and nobody left out of the draw."""
    codes = sorted(code for codes in ALL.values() for code in codes)[:3500]
    bed = Bed("shuffled", [absolute("information", "20251215")], plain(codes))
    bed.configure("[smtp]\nurl = smtp://127.0.0.1:1")
    bed.send(want=(0, 1, 2, 3))
    line = bed.rows("SELECT party_id, department FROM delivery WHERE state = ? ORDER BY id", READY)
    same("each is planned once", sorted(one[0] for one in line), codes)
    worst = max(collections.Counter(one[1] for one in line[at:at + 50]).most_common(1)[0][1] for at in range(0, len(line) - 50))
    share = collections.Counter(one[1] for one in line).most_common(1)[0][1] / len(line)
    check("of any fifty in a row few are of one department", worst <= 50 * max(share, 1 / 18) + 12, worst, share)
    places = [codes.index(one[0]) for one in line]
    check("neighbours in the reference do not follow one another", sum(abs(a - b) == 1 for a, b in zip(places, places[1:])) < 20)


run((shuffled, spacing, spacing_at_once, cap, cap_and_deadline, old_answers))
