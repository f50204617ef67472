#!/usr/bin/env python3
"""Servers that ask for patience: a group of domains, over a restart on an automatic clock, and a relay that takes few connections.
Slower for a while, then as before; nobody fails, nobody is charged."""
import json
import signal
import time

from send_bed import Bed, METRO, SENT, absolute, check, plain, run, same, scripted, until


def automatic():
    """An automatic clock: a group that asks for patience twice, and a daemon that is stopped in its first rest. What it learnt it
    knows again; time and accepted messages give the group back what the configuration allows."""
    people = {code: f"m{i}@{'gross' if i % 6 else f'm{i}'}.example" for i, code in enumerate(METRO[:252])}
    mine = sum("@gross" in one for one in people.values())
    bed = Bed("automatic", [absolute("vague", "20251215")], people, server=scripted("RCPT x6 /gross/ 421 4.7.28 Too many messages, slow down"))
    bed.configure("[domains]\ngross = gross.example, connections 4, rate 6000\n[daemon]\nauto_settle = 100ms")
    pace = lambda: bed.rows("SELECT in_hand, a_minute, rests, rest_until_ms > 1765789200000 FROM pace WHERE kind = 'domain' AND name = 'gross'")
    bed.clock += "xauto"
    first = bed.begin("daemon")
    until(lambda: pace())
    first.send_signal(signal.SIGTERM)
    same("stopped in its rest: exit 0", first.wait(35), 0)
    learnt = pace()[0]
    check("half of what it may, or half of that, and a rest", learnt[:3] in ((2, 3000, 1), (1, 1500, 2)) and learnt[3], learnt)
    second = bed.begin("daemon")
    grew = set()
    done = until(lambda: grew.update(pace()) or len(bed.server.accepted()) == 252, 40)
    check("in the end everybody has had it", done and bed.server.to() == sorted(people.values()), len(bed.server.accepted()))
    second.send_signal(signal.SIGTERM)
    same("the second daemon: exit 0", second.wait(35), 0)
    at = bed.rows("SELECT p.armed_ms - 1765789200000 FROM dispatch p WHERE p.address LIKE '%@gross.example' AND p.armed_ms IS NOT NULL ORDER BY 1")
    check(f"nothing of the group in its rests, one and two minutes ({mine} messages)", all(one >= 180000 for one, in at) and len(at) == mine, at[:5])
    check("asked twice, it was down to a quarter", (1, 1500) in {one[:2] for one in grew | {learnt}}, sorted(grew))
    check("and has all of it back", all(one[:3] == (4, 6000, 0) for one in pace()), pace())
    same("nobody is charged, or fails", bed.rows("SELECT state, MAX(attempts) FROM delivery GROUP BY 1"), [(SENT, 1)])


def too_many_connections():
    """Eight lines to a server that takes three, and says so: fewer, a little slower, and nobody fails or is charged."""
    bed = Bed("many", [absolute("vague", "20251215")], plain(METRO[:120]), server=("--max-connections", "3", "--delay-dot-ms", "20"))
    bed.configure("[smtp]\nconnections = 8")
    begun = time.monotonic()
    bed.send()
    took = time.monotonic() - begun
    same("all are sent, nobody is charged", bed.rows("SELECT state, MAX(attempts), COUNT(*) FROM delivery GROUP BY 1"), [(SENT, 1, 120)])
    same("each once", len(set(bed.server.to())), len(bed.server.to()))
    check("in seconds, not minutes", took < 20, took)
    bed.server.process.send_signal(signal.SIGTERM)
    bed.server.process.wait()
    with open(bed.path("serveur/counts.json"), encoding="ascii") as file:
        opened = json.load(file)["connections"]
    check("it does not run against a shut door", opened <= 30, opened)


run((automatic, too_many_connections))
