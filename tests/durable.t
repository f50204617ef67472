#!/usr/bin/env python3
"""[store] durability: when a final dot leaves, what says that its message was armed is on the disk (full), or at least its lease is (hybrid).
The system calls of a run are the judge: of each message the dot on the wire, and before it a synchronisation of the store that began
after its turn was written and had returned."""
import os
import re
import shutil
import subprocess

from send_bed import ALL, Bed, absolute, address, check, plain, run, same

LEASE_ROOM = 200 # mailer/role_send_turn.h
CALLS = "trace=pwrite64,write,fdatasync,fsync,sendto,openat,close"
WIRE = re.compile(r"Message-ID: <[^.>]*\.([a-z2-7]{26})@|((?:\\r\\n|, \")\.\\r\\n)")
LINE = re.compile(r"^(\d+) +(\w+)\((\d+)(?:<([^>]*)>)?(.*)$", re.S)


class Run:
    """What the system calls of one run say, in their order."""

    def __init__(self, path):
        self.store, self.journal = [], []   # [began, returned] of each synchronisation, by place in the file
        self.told, self.dots, self.bodies, self.turns = {}, {}, {}, []
        under_way = {}
        with open(path, encoding="utf-8", errors="replace") as file:
            for at, line in enumerate(file):
                resumed = re.match(r"^(\d+) +<\.\.\. (\w+) resumed>", line)
                if resumed:
                    if resumed[1] in under_way and resumed[2] in ("fdatasync", "fsync"):
                        under_way.pop(resumed[1])[1] = at
                    continue
                found = LINE.match(line)
                if found:
                    self.call(at, found, "<unfinished ...>" in line, under_way)

    def call(self, at, found, unfinished, under_way):
        thread, name, _, path, rest = found.groups()
        path = path or ""
        if name in ("fdatasync", "fsync") and path.endswith(("-wal", "-send-journal")):
            one = [at, None if unfinished else at]
            (self.store if path.endswith("-wal") else self.journal).append(one)
            if unfinished:
                under_way[thread] = one
        elif name == "write" and path.endswith("-send-journal"):
            self.turns.append(at)
            for dispatch in re.findall(r"A (\d+) ", rest):
                self.told[int(dispatch)] = at
        elif name == "sendto":
            # Body, dot and the next transaction in one call, or in several: a dot is that of the last Message-ID on its line.
            line = found[3]
            for token, _ in WIRE.findall(rest):
                if token:
                    self.bodies[line] = token
                elif line in self.bodies:
                    self.dots.setdefault(self.bodies.pop(line), at)


def tried(name, durability, codes):
    bed = Bed(name, [absolute("vague", "20251215")], plain(codes), smtp="connections = 8")
    bed.configure(f"[store]\ndurability = {durability}")
    trace = bed.path("appels")
    done = subprocess.run(["strace", "-f", "-y", "-s", "20000", "-e", CALLS, "-o", trace, *bed.command("send", "--until-idle")],
                          capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    check(f"{durability}: the run ends well", done.returncode == 0, done.stdout[-300:], done.stderr[-300:])
    same(f"{durability}: everybody has one", bed.server.to(), sorted(map(address, codes)))
    seen = Run(trace)
    tokens = dict(bed.rows("SELECT token, id FROM dispatch"))
    same(f"{durability}: each dot was seen on the wire, and each arm in the journal", (set(seen.dots), set(seen.told)), (set(tokens), set(tokens.values())))
    return bed, seen, tokens


def between(syncs, after, before):
    return any(began > after and returned is not None and returned < before for began, returned in syncs)


def full():
    codes = ALL["29"][:150]
    _, seen, tokens = tried("full", "full", codes)
    late = [token for token, dispatch in tokens.items() if not between(seen.store, seen.told[dispatch], seen.dots[token])]
    same("full: before each dot its turn was on the disk, the store's log", late, [])
    # The journal follows one turn behind (mailer/role_send_sync.c).
    before = {at: max((turn for turn in seen.turns if turn < at), default=None) for at in seen.told.values()}
    late = [token for token, dispatch in tokens.items() if before[seen.told[dispatch]] is None
            or not between(seen.journal, before[seen.told[dispatch]], seen.dots[token])]
    same("… and the journal, up to the turn before", late, [])
    check("… and turns share it", len(seen.store) < len(codes), len(seen.store), len(codes))


def hybrid():
    codes = ALL["29"][:277]
    _, seen, _ = tried("hybrid", "hybrid", codes)
    early = [number for number, at in enumerate(sorted(seen.dots.values()))
             if number >= LEASE_ROOM * sum(returned is not None and returned < at for _, returned in seen.store)]
    same("hybrid: never more dots than the leases hold that are on the disk", early, [])
    check("… and turns do not wait for it", len(seen.store) < len(seen.turns) / 2, len(seen.store), len(seen.turns))


if shutil.which("strace") and not subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False, capture_output=True).returncode:
    run((full, hybrid))
else:
    print("1..0 # SKIP strace is not installed, or may not trace here")
