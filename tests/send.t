#!/usr/bin/env python3
"""The sending engine, end to end over the scripted server: who gets what, when, how often, and what commands change while
it runs."""
import json
import os
import signal
import sqlite3
import subprocess
import time

from send_bed import (
    ALL, Bed, DEFERRED, FAILED, IN_DOUBT, METRO, MONDAY, READY, RELAIS, SENT, SKIPPED, Server, absolute, address,
    check, plain, relative, running, same, tmp, until, run)


# -- the stories ------------------------------------------------------------------------------------------------
def once():
    codes = METRO[:30]
    bed = Bed("once", [absolute("vague", "20251215")], plain(codes))
    bed.send()
    same("everyone gets one message", bed.server.to(), sorted(map(address, codes)))
    for _ in range(3):
        bed.send()
    same("and none by sending again", len(bed.server.accepted()), len(codes))
    same("the wave runs on: it is not yet time overseas", bed.rows("SELECT state FROM wave"), [("running",)])
    bed.send("2025-12-16T10:00:00+01:00")
    same("then it is done", bed.rows("SELECT state FROM wave"), [("done",)])


def between():
    """Commands that land while the sender works: one slow line, 150 deliveries."""
    for name, act, ended in (
            ("pause", lambda bed: bed("pause", "c", clock=False), None),
            ("cancel", lambda bed: bed("cancel", "c", clock=False), SKIPPED),
            ("withdraw", lambda bed: bed("withdraw", "c", *METRO[:60], clock=False), SKIPPED),
            ("answered", lambda bed: bed("answered", "c", *METRO[:60], clock=False), SKIPPED)):
        codes = METRO[:60]
        bed = Bed("mid-" + name, [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], plain(codes),
                  server=("--delay-dot-ms", "60"), smtp="connections = 2")
        sender = bed.begin("send")
        until(lambda: len(bed.server.accepted()) >= 4)
        bed.clock, kept = MONDAY, bed.clock
        subprocess.run(bed.command(name, "c", *(codes if name in ("withdraw", "answered") else ())), check=True, capture_output=True)
        time.sleep(1)
        before = len(bed.server.accepted())
        time.sleep(0.7)
        same(f"{name}: nothing more a second later", len(bed.server.accepted()), before)
        check(f"{name}: it came in the middle", 4 <= before < 60, before)
        bed.equation()
        if name == "pause":
            same("pause: what is left is ready", sorted(set(bed.states().values())), [READY, SENT])
            bed("resume", "c")
            check("resume: it goes on within seconds", until(lambda: len(bed.server.accepted()) == 60, 20), len(bed.server.accepted()))
        else:
            check(f"{name}: what is left is skipped", until(lambda: sorted(set(bed.states().values())) == [SENT, SKIPPED]), bed.states())
            same(f"{name}: sent is what the server has", list(bed.states().values()).count(SENT), len(bed.server.accepted()))
        sender.send_signal(signal.SIGTERM)
        same(f"{name}: SIGTERM ends with 0", sender.wait(30), 0)
        bed.clock = kept


def objection():
    codes = METRO[:30]
    bed = Bed("objection", [absolute("vague", "20251215")], plain(codes), server=("--delay-dot-ms", "120"), smtp="connections = 1")
    sender = bed.begin("send", "--until-idle")
    until(lambda: len(bed.server.accepted()) >= 2)
    last = bed.rows("SELECT d.party_id, p.token, p.address FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id ORDER BY d.id DESC LIMIT 1")[0]
    said = (f"Return-Path: <{last[2]}>\r\nDelivered-To: retour+{last[1]}@amf.example\r\nFrom: <{last[2]}>\r\nTo: retour+{last[1]}@amf.example\r\n"
            "Subject: Opposition\r\nMessage-ID: <o@commune.example>\r\n\r\nNous nous opposons.\r\n")
    subprocess.run(bed.command("inbox", "--stdin"), input=said, text=True, check=True, capture_output=True)
    sender.wait(60)
    bed.equation()
    same("an objection in the middle: nothing of it", bed.states()[last[0]], SKIPPED)
    check("nobody else suffers", last[2] not in bed.server.to() and len(bed.server.to()) == len(codes) - 1, bed.server.to())


