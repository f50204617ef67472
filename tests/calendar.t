#!/usr/bin/python3
"""The calendar out, judged by libraries that calendar programs are built on: python3-icalendar, python3-vobject and, where it is
installed, ical.js. All read the same texts and the same days, whatever characters are in them."""
import datetime
import json
import os
import random
import subprocess
import sys

try:
    import icalendar
    import vobject
except ImportError:
    print("1..0 # skip python3-icalendar or python3-vobject is not installed")
    sys.exit(0)

import plan_bed as bed_module
from plan_bed import Bed, absolute, calendar, check, relative, same, skip, story

TOOL = os.path.join(os.environ.get("BUILD", "build"), "tests", "tool_calendar")
EPOCH = datetime.date(1970, 1, 1)
# No backslash before n ; , or another one in these: icalendar 4 undoes escapes in turn and not at once, and loses it.
# vobject and ical.js judge it alone, below.
NASTY = ["Enquête", "à", "l'échéance;", "un, deux", "c:\\rép\\été", "« œuf »", "😀🏛️", "\n", "a" * 90, "é" * 60, "BEGIN:VEVENT", ":", "\"x\"", "=?utf-8?", "\t"]
JUDGE_JS = """
const ICAL = require('ical.js'), c = new ICAL.Component(ICAL.parse(require('fs').readFileSync(0, 'utf8')));
console.log(JSON.stringify(c.getAllSubcomponents('vevent').map(v => ['uid', 'sequence', 'dtstart', 'dtend', 'summary', 'description', 'status']
    .map(n => { const p = v.getFirstPropertyValue(n); return p === null ? '' : String(p); }))));
"""


def by_icalendar(text):
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return [[str(one.get(key, "")) for key in ("UID", "SEQUENCE")] + [str(one[key].dt) for key in ("DTSTART", "DTEND")] +
            [str(one.get(key, "")) for key in ("SUMMARY", "DESCRIPTION", "STATUS")] for one in events]


def by_vobject(text):
    events = vobject.readOne(text.decode()).vevent_list
    return [[one.uid.value, one.sequence.value, str(one.dtstart.value), str(one.dtend.value), one.summary.value,
             one.description.value if hasattr(one, "description") else "", one.status.value] for one in events]


def by_ical_js(text):
    done = subprocess.run(["node", "-e", JUDGE_JS], input=text, capture_output=True)
    return json.loads(done.stdout)


def has_ical_js():
    try:
        return subprocess.run(["node", "-e", "require('ical.js')"], capture_output=True).returncode == 0
    except OSError:
        return False


JUDGES = [by_icalendar, by_vobject] + ([by_ical_js] if has_ical_js() else [])


def judge(label, text, want=None):
    """What all judges read, which must be one thing; and the lines' form."""
    lines = text.split(b"\r\n")
    check(f"{label}: CRLF, 75 octets, whole characters", text.endswith(b"\r\n") and b"\n" not in b"".join(lines) and
          all(len(line) <= 75 and line.decode() is not None for line in lines))
    read = [one(text) for one in JUDGES]
    for other, name in zip(read[1:], ("vobject", "ical.js")):
        same(f"{label}: {name} reads what icalendar reads", other, read[0])
    if want is not None:
        same(f"{label}: that is what was written", read[0], want)
    return read[0]


def texts():
    if len(JUDGES) < 3:
        skip("ical.js", "it is not installed (npm install ical.js, and NODE_PATH)")
    random.seed(4)
    for number in range(30):
        title, summary, description = ("".join(random.choice(NASTY) for _ in range(random.randrange(1, 8))) for _ in range(3))
        title = title.replace("\n", " ")
        day = random.randrange(19000, 25000)
        words = [TOOL, "id;x@amf.example", title, str(number), "1765787400000", "ASCO – « AMF », \"x\"; y", "relais@amf.example",
                 str(day), "https://exemple.fr/e?a=1,2;b" if number % 2 else "", summary, description]
        text = subprocess.run(words, capture_output=True, check=True).stdout
        clean = [one.replace("\t", "") for one in (summary, description)]
        judge(f"texts {number}", text, [["vague-essai-id;x@amf.example", str(number), str(EPOCH + datetime.timedelta(day)),
                                         str(EPOCH + datetime.timedelta(day + 1)), *clean, "CONFIRMED"]])
    words[9:11] = ["c:\\net; a\\;b\\,c", "\\n\\N\n\\\\"]
    text = subprocess.run(words, capture_output=True, check=True).stdout
    for other in JUDGES[1:]:
        same(f"{other.__name__}: a backslash before what it escapes", other(text)[0][4:6], words[9:11])
    one = subprocess.run(words[:9], capture_output=True, check=True).stdout
    same("the deadline of a message: the same source, the same bytes", subprocess.run(words[:9], capture_output=True, check=True).stdout, one)
    judge("the deadline of a message", one)
    whole = icalendar.Calendar.from_ical(one)
    same("… is published, by the sender, and asks nobody to come", (str(whole["METHOD"]), str(whole.walk("VEVENT")[0]["ORGANIZER"]),
         "ATTENDEE" in whole.walk("VEVENT")[0]), ("PUBLISH", "mailto:relais@amf.example", False))


def plan():
    departments, names = bed_module.communes()
    bed = Bed("plan", calendar([absolute("information", "20251208", title="Information\\, à tous \\; 😀"), relative("rappel-j7", 7, title="À sept jours \\\\o/"),
                                relative("dernier-jour", 0, "dernier-jour.md")], title="Enquête « ASCO »\\, 2025 \\; suite"), "2025-12-15T10:00:00+01:00", names)
    bed.people(departments["29"][:3])
    bed("start", "c", "--yes")
    bed.send() # the information is too late by then, and skipped
    first = judge("relais calendar", bed("calendar", "c").stdout.replace("\n", "\r\n").encode())
    same("one event a wave, and the deadline", [(one[0], one[2], one[3], one[4], one[6]) for one in first], [
        ("vague-information-essai@amf.example", "2025-12-08", "2025-12-09", "Enquête « ASCO », 2025 ; suite : Information, à tous ; 😀", "CANCELLED"),
        ("vague-rappel-j7-essai@amf.example", "2026-01-16", "2026-01-17", "Enquête « ASCO », 2025 ; suite : À sept jours \\o/", "CONFIRMED"),
        ("vague-dernier-jour-essai@amf.example", "2026-01-23", "2026-01-24", "Enquête « ASCO », 2025 ; suite : dernier-jour", "CONFIRMED"),
        ("echeance-essai@amf.example", "2026-01-23", "2026-01-24", "Dernier jour pour répondre : Enquête « ASCO », 2025 ; suite", "CONFIRMED")])
    check("lines of a description stay lines", "\nPublic : sélectionnées sans réponse\nModèle : rappel-j7.md" in first[1][5] and "974" in first[1][5], first[1][5])
    bed("extend", "c", "2026-01-30")
    bed("calendar", "c", "--output", bed.path("plan.ics"))
    with open(bed.path("plan.ics"), "rb") as file:
        second = judge("after an extension", file.read())
    same("the same UIDs", [one[0] for one in second], [one[0] for one in first])
    same("a higher SEQUENCE", ({one[1] for one in first}, {one[1] for one in second}), ({"1"}, {"2"}))
    same("the new days", [one[2] for one in second[1:]], ["2026-01-23", "2026-01-30", "2026-01-30"])
    same("unknown campaign", bed("calendar", "rien", want=(2,)).stdout, "")


story(texts, plan)
