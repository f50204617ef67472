#!/usr/bin/env python3
"""Asked to stop while dots are unanswered: those that are answered within 29 s are waited for and recorded, the others are in
doubt, and listed, and no others. DRAIN=full waits the 29 s out; the short form lets a steady clock take a step (libfaketime)."""
import json
import os
import signal
import socket
import time

from fake_clock import LIBRARIES, FakeClock
from send_bed import ARMED, Bed, IN_DOUBT, METRO, READY, SENT, absolute, address, check, plain, run, same, scripted, until
from tap import skip

MUTE = 3
FULL = os.environ.get("DRAIN") == "full"


def armed(bed):
    return list(bed.states().values()).count(ARMED)


def ends(label, process, least_s, most_s, begun):
    """Exit 0, in time."""
    try:
        status = process.wait(most_s + 30)
    except Exception as slow:  # pylint: disable=broad-except
        status = slow
    took = time.monotonic() - begun
    same(f"{label}: exit 0", status, 0)
    check(f"{label}: in time", least_s <= took <= most_s, took)


def counted(label, bed, in_doubt=()):
    """What the server answered is sent; in doubt is who was not answered; the others wait; nobody has it twice."""
    states = bed.states()
    to = bed.server.to()
    same(f"{label}: the server has each once", len(to), len(set(to)))
    same(f"{label}: what it answered is recorded", {code for code, state in states.items() if state == SENT}, {code for code in states if address(code) in to})
    same(f"{label}: in doubt are those without an answer", {code for code, state in states.items() if state == IN_DOUBT}, set(in_doubt))
    check(f"{label}: the others are ready", set(states.values()) <= {SENT, READY, IN_DOUBT} and READY in states.values(), states)
    listed = {one["party"] for one in json.loads(bed("doubts", "c", "--format", "json").stdout)["doubts"]}
    same(f"{label}: listed", listed, set(in_doubt))


# -- the stories ------------------------------------------------------------------------------------------------
def answered_late():
    """Eight dots whose answers take two seconds: SIGTERM to the sender, then SIGINT to a daemon and its roles, as a terminal does."""
    for label, words, number in (("sender", ("send",), signal.SIGTERM), ("daemon", ("daemon",), signal.SIGINT)):
        bed = Bed("late-" + label, [absolute("vague", "20251215")], plain(METRO[:22]), server=("--delay-dot-ms", "2000"), smtp="connections = 8")
        process = bed.begin(*words)
        check(f"{label}: eight dots are out", until(lambda: armed(bed) == 8), bed.states())
        begun = time.monotonic()
        os.killpg(process.pid, number)
        ends(f"{label}, answers after two seconds", process, 0.5, 6, begun)
        counted(label, bed)
        before = len(bed.server.accepted())
        check(f"{label}: the eight were waited for", before >= 8, before)
        bed.send()
        same(f"{label}: the next run sends the others, once each", bed.server.to(), sorted(map(address, METRO[:22])))


def never_answered():
    """Three dots are never answered. More signals make the wait neither shorter nor longer."""
    if not FULL and not LIBRARIES:
        return skip("dots that are never answered", "libfaketime is not installed (apt-get install faketime)")
    codes = METRO[:60]
    people = {**plain(codes[MUTE:]), **{code: f"{code}@muet.example" for code in codes[:MUTE]}}
    bed = Bed("never", [absolute("vague", "20251215")], people, server=scripted("DOT /muet/ silence") + ("--delay-dot-ms", "40"), smtp="connections = 8\nrate = 1200")
    clock = FakeClock(bed.path("heure"), "2025-12-15T10:00:00+01:00", steady=True)
    sender = bed.begin("send", **({} if FULL else {"env": clock.environment()}))
    check("three dots stay unanswered", until(lambda: {bed.states().get(code) for code in codes[:MUTE]} == {ARMED}, 20), bed.states())
    begun = time.monotonic()
    sender.send_signal(signal.SIGTERM)
    check("the others end", until(lambda: armed(bed) == MUTE, 5), bed.states())
    for again in (signal.SIGTERM, signal.SIGINT):
        sender.send_signal(again)
        time.sleep(0.3)
        same(f"{again.name} again: it still waits", sender.poll(), None)
    if FULL:
        ends("within 30 s", sender, 28.5, 30, begun)
    else:
        clock.step(28 - (time.monotonic() - begun))
        time.sleep(0.6)
        same("after 28 s it still waits", sender.poll(), None)
        ended = time.monotonic()
        clock.step(1)
        ends("after 29 s it ends", sender, 0, 1.5, ended)
    counted("never answered", bed, codes[:MUTE])
    said = bed("history", codes[0]).stdout
    check("the history says why", "arrêt" in said, said)
    bed.send("2025-12-15T12:00:00+01:00", want=(0, 1))
    same("the next run sends the others once each, and what is in doubt not again", bed.server.to(), sorted(map(address, codes[MUTE:])))
    same("which stays so", {bed.states()[code] for code in codes[:MUTE]}, {IN_DOUBT})


def never_greeted():
    """A server that takes connections and says nothing holds nobody up: nothing of any message has left."""
    codes = METRO[:20]
    with socket.create_server(("127.0.0.1", 0)) as mute:
        bed = Bed("mute", [absolute("vague", "20251215")], plain(codes), smtp="connections = 4")
        bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{mute.getsockname()[1]}")
        sender = bed.begin("send")
        check("mute: deliveries are under way", until(lambda: bed.rows("SELECT COUNT(*) FROM delivery WHERE state = 1")[0][0] > 0), bed.states())
        begun = time.monotonic()
        sender.send_signal(signal.SIGTERM)
        ends("mute", sender, 0, 5, begun)
    same("mute: all wait", set(bed.states().values()), {READY})
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{bed.server.port}")
    bed.send()
    same("mute: the next run sends them, once each", bed.server.to(), sorted(map(address, codes)))


run((answered_late, never_answered, never_greeted))