def extension():
    codes = METRO[:6]
    bed = Bed("extension", [absolute("information", "20251215"), relative("rappel-j7", 7)], plain(codes))
    bed.send()
    # Planned and never armed: the relay is away when the reminder is due.
    bed.server.process.terminate()
    bed.server.process.wait()
    bed.send("2026-01-16T09:30:00+01:00", want=(2,))
    same("planned, nothing sent", set(bed.states("rappel-j7").values()), {READY})
    same("nobody is charged a try", bed.rows("SELECT DISTINCT attempts FROM delivery WHERE state = 0"), [(0,)])
    frozen = bed.dump("information")
    moved = json.loads(bed("extend", "c", "2026-01-30", "--announce", "--format", "json").stdout)
    same("frozen waves' rows do not change", bed.dump("information"), frozen)
    same("what becomes of each", {one["wave"]: one["state"] for one in moved["waves"]},
         {"information": "sent", "rappel-j7": "moved", "prolongation": "added"})
    same("planned ones are cancelled", bed.rows("SELECT COUNT(*) FROM delivery WHERE state = 8"), [(len(codes),)])
    bed.server = Server(bed.path("serveur-2"))
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{bed.server.port}")
    bed.send("2026-01-19T09:30:00+01:00")
    same("the announcement goes to each once", bed.server.to(), sorted(map(address, codes)))
    check("and says the new date", all("30 janvier" in bed.server.text(one) for one in bed.server.accepted()))
    bed.send("2026-01-23T09:30:00+01:00")
    reminders = bed.server.accepted()[len(codes):]
    same("the reminder goes out anew", sorted(one["rcpt"] for one in reminders), sorted(map(address, codes)))
    check("with the new date and not the old one", all("30 janvier" in bed.server.text(one) and "23 janvier" not in bed.server.text(one)
                                                      for one in reminders))
    bed("extend", "c", "2026-02-06", "--announce")
    bed("extend", "c", "2026-02-13", "--announce")
    same("an announcement still waiting is not announced twice", [name for (name,) in bed.rows("SELECT name FROM wave ORDER BY name")],
         ["information", "prolongation", "prolongation-2", "rappel-j7"])
    bed.send("2026-01-26T09:30:00+01:00")
    same("a second announcement is a wave of its own", bed.states("prolongation-2"), {code: SENT for code in codes})
    total = len(bed.server.accepted())
    bed("extend", "c", "2026-01-30")
    bed.send("2026-01-29T09:30:00+01:00")
    same("a shorter deadline sends nothing again", len(bed.server.accepted()), total)
    bed.clock = "2026-01-30T17:00:00+01:00"
    said = bed("extend", "c", "2026-02-01", "--announce", want=(2,)).stderr
    check("an announcement that could only go after the new deadline is refused with its day", "02/02/2026" in said and "--announce" in said, said)
    unsent = Bed("unsent", [relative("dernier-jour", 0)], plain(codes), clock="2026-01-23T10:00:00+01:00")
    port = unsent.server.port
    unsent.configure("[smtp]\nurl = smtp://127.0.0.1:1")
    unsent.send(want=(2,))
    unsent.send("2026-01-24T10:00:00+01:00")
    same("the relay away until the deadline: nothing of it left", unsent.rows("SELECT state FROM wave"), [("done",)])
    same("… extended, it is not said to be sent", [one["state"] for one in
         json.loads(unsent("extend", "c", "2026-01-30", "--format", "json").stdout)["waves"]], ["moved"])
    unsent.configure(f"[smtp]\nurl = smtp://127.0.0.1:{port}")
    unsent.send("2026-01-30T10:00:00+01:00")
    same("… and goes out on the new last day, once each", unsent.server.to(), sorted(map(address, codes)))
    same("a deadline in the past is refused", bed("extend", "c", "2026-01-02", want=(2,)).returncode, 2)


