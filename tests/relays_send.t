#!/usr/bin/env python3
"""Several relays: shares and fail-over, a relay that refuses everybody, domains that want less; nothing is lost, doubled or burnt."""
import json
import signal
import time

from scripted_server import Server
from send_bed import Bed, FAILED, METRO, READY, SENT, absolute, check, plain, run, same, until


def bed_with(name, codes, second):
    bed = Bed(name, [absolute("vague", "20251215")], plain(codes), clock="2025-12-15T10:00:00+01:00")
    other = Server(bed.path("zwei"))
    bed.configure(f"[smtp.zwei]\nurl = smtp://127.0.0.1:{other.port}\nstarttls = off\n{second}")
    return bed, other


def script(bed, text):
    path = bed.path("script")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def code_of(address):
    return address.split("@")[0].split(".")[1].upper()


def shares():
    codes = METRO[:60]
    bed, other = bed_with("shares", codes, "weight = 1")
    bed.send()
    both = sorted(bed.server.to() + other.to())
    same("everybody once, over two relays", both, sorted(f"mairie.{code.lower()}@commune.example" for code in codes))
    same("which one had it is on record", [dict(bed.rows("SELECT address, relay FROM dispatch"))[one] for one in bed.server.to() + other.to()],
         ["smtp"] * len(bed.server.to()) + ["smtp.zwei"] * len(other.to()))
    same("and told", [json.loads(line)["relay"] for line in bed("history", code_of(other.to()[0]), "--format", "json").stdout.splitlines()][-1], "smtp.zwei")
    check("both had some", bed.server.to() and other.to(), len(bed.server.to()), len(other.to()))
    said = bed("check", "--format", "json", want=(0, 1, 2)).stdout
    check("check tries each", "serveur [smtp]" in said and "serveur [smtp.zwei]" in said, said)
    other.process.kill()
    other.process.wait()
    said = bed("check", "--format", "json", want=(1, 2)).stdout
    check("and names the section of one that is away", "vérifiez [smtp.zwei] url" in said and "[smtp] url" not in said, said)


def weighted():
    """Servers alike, full all the time: whoever is free would take half. The weights hold."""
    codes = METRO[:240]
    bed, other = bed_with("weighted", codes, "connections = 4\nweight = 3")
    bed.send()
    same("everybody once", sorted(bed.server.to() + other.to()), sorted(plain(codes).values()))
    check("one to three", 54 <= len(bed.server.to()) <= 66, len(bed.server.to()), len(other.to()))


def away():
    codes = METRO[:40]
    bed, other = bed_with("away", codes, "weight = 1")
    bed.server.process.kill()
    bed.server.process.wait()
    bed.send()
    same("one is away: all through the other", len(other.to()), 40)
    same("nobody is charged, nobody fails", bed.rows("SELECT state, COUNT(*), MAX(attempts) FROM delivery GROUP BY 1"), [(SENT, 40, 1)])


def refuses_all():
    codes = METRO[:40]
    people = {code: f"mairie@m{i}.example" for i, code in enumerate(codes)}
    bed = Bed("refuses", [absolute("vague", "20251215")], people, clock="2025-12-15T10:00:00+01:00")
    rules = script(bed, "DOT /./ 550 5.7.1 Message refused by policy\nRCPT /./ 550 5.7.1 Message refused by policy\n")
    other = Server(bed.path("bad"), "--reply-script", rules)
    text = open(bed.path("relais.ini"), encoding="utf-8").read()
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{other.port}\nconnections = 4")
    done = bed("send", "--until-idle", want=(1, 2))
    same("a relay that refuses everybody: nobody is burnt", bed.rows("SELECT state, COUNT(*) FROM delivery GROUP BY 1"), [(READY, 40)])
    same("one alert", done.stderr.count("refused 10 in a row with the same words"), 1)
    same("it is written down", [row[:2] for row in bed.rows("SELECT kind, name, rest_until_ms FROM pace WHERE rest_until_ms > 0")], [("relay", "smtp")])
    bed("send", "--until-idle", want=(1, 2))
    same("a new sender does not forget the rest", other.to(), [])
    same("nor burn anybody", bed.rows("SELECT state, COUNT(*) FROM delivery GROUP BY 1"), [(READY, 40)])
    with open(bed.path("relais.ini"), "w", encoding="utf-8") as file:
        file.write(text)
    bed.send("2025-12-15T10:05:00+01:00")
    same("well again: all of it", len(bed.server.to()), 40)


def one_domain():
    codes = METRO[:40]
    people = {code: f"m{i}@{'gross' if i % 2 else f'm{i}'}.example" for i, code in enumerate(codes)}
    bed = Bed("domain", [absolute("vague", "20251215")], people, clock="2025-12-15T10:00:00+01:00")
    rules = script(bed, "RCPT /gross/ 550 5.7.1 Bad reputation, refused\n")
    other = Server(bed.path("bad"), "--reply-script", rules)
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{other.port}\nconnections = 4\n[domains]\ngross = gross.example")
    done = bed("send", "--until-idle", want=(0, 1))
    same("the others are sent", len(other.to()), 20)
    same("that domain waits, none of it fails", bed.rows("SELECT state, COUNT(*) FROM delivery GROUP BY 1"), [(READY, 20), (SENT, 20)])
    check("the alert names it", "domain gross refuses us" in done.stderr, done.stderr)


