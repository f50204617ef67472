#!/usr/bin/env python3
"""Local times of every department's zone, judged by Python's zoneinfo over the same tzdata (RFC 5545 3.3.5 for gaps and overlaps)."""
import os, random, subprocess, sys
from datetime import datetime, timedelta, timezone

try:
    import zoneinfo
    zoneinfo.reset_tzpath(["/usr/share/zoneinfo"])
    zoneinfo.ZoneInfo("Europe/Paris")
except Exception as why:
    print("1..0 # skip python's zoneinfo cannot judge here: %s" % why)
    sys.exit(0)

TOOL = os.path.join(os.environ.get("BUILD", "build"), "tests", "tool_zones")
EPOCH = datetime(1970, 1, 1)
count = failed = 0


def ok(label, differences, total):
    global count, failed
    count += 1
    good = not differences and total > 0
    failed += not good
    print("%sok %d - %s (%d cases)" % ("" if good else "not ", count, label, total))
    for difference in differences[:10]:
        print("# %s" % (difference,))


def ask(questions):
    run = subprocess.run([TOOL], input="".join(q + "\n" for q in questions), capture_output=True, text=True)
    if run.returncode:
        print("# tool_zones ended with %d: %s" % (run.returncode, run.stderr))
    return run.stdout.splitlines()


def compare(label, questions, wanted):
    got = ask(questions)
    got += ["(no answer)"] * (len(wanted) - len(got))
    ok(label, [(q, "got", g, "want", w) for q, g, w in zip(questions, got, wanted) if g != w], len(wanted))


def utc(seconds):
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)


def offset_minutes(zone, seconds):
    return int(utc(seconds).astimezone(zone).utcoffset().total_seconds() // 60)


def local(zone, seconds):
    wall = utc(seconds).astimezone(zone).replace(tzinfo=None) - EPOCH
    return "%d %d" % (wall.days, wall.seconds // 60)


def instant(zone, day, minute):
    """fold=0 is RFC 5545: of an overlap the first, in a gap the offset before it."""
    wall = EPOCH + timedelta(days=day, minutes=minute)
    return str(round((wall.replace(tzinfo=zone, fold=0) - utc(0)).total_seconds()))


def seconds(year, month=1, day=1):
    return int((datetime(year, month, day) - EPOCH).total_seconds())


def transitions(zone, first, last):
    """Each second at which the offset changes, found by halving days."""
    found = []
    for day in range(seconds(first), seconds(last), 86400):
        low, high = day, day + 86400
        if utc(low).astimezone(zone).utcoffset() == utc(high).astimezone(zone).utcoffset():
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if utc(middle).astimezone(zone).utcoffset() == utc(low).astimezone(zone).utcoffset():
                low = middle
            else:
                high = middle
        found.append(high)
    return found


departments = [line.split(" ") for line in ask(["zones"])]
WANTED = {"29": "Europe/Paris", "2A": "Europe/Paris", "": "Europe/Paris", "971": "America/Guadeloupe", "972": "America/Martinique",
          "973": "America/Cayenne", "974": "Indian/Reunion", "975": "America/Miquelon", "976": "Indian/Mayotte",
          "977": "America/St_Barthelemy", "978": "America/Marigot", "986": "Pacific/Wallis", "987": "Pacific/Tahiti",
          "988": "Pacific/Noumea"}
ok("zones of departments", [(d, z) for d, z in departments if WANTED.get(d) != z], len(departments))
names = sorted({zone for _, zone in departments})
names += ["Europe/Dublin", "Australia/Lord_Howe", "America/New_York", "Asia/Kathmandu", "America/Sao_Paulo"]
random.seed(20260130)

for name in names:
    zone = zoneinfo.ZoneInfo(name)
    changes = transitions(zone, 2024, 2038)
    if name in ("Europe/Paris", "America/Miquelon"):
        ok("%s changes its clocks twice a year" % name, [] if len(changes) == 28 else [len(changes)], len(changes))
    questions, wanted = [], []
    for change in changes:
        for at in range(change - 4 * 3600, change + 4 * 3600, 900):
            questions += ["offset %s %d" % (name, at), "local %s %d" % (name, at)]
            wanted += [str(offset_minutes(zone, at)), local(zone, at)]
        for edge in (-1, 0, 1):
            questions.append("offset %s %d" % (name, change + edge))
            wanted.append(str(offset_minutes(zone, change + edge)))
        night = (change + 12 * 3600) // 86400
        for day in (night - 1, night, night + 1):
            for minute in range(0, 1440, 15):
                questions.append("instant %s %d %d" % (name, day, minute))
                wanted.append(instant(zone, day, minute))
    if changes:
        compare("%s, every DST night 2024-2037, every quarter of an hour" % name, questions, wanted)
    questions, wanted = [], []
    for at in [random.randrange(seconds(1970), seconds(2120)) for _ in range(1500)]:
        day, minute = at // 86400, at % 86400 // 60
        questions += ["offset %s %d" % (name, at), "local %s %d" % (name, at), "instant %s %d %d" % (name, day, minute)]
        wanted += [str(offset_minutes(zone, at)), local(zone, at), instant(zone, day, minute)]
    compare("%s, random instants 1970-2120" % name, questions, wanted)

print("1..%d" % count)
sys.exit(failed > 0)