def late():
    codes = METRO[:4]
    bed = Bed("late", [absolute("information", "20251208"), relative("j14", 14), relative("j7", 7), relative("j2", 2)], plain(codes))
    bed.send("2025-12-15T10:00:00+01:00")
    same("started late: skipped with its reason", bed.rows("SELECT state, reason FROM wave WHERE name = 'information'"), [("skipped", "late")])
    bed.send("2026-01-21T10:00:00+01:00")
    same("missed waves: the latest alone", 
         dict(bed.rows("SELECT w.name, g.skipped FROM wave w JOIN wave_group g ON g.wave_id = w.id WHERE g.department = '29'")),
         {"information": "late", "j14": "late", "j7": "late", "j2": ""})
    same("one message each", bed.server.to(), sorted(map(address, codes)))
    bed2 = Bed("overtaken", [relative("j14", 14), relative("j7", 7)], plain(codes), clock="2026-01-09T09:00:00+01:00", server=("--delay-dot-ms", "0"))
    bed2.clock = "2026-01-09T10:00:00+01:00"
    port = bed2.server.port
    bed2.configure("[smtp]\nurl = smtp://127.0.0.1:1")
    bed2.send(want=(2,))
    bed2.configure(f"[smtp]\nurl = smtp://127.0.0.1:{port}")
    bed2.send("2026-01-16T10:00:00+01:00")
    same("kept waiting for a week: overtaken", bed2.reasons("j14"), {code: "superseded" for code in codes})
    same("so that nobody gets two at once", bed2.server.to(), sorted(map(address, codes)))
    away = Bed("away", [absolute("vague", "20251215")], plain(codes))
    port = away.server.port
    away.configure("[smtp]\nurl = smtp://127.0.0.1:1")
    away.send(want=(2,))
    same("the relay away on the day: planned", away.states(), {code: READY for code in codes})
    away.send("2025-12-16T17:00:00+01:00", want=(2,))
    same("… within the limit it still waits", away.states(), {code: READY for code in codes})
    away.configure(f"[smtp]\nurl = smtp://127.0.0.1:{port}")
    away.send("2026-01-12T10:00:00+01:00")
    same("… four weeks later a wave that never started does not start", (away.server.to(), away.reasons("vague")),
         ([], {code: "late" for code in codes}))
    begun = Bed("begun", [absolute("vague", "20251215")], {**plain(codes[1:]), codes[0]: "a@liste-grise.test"})
    begun.send(want=(0, 1))
    begun.send("2025-12-17T09:00:00+01:00", want=(0, 1))
    same("what has started goes on past the limit", begun.states(), {code: SENT for code in codes})
    bed3 = Bed("deadline", [relative("dernier-jour", 0)], plain(codes))
    bed3.send("2026-01-24T00:00:00+01:00")
    same("past the deadline: skipped", bed3.rows("SELECT state, reason FROM wave"), [("skipped", "deadline")])
    same("nothing went out", bed3.server.to(), [])
    bed4 = Bed("annulee", [relative("j7", 7)], plain(codes))
    bed4("cancel", "c")
    bed4.send("2026-01-16T10:00:00+01:00")
    same("a cancelled campaign's waves end", bed4.rows("SELECT state, reason FROM wave"), [("skipped", "cancelled")])


