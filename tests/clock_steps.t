#!/usr/bin/env python3
"""A running daemon whose machine's clock is set to and fro (libfaketime): an hour back, a day on, over the nights on which summer
time begins and ends, over the deadline. Nothing twice, nothing outside the windows or behind the deadline by the clock as it was
shown, nobody forgotten, no haste, no line kept or cut by a time-out that went by the wrong clock, no loop that spins."""
import concurrent.futures
import datetime
import os
import signal
import time
import zoneinfo

from fake_clock import LIBRARIES, FakeClock, instant
from send_bed import ARMED, Bed, IN_DOUBT, METRO, SENT, SKIPPED, absolute, address, check, plain, run, scripted, until
from tap import SANITIZED, skip_all

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
SLACK_S = 0.5  # a dot that left just before the clock was set
BUSY = 0.35 if not SANITIZED else 0.9  # of a processor, idle: a look at the clock opens libfaketime's file each time


def children(parent):
    with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def spent_s(pids):
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            ticks += sum(int(field) for field in file.read().rpartition(")")[2].split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


class Case:
    """A bed whose daemon runs under a clock of its own. What it finds is told at the end, for the cases run side by side."""

    def __init__(self, name, shows, people, waves=None, **more):
        self.name, self.found = name, []
        self.bed = Bed(name, waves or [absolute("vague", shows[:10].replace("-", ""))], people, clock=shows, **more)
        self.clock = FakeClock(self.bed.path("heure"), shows)
        self.daemon = None

    def check(self, label, good, *details):
        self.found.append((f"{self.name}: {label}", good, details))

    def begin(self, shows):
        self.clock.set(shows)
        self.daemon = self.bed.begin("daemon", clock=False, env=self.clock.environment(), log="journal.log")

    def accepted(self):
        return len(self.bed.server.accepted())

    def reaches(self, count, seconds=20):
        self.check(f"{count} have gone", until(lambda: self.accepted() >= count, seconds), self.accepted(), self.bed.states(), self.log())

    def rests(self, label, seconds=1.5):
        """Nothing goes out, and nobody spins."""
        time.sleep(SLACK_S)
        roles, before = children(self.daemon.pid), self.accepted()
        spent, begun = spent_s(roles), time.monotonic()
        time.sleep(seconds)
        busy = (spent_s(roles) - spent) / (time.monotonic() - begun)
        self.check(f"{label}: nothing goes out", self.accepted() == before, before, self.accepted())
        self.check(f"{label}: it rests", roles == children(self.daemon.pid) and busy < BUSY, roles, children(self.daemon.pid), busy)

    def log(self):
        with open(self.bed.path("journal.log"), encoding="utf-8") as file:
            return file.read()

    def ends(self, opens="08:30", closes="17:30", pace_s=None):
        """The daemon ends; then what must hold whatever the clock did."""
        self.daemon.send_signal(signal.SIGTERM)
        self.check("SIGTERM: exit 0", self.daemon.wait(35) == 0, self.daemon.returncode, self.log())
        accepted = self.bed.server.accepted()
        to = [one["rcpt"] for one in accepted]
        self.check("nothing twice", len(to) == len(set(to)), sorted(to))
        outside = [shown for shown in ([datetime.datetime.fromtimestamp(at, PARIS) for at in self.clock.shown(one["dot_s"], SLACK_S)] for one in accepted)
                   if not any(at.weekday() < 5 and opens <= at.strftime("%H:%M") < closes for at in shown)]
        self.check("nothing outside the windows", not outside, outside)
        states = list(self.bed.states().values())
        self.check("what is counted is what the server has", states.count(SENT) == len(to), states, len(to))
        if pace_s:
            at = sorted(one["dot_s"] for one in accepted)
            most = max(sum(begun <= other < begun + 1 for other in at) for begun in at)
            # A quarter of a second's worth may be made up for, and a busy server notes late what came apart.
            self.check("in no second twice the rate", most < 2 * pace_s, most)


# -- the cases ----------------------------------------------------------------------------------------------------
def to_and_fro():
    case = Case("to and fro", "2025-12-15T10:45:00+01:00", plain(METRO[:60]), smtp="connections = 2\nrate = 480")

    def play():
        case.begin("2025-12-15T10:45:00+01:00")
        case.reaches(8)
        case.clock.step(-3600)
        case.reaches(16)
        case.clock.step(86400)
        case.reaches(28)
        case.clock.set("2025-12-16T20:00:00+01:00")
        case.rests("an evening")
        case.check("… with some left", case.accepted() < 60, case.accepted())
        case.clock.set("2025-12-17T08:29:58+01:00")
        case.reaches(60)
        case.clock.step(-86400)
        case.rests("everybody has had it, a day back")
        case.ends(pace_s=8)
        case.check("everybody", case.bed.server.to() == sorted(map(address, METRO[:60])))
        case.check("nothing said of an error", "error" not in case.log(), case.log())
        case.bed.send("2025-12-15T11:00:00+01:00")
        case.check("and a new sender on the old day sends none again", case.accepted() == 60)
    return case, play


def night(name, friday, sunday, naive, monday):
    """Left over at Friday's close; Sunday's change itself; Monday when a clock that missed the change would open; Monday's opening."""
    case = Case(name, friday, plain(METRO[:24]), waves=[absolute("vague", friday[:10].replace("-", ""))], due="20260410", smtp="connections = 2\nrate = 240")

    def play():
        case.begin(friday)
        time.sleep(2)
        case.rests("Friday's close")
        left = 24 - case.accepted()
        case.check("some went, some are left", 0 < left < 24, left)
        case.clock.set(sunday)
        case.rests("the change", 2.5)
        case.clock.set(naive)
        case.rests("an hour off Monday's opening", 2.5)
        case.clock.set(monday)
        opens = time.monotonic() + 1.5
        case.reaches(24)
        case.ends(pace_s=4)
        first = sorted(one["dot_s"] for one in case.bed.server.accepted())[24 - left]
        case.check("Monday's first within a second of the opening", first - opens < 1.5, first - opens)
    return case, play


def ticks_over():
    """The deadline comes while messages go out, in an open window; then the clock is set back before it."""
    case = Case("the deadline comes", "2025-12-15T23:59:57+01:00", plain(METRO[:40]), due="20251215", window="MO-FR 00:00-24:00",
                smtp="connections = 2\nrate = 240")

    def play():
        case.begin("2025-12-15T23:59:57+01:00")
        case.check("what is left is skipped", until(lambda: set(case.bed.states().values()) == {SENT, SKIPPED}, 20), case.bed.states(), case.log())
        case.check("for the deadline", set(case.bed.reasons("vague").values()) == {"", "deadline"}, case.bed.reasons("vague"))
        went = case.accepted()
        case.check("it came in the middle", 4 <= went < 40, went)
        case.clock.step(-3600)
        case.rests("an hour back, before the deadline again")
        case.ends("00:00", "24:00", pace_s=4)
        late = [one for one in case.bed.server.accepted() if case.clock.shown(one["dot_s"])[0] >= instant("2025-12-16T00:00:00+01:00")]
        case.check("no dot behind it", not late, late)
        case.check("skipped is skipped", case.accepted() == went)
    return case, play


def stepped_over():
    """A day on, over the deadline, into an open window, while four dots are unanswered: these are waited for, and are the last."""
    case = Case("over the deadline", "2025-12-15T10:00:00+01:00", plain(METRO[:20]), due="20251215", server=("--delay-dot-ms", "1500"))

    def play():
        case.begin("2025-12-15T10:00:00+01:00")
        case.check("four are armed", until(lambda: list(case.bed.states().values()).count(ARMED) == 4, 20), case.bed.states())
        case.clock.step(86400)
        set_at = time.monotonic()
        case.check("they are recorded sent, the others skipped", until(lambda: sorted(case.bed.states().values()) == [SENT] * 4 + [SKIPPED] * 16, 10),
                   case.bed.states(), case.log())
        case.ends()
        case.check("no dot after", max(one["dot_s"] for one in case.bed.server.accepted()) < set_at + SLACK_S)
    return case, play


def timeouts():
    """Dots answered after 1.2 s, one never, and a time-out of 4 s: by the steady clock, whatever the other one shows."""
    codes = METRO[:6]
    people = {**plain(codes[1:]), codes[0]: "a@muet.example"}
    case = Case("time-outs", "2025-12-15T10:00:00+01:00", people, server=("--delay-dot-ms", "1200", *scripted("DOT /muet/ silence")), smtp="dot_timeout = 4s")

    def play():
        case.begin("2025-12-15T10:00:00+01:00")
        armed = lambda: list(case.bed.states().values()).count(ARMED)
        case.check("four are armed", until(lambda: armed() == 4, 20), case.bed.states())
        begun = time.monotonic()
        case.clock.step(3600)
        case.check("an hour on: they are not given up", until(lambda: list(case.bed.states().values()).count(SENT) == 5, 10)
                   and set(case.bed.states().values()) <= {SENT, ARMED}, case.bed.states())
        case.clock.step(-7200)
        doubted = until(lambda: case.bed.states()[codes[0]] == IN_DOUBT, 10)
        took = time.monotonic() - begun
        case.check("two hours back: the silent one in its time, in doubt", doubted and 3.5 < took < 4 + 5, took, case.bed.states())
        case.daemon.send_signal(signal.SIGTERM)
        case.check("SIGTERM: exit 0", case.daemon.wait(35) == 0, case.log())
    return case, play


def relay_rests():
    """A relay that rests two minutes, and an hour back meanwhile: the rest does not become an hour longer."""
    case = Case("a rest", "2025-12-15T10:30:00+01:00", plain(METRO[:5]), smtp="connections = 1",
                server=scripted("CONNECT x1 /.*/ 554 5.3.2 No service here"))

    def play():
        port = case.bed.server.port
        case.bed.configure("[smtp]\nurl = smtp://127.0.0.1:1")
        case.bed.send("2025-12-15T09:31:00+01:00", want=(2,))  # planned, and due from then on
        case.bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{port}")
        case.begin("2025-12-15T10:40:00+01:00")
        case.check("the relay rests", until(lambda: "relay smtp" in case.log(), 10), case.log())
        case.clock.step(-3600)
        case.rests("a rest is kept", 0.5)
        case.clock.step(160)
        case.reaches(5, 10)
        case.ends()
    return case, play


def side_by_side():
    cases = [to_and_fro(), ticks_over(), stepped_over(), timeouts(), relay_rests(),
             night("winter time begins", "2025-10-24T17:29:58+02:00", "2025-10-26T02:59:59+02:00", "2025-10-27T07:29:59+01:00", "2025-10-27T08:29:58.5+01:00"),
             night("summer time begins", "2026-03-27T17:29:58+01:00", "2026-03-29T01:59:59+01:00", "2026-03-30T07:29:59+02:00", "2026-03-30T08:29:58.5+02:00")]
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        plays = [pool.submit(play) for _, play in cases]
    for (case, _), play in zip(cases, plays):
        for label, good, details in case.found:
            check(label, good, *details)
        check(f"{case.name}: played to its end", play.exception() is None, repr(play.exception()))
        case.bed.equation()


if not LIBRARIES:
    skip_all("libfaketime is not installed (apt-get install faketime)")
run([side_by_side])
