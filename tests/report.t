#!/usr/bin/env python3
"""Reports of a small campaign, judged by other eyes: Python's json, csv and html.parser."""
import csv
import html.parser
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile

from tap import RELAIS, check, finish, skip_unless_built

CLOCK = "2026-01-20T10:00:00+01:00"


skip_unless_built()
tmp = tempfile.mkdtemp(prefix="relais-report.")


def relais(*words, want=0):
    run = subprocess.run([RELAIS, *words, "--clock", CLOCK], cwd=tmp, capture_output=True, text=True, timeout=60)
    if run.returncode != want:
        check(f"relais {' '.join(words)} exits {want}", False, run.returncode, run.stdout, run.stderr)
    return run


def write(name, *lines):
    with open(os.path.join(tmp, name), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def deliver(store, wave, party, state, returned=0, reason=""):
    store.execute(
        "INSERT INTO delivery (wave_id, party_id, department, state, cancelled, reason, not_before_ms, returned) SELECT w.id, c.id, "
        "c.department, ?, ?, ?, 0, ? FROM wave w, collectivity c WHERE w.name = ? AND c.id = ?",
        (state, state == 8, reason, returned, wave, party),
    )


VOID = {"meta", "link", "br", "hr", "img", "input", "rect", "line", "circle", "polygon", "polyline"}


class Page(html.parser.HTMLParser):
    """Balanced, self-contained, accessible?"""

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.headings, self.ids, self.texts = [], [], [], set(), []
        self.tables = self.captions = 0

    def handle_startendtag(self, tag, attrs):
        self.note(tag, dict(attrs))

    def handle_starttag(self, tag, attrs):
        self.note(tag, dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def note(self, tag, attrs):
        for name, value in attrs.items():
            if name in ("src", "href", "action", "srcset", "xlink:href") or re.search(r"https?:|//|url\(", value or ""):
                self.faults.append(f"{tag} {name}={value}")
            if name.startswith("on"):
                self.faults.append(f"script in {tag} {name}")
            if name == "id":
                if value in self.ids:
                    self.faults.append(f"id {value} twice")
                self.ids.add(value)
        if tag in ("script", "iframe", "object", "form"):
            self.faults.append(tag)
        if tag == "th" and "scope" not in attrs:
            self.faults.append("th without scope")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.tables += tag == "table"
        self.captions += tag == "caption"

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing, line {self.getpos()[0]}")

    def handle_data(self, data):
        self.texts.append(data)


def luminance(colour):
    if len(colour) == 3:
        colour = "".join(c * 2 for c in colour)
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    bright, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


WAVE_KEYS = ["wave", "audience", "at", "planned", "pending", "sent", "deferred", "failed", "skipped", "in_doubt", "bounced_hard",
             "bounced_soft", "autoreplies", "replies", "objections", "complaints"]


def set_up():
    relais("init", ".")
    write("liste.csv", "Code INSEE;Courriel;Statut", "29019;mairie@brest.example;selectionnee", "29232;mairie@quimper.example;selectionnee",
          "29151;mairie@morlaix.example;informee", "29155;mairie@ouessant.example;selectionnee")
    write("selection.csv", "id;Statut", "29083;selectionnee")
    write("reponses.csv", "id;date_reponse", "29019;2026-01-12")
    relais("campaign", "create", "essai", "--schedule", "schedules/asco-2025.ics", "--title", "Essai <b>&\"x\"</b>")
    relais("import", "liste.csv", "--campaign", "essai")
    relais("import", "selection.csv", "--campaign", "essai")
    relais("answered", "essai", "reponses.csv", "--as-of", "2026-01-16")
    with sqlite3.connect(os.path.join(tmp, "relais.db")) as store:
        waves = [name for (name,) in store.execute("SELECT name FROM wave ORDER BY position")]
        for party, state, returned in (("29019", 4, 4 | 8), ("29232", 4, 1), ("29151", 3, 0), ("29155", 7, 0), ("29083", 6, 0)):
            deliver(store, waves[0], party, state, returned, "no-address" if state == 6 else "")
        deliver(store, waves[0], "29019", 8)
        store.execute("UPDATE wave SET state = 'done' WHERE position = 0")
        store.execute("INSERT INTO suppression_fact (address, reason, at_ms, origin) VALUES ('mairie@ouessant.example', 'dead', 1, 'x')")
        store.execute("UPDATE collectivity SET name = '=Ouessant <i>' WHERE id = '29155'")
        store.execute("INSERT INTO event (at_ms, campaign_id, wave_id, party_id, event, address, code, text, origin) "
                      "SELECT 1768900000000, campaign_id, id, '29019', 'sent', 'mairie@brest.example', '250', 'ok', 'send' "
                      "FROM wave WHERE position = 0")
    store.close()
    return waves


def judge_json(waves):
    report = json.loads(relais("report", "essai", "--format", "json").stdout)
    check("the keys of a report", set(report) >= {"campaign", "as_of", "answers_as_of", "deadline", "audiences", "waves", "selected"},
          list(report))
    check("as of the clock", report["as_of"] == CLOCK, report["as_of"])
    check("as of the list", report["answers_as_of"].startswith("2026-01-16T"), report["answers_as_of"])
    check("the deadline is a day", re.fullmatch(r"\d{4}-\d\d-\d\d", report["deadline"]), report["deadline"])
    check("every audience", sorted(report["audiences"]) == sorted(
        ["relays", "informed", "informed-only", "selected", "selected-unanswered", "answered"]), report["audiences"])
    check("who is selected", report["selected"] == {"total": 4, "answered": 1, "unanswered": 3, "unreachable": 3}, report["selected"])
    check("every wave, in order", [wave["wave"] for wave in report["waves"]] == waves)
    for wave in report["waves"]:
        check(f"{wave['wave']}: its keys", list(wave)[: len(WAVE_KEYS)] == WAVE_KEYS, list(wave))
        check(f"{wave['wave']}: at is an instant in France", re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00", wave["at"]), wave["at"])
        check(f"{wave['wave']}: planned adds up",
              wave["planned"] == wave["pending"] + wave["sent"] + wave["failed"] + wave["skipped"] + wave["in_doubt"], wave)
    first, last = report["waves"][0], report["waves"][-1]
    check("what was sent and came back", [first[k] for k in WAVE_KEYS[3:]] == [5, 1, 2, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0], first)
    check("planned: no forecast", first["forecast"] is None)
    check("not planned: a forecast", last["planned"] == 0 and isinstance(last["forecast"], int), last)
    check("another department has nothing",
          json.loads(relais("report", "essai", "--department", "35", "--format", "json").stdout)["selected"]["total"] == 0)
    check("one wave alone",
          len(json.loads(relais("report", "essai", "--wave", waves[0], "--format", "json").stdout)["waves"]) == 1)


def judge_csv():
    path = os.path.join(tmp, "rapport.csv")
    for table, rows in (("waves", None), ("departments", 1), ("calls", 3)):
        relais("report", "essai", "--format", "csv", "--table", table, "--output", path)
        with open(path, "rb") as file:
            raw = file.read()
        check(f"{table}: a byte order mark, CRLF", raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n")
              and raw.count(b"\n") == raw.count(b"\r\n"))
        cells = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))
        check(f"{table}: rows of one width", len({len(row) for row in cells}) == 1 and len(cells) > 1, cells)
        check(f"{table}: its rows", rows is None or len(cells) == rows + 1, cells)
        check(f"{table}: no formula", not [c for row in cells for c in row if c[:1] in "=+-@\t\r" and c], cells)
    check("a name that looks like a formula", "'=Ouessant <i>" in [c for row in cells for c in row], cells)


def judge_html():
    path = os.path.join(tmp, "rapport.html")
    run = relais("report", "essai", "--format", "html", "--output", path)
    check("nothing on standard output", run.stdout == "")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    page = Page()
    page.feed(text)
    page.close()
    words = " ".join(page.texts)
    check("balanced, nothing remote, no script, scopes", not page.faults and not page.open, page.faults, page.open)
    check("French", '<html lang="fr">' in text)
    check("no address anywhere", not re.search(r"https?://|url\(|@import", text))
    check("headings go down one by one", page.headings[0] == 1 and all(b <= a + 1 for a, b in zip(page.headings, page.headings[1:])))
    check("every table has a caption", page.tables == page.captions > 3, page.tables, page.captions)
    check("a name is text", "=Ouessant <i>" in words and "<i>" not in text)
    check("the title is text", 'Essai <b>&"x"</b>' in words)
    check("the share as the French write it", "25,0\u00a0%" in words)
    check("the curve has a title", 'role="img" aria-labelledby="chart-title chart-text"' in text)
    check("nothing half written is left", not os.path.exists(path + ".part"))
    themes = re.findall(r"--page:#(\w+);--sheet:#(\w+);--ink:#(\w+);--soft:#(\w+);.*?--head:#(\w+);--accent:#(\w+);--warm:#(\w+);"
                        r"--warm-soft:#(\w+)", text)
    check("light, dark and print", len(themes) == 3, themes)
    for sheet_page, sheet, ink, soft, head, accent, warm, warm_soft in themes:
        pairs = [(c, b) for c in (ink, soft, accent, warm) for b in (sheet_page, sheet)] + [(soft, head), (ink, warm_soft)]
        check("contrast of at least 4.5:1", min(contrast(*pair) for pair in pairs) >= 4.5,
              [(pair, round(contrast(*pair), 2)) for pair in pairs])


def judge_text():
    text = relais("report", "essai").stdout
    check("the answers come first", re.search(r"Répondants\s+1 sur 4\u00a0sélectionnées, soit 25,0\u00a0%", text), text)
    check("what needs a person", "1\u00a0envoi en doute" in text)
    check("no colour off a terminal", "\033" not in text)


def judge_people():
    lines = [json.loads(line) for line in relais("history", "29019", "--format", "json").stdout.splitlines()]
    check("a history has events", len(lines) >= 2 and lines[-1]["event"] == "sent", lines)
    check("its keys", all(list(line)[:8] == ["at", "event", "wave", "address", "code", "text", "origin", "by"] for line in lines), lines)
    check("oldest first", [line["at"] for line in lines] == sorted(line["at"] for line in lines), lines)
    check("nothing happened: nothing said", relais("history", "01001", "--format", "json").stdout == "")
    why = json.loads(relais("why", "29019", "--campaign", "essai", "--format", "json").stdout)
    check("why: its keys", list(why)[:5] == ["id", "campaign", "next", "reason", "details"], why)
    check("why: a draft sends nothing", why["next"] is None and why["reason"] == "not-started", why)
    check("why: told in French", "relais start essai" in relais("why", "29019", "--campaign", "essai").stdout)
    calls = json.loads(relais("calls", "essai", "--department", "29", "--format", "json").stdout)
    check("whom to telephone", {(c["id"], c["reason"]) for c in calls["calls"]} == {
        ("29232", "undelivered"), ("29083", "no-address"), ("29155", "dead-address")},
          calls)


def judge_refusals():
    for words, code in ((("report", "inconnue"), "UNKNOWN_CAMPAIGN"), (("report", "essai", "--department", "99"), "UNKNOWN_DEPARTMENT"),
                        (("report", "essai", "--wave", "x"), "UNKNOWN_WAVE"), (("history", "99999"), "UNKNOWN_PARTY"),
                        (("why", "99999", "--campaign", "essai"), "UNKNOWN_PARTY"), (("why", "29019"), "USAGE"),
                        (("report", "essai", "--table", "x"), "USAGE"), (("report", "essai", "--output", "absent/r.json"), "OUTPUT")):
        run = relais(*words, "--format", "json", want=2)
        answer = json.loads(run.stdout) if run.stdout else {}
        check(f"{' '.join(words)}: {code}", answer.get("error", {}).get("code") == code and run.stderr.strip(), run.stdout, run.stderr)


try:
    waves = set_up()
    judge_json(waves)
    judge_csv()
    judge_html()
    judge_text()
    judge_people()
    judge_refusals()
finally:
    shutil.rmtree(tmp)
finish()