def zones():
    codes = [ALL[d][0] for d in ("29", "971", "974", "988")] + [ALL["67"][0]]
    bed = Bed("zones", [relative("j7", 7)], plain(codes), due="20260410", clock="2026-03-02T10:00:00+01:00")
    at = dict(bed.rows("SELECT department, at_ms FROM wave_group"))
    instant = lambda text: int(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M")) * 1000)
    same("09:30 in each place, Good Friday a holiday in Alsace-Moselle alone",
         {d: at[d] for d in ("29", "971", "974", "988", "67")},
         {"29": instant("2026-04-03T07:30"), "971": instant("2026-04-03T13:30"), "974": instant("2026-04-03T05:30"),
          "988": instant("2026-04-02T22:30"), "67": instant("2026-04-02T07:30")})
    for clock, more in (("2026-04-02T09:29:59+02:00", 0), ("2026-04-02T09:30:00+02:00", 1), ("2026-04-03T00:30:00+02:00", 2),
                        ("2026-04-03T07:30:00+02:00", 3), ("2026-04-03T09:30:00+02:00", 4), ("2026-04-03T15:30:00+02:00", 5)):
        bed.send(clock)
        same(f"{clock}: {more} sent", len(bed.server.accepted()), more)
    bed.send("2026-04-04T00:00:00+02:00")
    same("the last one closes the wave", bed.rows("SELECT state FROM wave"), [("done",)])


def retries():
    grey, full, dead, alone, policy, ok = METRO[:6]
    people = {grey: "a@liste-grise.test", full: "b@boite-pleine.test", dead: f"c@boite-inconnue.test, {address(dead)}",
              alone: "d@boite-inconnue.test", policy: "e@refus-politique.test", ok: address(ok)}
    bed = Bed("retries", [absolute("vague", "20251215")], people)
    bed.send(want=(0, 1))
    same("at once", bed.states(), {grey: DEFERRED, full: DEFERRED, dead: SENT, alone: FAILED, policy: FAILED, ok: SENT})
    same("the next contact in the same wave", bed.server.to(), sorted([address(dead), address(ok)]))
    same("dead addresses and no others are suppressed", sorted(a for a, in bed.rows("SELECT address FROM suppression")),
         ["c@boite-inconnue.test", "d@boite-inconnue.test"])
    report = json.loads(bed("report", "c", "--format", "json", want=(0, 1)).stdout)
    check("unreachable counts the one without an address", report["selected"]["unreachable"] >= 1, report["selected"])
    bed.send("2025-12-15T10:29:00+01:00", want=(0, 1))
    same("not before half an hour", bed.states()[grey], DEFERRED)
    bed.send("2025-12-15T10:34:00+01:00", want=(0, 1))
    same("greylisted, then accepted", bed.states()[grey], SENT)
    for clock in ("2025-12-15T12:00:00+01:00", "2025-12-15T16:00:00+01:00", "2025-12-16T09:00:00+01:00"):
        bed.send(clock, want=(0, 1))
    same("full for a day: still tried", bed.states()[full], DEFERRED)
    tried = bed.rows("SELECT attempts FROM delivery WHERE party_id = ?", full)
    bed.send("2025-12-16T23:00:00+01:00", want=(0, 1))
    same("never at night", bed.rows("SELECT attempts FROM delivery WHERE party_id = ?", full), tried)
    bed.send("2025-12-17T17:00:00+01:00", want=(0, 1))
    same("full for two days: given up", (bed.states()[full], bed.reasons("vague")[full]), (FAILED, "gave-up"))
    friday = Bed("vendredi", [absolute("vague", "20251219")], {full: "b@boite-pleine.test"}, clock="2025-12-19T17:00:00+01:00")
    for clock in ("2025-12-19T17:00:00+01:00", "2025-12-20T12:00:00+01:00", "2025-12-22T08:30:00+01:00", "2025-12-22T10:00:00+01:00"):
        friday.send(clock, want=(0, 1))
    same("put off on a Friday evening: a weekend is not two days of trying", (friday.states(), friday.rows("SELECT attempts FROM delivery")), ({full: DEFERRED}, [(3,)]))
    friday.send("2025-12-23T09:00:00+01:00", want=(0, 1))
    same("… and Monday is", friday.states(), {full: FAILED})
    last = Bed("dernier", [relative("dernier-jour", 0)], {full: "b@boite-pleine.test"}, clock="2026-01-23T16:50:00+01:00")
    last.send(want=(0, 1))
    last.send("2026-01-24T00:00:01+01:00", want=(0, 1))
    same("the deadline ends retries", last.states(), {full: FAILED})


def doubts():
    code, other = METRO[:2]
    for name, audience, template, copies in (("resend", "selected-unanswered", "rappel-j14.md", 2), ("hold", "informed", "information.md", 1)):
        bed = Bed("doubt-" + name, [absolute("vague", "20251215", audience, template)], {code: "a@coupure.test", other: address(other)})
        bed.send(want=(0, 1))
        same(f"{name}: in doubt", bed.states(), {code: IN_DOUBT, other: SENT})
        said = bed("history", code).stdout + bed("why", code, "--campaign", "c").stdout
        check(f"{name}: its history says why in French", "liaison coupée" in said and "link-lost" not in said, said)
        bed.send("2025-12-15T10:29:00+01:00", want=(0, 1))
        same(f"{name}: not before doubt_wait", bed.server.to().count("a@coupure.test"), 1)
        for clock in ("2025-12-15T10:31:00+01:00", "2025-12-15T11:31:00+01:00", "2025-12-16T11:31:00+01:00"):
            bed.send(clock, want=(0, 1))
        mine = [one for one in bed.server.accepted() if one["rcpt"] == "a@coupure.test"]
        same(f"{name}: copies", len(mine), copies)
        same(f"{name}: the same bytes", len({(one["sha256"], one["message_id"]) for one in mine}), 1)
        same(f"{name}: it stays in doubt", bed.states()[code], IN_DOUBT)
    bed = Bed("doubt-answered", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], {code: "a@coupure.test"},
              server=("--reply-script", script("RCPT x1 /nobody/ 250 ok")))
    bed.send(want=(0, 1))
    bed("answered", "c", code)
    bed.send("2025-12-15T11:31:00+01:00", want=(0, 1))
    same("answered meanwhile: no second copy, and never skipped", (bed.states(), len(bed.server.accepted())), ({code: IN_DOUBT}, 1))
    bed = Bed("doubt-deferred", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], {code: "a@lent.example"},
              server=("--reply-script", script("DOT x1 /lent/ drop\nRCPT x9 /MAIS/ 250 ok\nDOT x9 /lent/ 452 4.3.1 later")))
    bed.send(want=(0, 1))
    bed.send("2025-12-15T10:31:00+01:00", want=(0, 1))
    same("its resend is deferred", bed.states(), {code: DEFERRED})
    bed.send("2026-01-24T01:00:00+01:00", want=(0, 1))
    same("a doubt whose resend never came about is a doubt again", bed.states(), {code: IN_DOUBT})
    bed = Bed("bytes", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], {code: "a@lent.example", other: address(other)},
              server=("--reply-script", script("DOT x1 /lent/ 452 4.3.1 later")))
    bed.send(want=(0, 1))
    bed("answered", "c", other)
    bed.send("2025-12-15T10:34:00+01:00", want=(0, 1))
    same("refused after its dot is no doubt: other words may go out", bed.states()[code], SENT)