def believed():
    codes = METRO[:6]
    people = {code: f"m{i}@m{i}.example" for i, code in enumerate(codes)}
    bed = Bed("believed", [absolute("vague", "20251215")], people, clock="2025-12-15T10:00:00+01:00")
    rules = script(bed, "RCPT /m3\\.example/ 550 5.7.1 No bulk mail here\n")
    other = Server(bed.path("bad"), "--reply-script", rules, "--delay-dot-ms", "300")  # so that others are taken behind it
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{other.port}")
    bed.send()
    same("a single refusal is the recipient's own", bed.rows("SELECT state, reason, COUNT(*) FROM delivery GROUP BY 1 ORDER BY 1"),
         [(SENT, "", 5), (FAILED, "refused", 1)])


def slow_domain():
    codes = METRO[:20]
    people = {code: f"m{i}@{'gross' if i % 2 else f'm{i}'}.example" for i, code in enumerate(codes)}
    bed = Bed("slow", [absolute("vague", "20251215")], people, clock="2025-12-15T10:00:00+01:00")
    rules = script(bed, "RCPT x3 /gross/ 450 4.7.1 Too many messages, slow down\n")
    other = Server(bed.path("bad"), "--reply-script", rules)
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{other.port}\nconnections = 2\n[domains]\ngross = gross.example, connections 1, rate 600")
    bed.send()
    same("others go, that domain rests, nobody is charged", bed.rows("SELECT state, MAX(attempts) FROM delivery GROUP BY 1"), [(READY, 0), (SENT, 1)])
    for minute in (5, 15, 30, 55):
        bed.send(f"2025-12-15T10:{minute:02}:00+01:00")
    same("in the end all are sent, once", sorted(other.to()), sorted(people.values()))


def standing():
    """A group's rate, and a clock that stands: what its rate lets go within seconds goes; the rest is put off behind the clock's
    instant, so it is not due any more, and nobody waits for it."""
    people = {code: f"m{i}@{('gross', 'klein')[i % 2]}.example" for i, code in enumerate(METRO[:30])}
    bed = Bed("standing", [absolute("vague", "20251215")], people)
    bed.configure("[domains]\ngross = gross.example, klein.example, rate 60")
    begun = time.monotonic()
    bed.send()
    took, sent = time.monotonic() - begun, len(bed.server.accepted())
    check("some went, at the pace of one group for both its domains, and it ended", 4 <= sent <= 8 and took < 20, sent, took)
    same("nothing more is due at the clock's instant", bed.rows("SELECT COUNT(*) FROM delivery WHERE state <> ? AND not_before_ms <= 1765789200000", SENT), [(0,)])
    bed.send()
    same("nor the next time", len(bed.server.accepted()), sent)
    bed.configure("[domains]\ngross = gross.example")
    bed.send("2025-12-15T10:10:00+01:00")
    same("later, all of it, once", bed.server.to(), sorted(people.values()))


def day_of_a_relay():
    codes = METRO[:30]
    bed, other = bed_with("day", codes, "weight = 1\nmessages_a_day = 7")
    bed.configure("[smtp]\nmessages_a_day = 5")
    for again in ("its day's messages, each", "and no more in a new process"):
        bed("send", "--until-idle", want=(0, 1))
        same(again, (len(bed.server.accepted()), len(other.accepted())), (5, 7))
    same("the others wait, uncharged", bed.rows("SELECT state, COUNT(*), MAX(attempts) FROM delivery GROUP BY 1"), [(READY, 18, 0), (SENT, 12, 1)])
    bed.clock = "2025-12-16T09:00:00+01:00"
    bed("send", "--until-idle", want=(0, 1))
    same("the next day as many", (len(bed.server.accepted()), len(other.accepted())), (10, 14))
    bed.clock = "2025-12-15T15:00:00+01:00"
    bed("send", "--until-idle", want=(0, 1))
    same("a clock that was wrong for a day: the first one has had its own", (len(bed.server.accepted()), len(other.accepted())), (10, 14))


def rate_over_a_restart():
    """One message in three seconds: neither kill -9 nor a polite stop earns a sooner one."""
    bed = Bed("rate", [absolute("vague", "20251215")], plain(METRO[:20]), smtp="rate = 20")
    at = []

    def next_one(sender):
        have = len(at) + 1
        check(f"message {have} goes", until(lambda: len(bed.server.accepted()) >= have), len(bed.server.accepted()))
        at.append(time.monotonic())
        time.sleep(0.3)  # its result is written
        return sender
    for stop in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
        sender = next_one(bed.begin("send"))
        sender.send_signal(stop)
        sender.wait(10)
    gaps = [after - before for before, after in zip(at, at[1:])]
    check("at its pace over the restarts", all(gap > 2.5 for gap in gaps) and len(bed.server.accepted()) == 3, gaps)


run([standing, day_of_a_relay, rate_over_a_restart, shares, weighted, away, refuses_all, one_domain, believed, slow_domain])
