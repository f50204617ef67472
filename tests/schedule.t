#!/usr/bin/python3
"""Schedules written by an independent library are read, and what schedule_write makes of them is judged by it again."""
import os, random, subprocess, sys
from datetime import date, datetime, timedelta, timezone

try:
    import icalendar
except ImportError:
    print("1..0 # skip python3-icalendar is not installed")
    sys.exit(0)

TOOL = os.path.join(os.environ.get("BUILD", "build"), "tests", "tool_schedule")
AUDIENCES = ["relays", "informed", "informed-only", "selected", "selected-unanswered", "answered"]
WORDS = ["Enquête", "à", "quatorze", "jours,", "l'échéance;", "c:\\rép", "« rappel »", "€", "😀😀", "œuvre", "a" * 90, "(dernier)"]
count = failed = 0
random.seed(75)


def ok(label, good, *why):
    global count, failed
    count += 1
    failed += not good
    print("%sok %d - %s" % ("" if good else "not ", count, label))
    if not good:
        for line in why:
            print("# %s" % (line,))


def rewrite(source):
    run = subprocess.run([TOOL], input=source, capture_output=True)
    return run.stdout, run.stderr.decode("utf-8", "replace").strip()


def text():
    """At most 199 octets, not blank at its edges."""
    words = " ".join(random.choice(WORDS) for _ in range(random.randrange(1, 9)))
    while len(words.encode()) > 199:
        words = words[:-1]
    return words.strip()


def facts(todo):
    alarms = []
    for alarm in todo.walk("VALARM"):
        trigger = alarm["TRIGGER"]
        alarms.append((str(alarm["UID"]), str(alarm["ACTION"]), trigger.dt, trigger.params.get("RELATED"), str(alarm["SUMMARY"]),
                       str(alarm["ATTENDEE"]), alarm["ATTENDEE"].params.get("CUTYPE"), str(alarm["ATTACH"]),
                       alarm["ATTACH"].params.get("FMTTYPE"), str(alarm.get("X-RELAIS-UNCERTAIN", ""))))
    return (str(todo["UID"]), str(todo.get("SUMMARY", "")), todo["DUE"].dt, todo["DUE"].params.get("VALUE"),
            int(todo["SEQUENCE"]), str(todo["X-RELAIS-SEND-AT"]), str(todo["X-RELAIS-WINDOW"]).replace("\\,", ","),
            str(todo["X-RELAIS-LATE"]), alarms)


def campaign(number):
    calendar = icalendar.Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//Essai//FR")
    todo = icalendar.Todo()
    todo.add("UID", "essai-%d@amf.example" % number)
    todo.add("DTSTAMP", datetime(2025, 12, 1, 8, 0, tzinfo=timezone.utc))
    todo.add("SEQUENCE", number)
    todo.add("SUMMARY", text())
    todo.add("DUE", date(2025, 1, 1) + timedelta(days=random.randrange(5000)))
    todo.add("X-RELAIS-SEND-AT", "%02d:%02d" % (random.randrange(9, 17), random.randrange(60)))
    todo.add("X-RELAIS-WINDOW", random.choice(["MO-FR 08:30-17:30", "MO,WE 09:00-18:00", "TU-TH,SA 00:00-24:00"]))
    todo.add("X-RELAIS-LATE", "P%dD" % random.randrange(10))
    for wave in range(random.randrange(1, 12)):
        alarm = icalendar.Alarm()
        alarm.add("UID", "vague-%d" % wave)
        alarm.add("ACTION", "EMAIL")
        if random.random() < 0.5:
            alarm.add("TRIGGER", timedelta(days=-random.randrange(1, 400)), parameters={"RELATED": "END"})
        else:
            alarm.add("TRIGGER", datetime(2025, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=random.randrange(10 ** 8)),
                      parameters={"VALUE": "DATE-TIME"})
        alarm.add("SUMMARY", text())
        alarm.add("DESCRIPTION", "Un message")
        alarm.add("ATTENDEE", "urn:relais:" + random.choice(AUDIENCES), parameters={"CUTYPE": "GROUP"})
        alarm.add("ATTACH", "vague-%d.md" % wave, parameters={"FMTTYPE": "text/markdown"})
        uncertain = random.choice(["", "hold", "resend"])
        if uncertain:
            alarm.add("X-RELAIS-UNCERTAIN", uncertain)
        todo.add_component(alarm)
    calendar.add_component(todo)
    return calendar


def judge(label, source):
    written, complaint = rewrite(source)
    if not written:
        return ok(label, False, complaint)
    before = icalendar.Calendar.from_ical(source).walk("VTODO")[0]
    calendar = icalendar.Calendar.from_ical(written)
    after = calendar.walk("VTODO")[0]
    lines = written.split(b"\r\n")
    ok(label + ": the same campaign", facts(before) == facts(after), facts(before), facts(after))
    ok(label + ": CRLF, 75 octets, whole characters",
       written.endswith(b"\r\n") and b"\n" not in b"".join(lines) and all(len(l) <= 75 and l.decode() is not None for l in lines))
    errors = [c.errors for c in calendar.walk() if getattr(c, "errors", None)]
    ok(label + ": nothing the judge complains of", not errors and str(calendar["VERSION"]) == "2.0" and calendar["PRODID"]
       and after["DTSTAMP"].dt == datetime(2025, 12, 1, 8, 0, tzinfo=timezone.utc), errors)


judge("asco-2025.ics", open("schedules/examples/asco-2025.ics", "rb").read())
for number in range(40):
    judge("campaign %d" % number, campaign(number).to_ical())
print("1..%d" % count)
sys.exit(failed > 0)