def script(text):
    path = os.path.join(tmp, f"script-{abs(hash(text))}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return path


def identity():
    codes = METRO[:3]
    bed = Bed("identity", [absolute("vague", "20251215")], plain(codes))
    bed.configure("[sender]\nreply_to = autre@amf.example")
    bed.send()
    said = bed("why", codes[0], "--campaign", "c").stdout
    check("… and why says so instead of announcing a mail", "l'expéditeur ont changé depuis le départ" in said and "relais start c" in said, said)
    same("another sender's identity: nothing planned, nothing sent", (bed.server.to(), bed.states()), ([], {}))
    bed("start", "c", "--yes")
    bed.configure("[smtp]\nurl = smtp://127.0.0.1:1")
    bed.send(want=(2,))
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{bed.server.port}\n[sender]\nreply_to = tiers@amf.example")
    bed.send()
    same("planned before: waits, and the sender ends", (bed.server.to(), set(bed.states().values())), ([], {READY}))
    bed("start", "c", "--yes")
    bed.send()
    same("a new start lets it go", bed.server.to(), sorted(map(address, codes)))
    dead = Bed("shared", [absolute("vague", "20251215")], {codes[0]: f"x@commune.example, {address(codes[0])}"}, start=True)
    dead.configure("[smtp]\nurl = smtp://127.0.0.1:1")
    dead.send(want=(2,))
    with sqlite3.connect(dead.path("relais.db")) as store:
        store.execute("INSERT INTO suppression_fact (address, reason, at_ms, origin) VALUES ('x@commune.example', 'dead', 1, 'essai')")
    dead.configure(f"[smtp]\nurl = smtp://127.0.0.1:{dead.server.port}")
    dead.send()
    same("an address that died since planning: the next contact", dead.server.to(), [address(codes[0])])


def processes():
    codes = METRO[:40]
    bed = Bed("processes", [absolute("vague", "20251215")], plain(codes), server=("--delay-dot-ms", "150"), smtp="connections = 2\nrate = 600")
    first = bed.begin("send")
    until(lambda: len(bed.server.accepted()) >= 2)
    begun = time.monotonic()
    second = subprocess.run(bed.command("send", "--until-idle"), capture_output=True, text=True, check=False)
    check("a second sender: exit 2 within a second", second.returncode == 2 and time.monotonic() - begun < 1, second.returncode, second.stderr)
    first.send_signal(signal.SIGTERM)
    same("SIGTERM: exit 0", first.wait(30), 0)
    bed.equation()
    same("SIGTERM drains: no doubt, nothing lost", sorted(set(bed.states().values())), [READY, SENT])
    same("the server has what is counted", list(bed.states().values()).count(SENT), len(bed.server.accepted()))
    bed.send()
    same("and the next run sends the rest, once each", bed.server.to(), sorted(map(address, codes)))


def role_pids(parent):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                fields = file.read().rpartition(")")[2].split()
            if int(fields[1]) == parent and fields[0] != "Z":
                found.append(int(pid))
        except OSError:
            continue
    return found


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def daemon():
    codes = METRO[:12]
    bed = Bed("daemon", [absolute("information", "20251215"), relative("j7", 7), relative("j2", 2)], plain(codes), smtp="connections = 1",
              server=("--delay-dot-ms", "100"))
    bed.configure("[daemon]\nauto_settle = 50ms\n[inbox]\nmaildir = retours\npoll = 100ms")
    for part in ("new", "cur", "tmp"):
        os.makedirs(bed.path("retours/" + part))
    one = bed.begin("daemon", "--clock", "2025-12-15T09:00:00+01:00xauto", clock=False)
    until(lambda: len(bed.server.accepted()) >= 3)
    roles = role_pids(one.pid)
    same("two roles run", len(roles), 2)
    os.kill(one.pid, signal.SIGSTOP)
    one.kill()
    one.wait()
    check("a killed daemon takes its roles with it", until(lambda: all(map(gone, roles)), 31), roles)
    at = subprocess.Popen(bed.command("at", "2026-01-20T12:00:00+01:00", "--", RELAIS, "-c", bed.path("relais.ini"), "answered", "c", *codes[:5],
                                      clock=False), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    running.append(at)
    until(lambda: bed.rows("SELECT COUNT(*) FROM clock_appointment") == [(1,)])
    two = bed.begin("daemon", "--clock", "2025-12-15T09:00:00+01:00xauto", "--until", "2026-01-25T00:00:00+01:00", clock=False)
    same("started again, it goes through to the end", two.wait(60), 0)
    same("relais at: its command has run", at.wait(10), 0)
    bed.clock = "2026-01-25T00:00:00+01:00"
    bed.equation()
    sent = {wave: sorted(p for p, state in bed.states(wave).items() if state == SENT) for wave in ("information", "j7", "j2")}
    same("every wave, and the last one without those who answered", sent,
         {"information": sorted(codes), "j7": sorted(codes), "j2": sorted(codes[5:])})
    same("nothing twice", len(bed.server.accepted()), 12 + 12 + 7)
    same("at the instant they were due", bed.rows("SELECT MIN(p.armed_ms) - MIN(g.at_ms) FROM dispatch p JOIN delivery d ON d.id = p.delivery_id "
                                                 "JOIN wave w ON w.id = d.wave_id JOIN wave_group g ON g.wave_id = w.id AND g.department = d.department "
                                                 "WHERE w.name = 'j2'"), [(0,)])


def many_campaigns():
    """A sender keeps 64 campaigns: a 65th, and a 66th, begun while it is at work take the place of the oldest."""
    codes = METRO[:4]
    bed = Bed("beaucoup", [absolute("information", "20251215")], plain(codes), start=False)
    for number in range(63):
        bed("campaign", "create", f"x{number}", "--schedule", bed.path("c.ics"))
    sender = bed.begin("send", clock=True)
    time.sleep(1)
    for name in ("avant-derniere", "derniere"):
        bed("campaign", "create", name, "--schedule", bed.path("c.ics"))
        bed("import", bed.path("liste.csv"), "--campaign", name)
        bed("start", name, "--yes")
    check("both are sent", until(lambda: len(bed.server.accepted()) == 2 * len(codes), 15), len(bed.server.accepted()))
    sender.send_signal(signal.SIGTERM)
    same("and it ends well", sender.wait(35), 0)


LATE_LIBRARIES = ("libetpan", "libexpat", "libical", "libicu", "libxlsxwriter", "libzip")


def libraries(bed):
    """Those of LATE_LIBRARIES that sending opened."""
    done = subprocess.run(bed.command("send", "--until-idle"), capture_output=True, text=True, check=True, env={**os.environ, "LD_DEBUG": "files"}, timeout=60)
    return {name for name in LATE_LIBRARIES if name + "." in done.stderr or name + "uc." in done.stderr}


def lean():
    """A sender loads nothing that reads calendars, spreadsheets or returned mail; where a campaign is older than schedules kept as read, the calendar."""
    codes = METRO[:6]
    bed = Bed("sobre", [absolute("information", "20251215"), absolute("suite", "20251216")], plain(codes))
    same("sending loads none of them", libraries(bed), set())
    same("and sends", len(bed.server.accepted()), 6)
    with sqlite3.connect(bed.path("relais.db")) as store:
        store.execute("UPDATE campaign SET schedule_read = NULL")
    bed.clock = "2025-12-16T10:00:00+01:00"
    same("without what was read, the calendar is", libraries(bed), {"libical", "libicu"})
    same("and it says the same", len(bed.server.accepted()), 12)
    bed("extend", "c", "2026-02-06", "--yes", want=(0, 1))
    bed("start", "c", "--yes", want=(0, 1))
    read, = bed.rows("SELECT json_extract(schedule_read, '$.due') FROM campaign")
    same("any change keeps it as read again", read, ("2026-02-06",))
    same("the next run loads none", libraries(bed), set())


def many_drafts():
    """64 drafts made since keep a campaign that was started neither from being sent, nor from being paused at once."""
    codes = METRO[:60]
    bed = Bed("brouillons", [absolute("information", "20251215")], plain(codes), server=("--delay-dot-ms", "1000"))
    sender = bed.begin("send")
    check("many drafts: the campaign goes out", until(lambda: len(bed.server.accepted()) >= 4))
    bed("campaign", "create", "x", "--schedule", bed.path("c.ics"))
    with sqlite3.connect(bed.path("relais.db"), timeout=30) as store:  # 63 more like it, at once
        store.executemany("INSERT INTO campaign (name, title, state, deadline, schedule, templates_folder, created_ms, schedule_file) SELECT name || ?, title, state, "
                          "deadline, schedule, templates_folder, created_ms + ?, schedule_file FROM campaign WHERE name = 'x'", [(n, n) for n in range(1, 64)])
    before = len(bed.server.accepted())
    check("many drafts: and goes on", before < len(codes) and until(lambda: len(bed.server.accepted()) > before, 5), before)
    bed("pause", "c")
    returned = time.monotonic()
    time.sleep(4)
    last = max(one["dot_s"] for one in bed.server.accepted()) - returned
    check(f"many drafts: paused, no dot later than a second after ({last:+.3f} s)", last <= 1 and len(bed.server.accepted()) < len(codes), last)
    sender.send_signal(signal.SIGTERM)
    sender.wait(35)
    bed("resume", "c")
    bed.send()
    same("many drafts: the next sender knows it too", len(bed.server.accepted()), len(codes))


def long_relays():
    """Associations whose names begin alike are each written to."""
    bed = Bed("longs", [absolute("relais", "20251215", "relays")], plain(METRO[:2]), start=False)
    names = {"29": "Association des maires et des présidents d’intercommunalité du Finistère", "56": "Association des maires et des présidents d’intercommunalité du Morbihan"}
    with open(bed.path("associations.csv"), "w", encoding="utf-8") as file:
        file.write("nom;departements;emails\n" + "".join(f"{name};{code};amf{code}@relais.example\n" for code, name in names.items()))
    bed("import", bed.path("associations.csv"), "--as", "relays")
    bed("start", "c", "--yes")
    bed.send()
    same("both associations are written to", bed.server.to(), ["amf29@relais.example", "amf56@relais.example"])


run((lean, long_relays, once, between, objection, extension, late, zones, retries, doubts, identity, processes, daemon, many_campaigns, many_drafts))
