#!/usr/bin/env python3
"""What the roles write to standard error: with [log] format = json one JSON object a line, whatever happens, their last words and what
a terminal is shown included; without it, words, and on a terminal how many go out a minute."""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

from send_bed import Bed, METRO, absolute, check, plain, run, same, scripted, until

JOURNAL = "relais.db-send-journal"


def all_json(label, text, *words):
    """Every line is an object with the log's keys, and the last error says so."""
    odd, said = [], []
    for line in text.splitlines():
        try:
            one = json.loads(line)
            said.append(one["text"])
            if set(one) < {"at", "level", "role", "text"}:
                odd.append(line)
        except (ValueError, KeyError, TypeError):
            odd.append(line)
    check(f"{label}: one JSON object a line", said and not odd, odd[:3], text[-300:])
    for word in words:
        check(f"{label}: says « {word} »", any(word in text for text in said), said[-3:])


def ended(bed, *words, clock=True):
    done = subprocess.run(bed.command(*words, clock=clock), capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


def read(bed, name):
    return open(bed.path(name), encoding="utf-8").read()


def sender():
    bed = Bed("json", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], plain(METRO[:20]), server=("--delay-dot-ms", "300"), smtp="connections = 4")
    bed.configure("[log]\nformat = json\nlevel = debug")
    first = bed.begin("send", log="log")
    until(lambda: len(bed.server.accepted()) >= 4)
    status, said = ended(bed, "send")
    all_json("a second sender", said, "un autre expéditeur")
    same("… ends with 2", status, 2)
    first.kill()
    first.wait()
    first = bed.begin("send", log="log")
    check("all are sent", until(lambda: len(set(bed.server.to())) >= 16, 30), len(bed.server.to()))
    first.send_signal(signal.SIGTERM)
    same("it ends well", first.wait(35), 0)
    all_json("killed, and begun again", read(bed, "log"), "an earlier run ended abruptly")
    status, said = ended(bed, "send", "--jamais")
    all_json("an option it does not know", said, "--jamais")
    shutil.move(bed.path(JOURNAL), bed.path("ailleurs"))
    status, said = ended(bed, "send", "--until-idle")
    all_json("without its journal", said, "journal des envois")
    answer = subprocess.run(bed.command("send", "--format", "json"), capture_output=True, text=True, timeout=60, check=False)
    same("--format json: standard output is as ever", json.loads(answer.stdout)["error"]["code"], "JOURNAL_MISSING")
    all_json("… and the log too", answer.stderr, "journal des envois")
    status, said = ended(bed, "daemon")
    all_json("a daemon whose sender refuses", said, "journal des envois", "le démon s'arrête")
    same("… ends with 2", status, 2)
    shutil.move(bed.path("ailleurs"), bed.path(JOURNAL))
    daemon = bed.begin("daemon", log="démon")
    until(lambda: "inbox" in read(bed, "démon"))
    all_json("a second daemon", ended(bed, "daemon")[1], "un démon travaille déjà")
    daemon.send_signal(signal.SIGTERM)
    same("the first one ends well", daemon.wait(40), 0)
    all_json("a daemon", read(bed, "démon"))
    all_json("a reader without a source", ended(bed, "inbox", "--once")[1], "[inbox]")
    all_json("a reader that is asked too much", ended(bed, "inbox", "--jamais")[1], "--jamais")
    bed.configure("[log]\nformat = text")
    check("without it: words", ended(bed, "inbox", "--once")[1].startswith("relais : "))


def on_terminal(bed, seconds):
    """What a terminal is shown until Ctrl-C, some seconds later; (exit code, text)."""
    process, terminal = pty.fork()
    if not process:
        os.execv(bed.command("send")[0], bed.command("send"))
    shown, stop_s, ends_s = b"", time.monotonic() + seconds, time.monotonic() + seconds + 35
    while time.monotonic() < ends_s:
        if stop_s and time.monotonic() > stop_s:
            os.write(terminal, b"\x03")
            stop_s = 0
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # its other end is closed
            break
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    os.close(terminal)
    return status, shown.decode("utf-8").replace("^C", "")


def terminal():
    bed = Bed("terminal", [absolute("vague", "20251215")], plain(METRO[:60]), server=("--delay-dot-ms", "200"), smtp="connections = 2")
    status, shown = on_terminal(bed, 3)
    same("Ctrl-C ends it well", status, 0)
    rates = [int(rate) for rate in re.findall(r"\r\x1b\[K\d+ envoyés \((\d+) par minute\), \d+ différés, \d+ échecs, \d+ en doute", shown)]
    check("on a terminal it says how many a minute", len(rates) > 3, shown[:300])
    check("… and about how many they are, 600 at most", rates and 100 < rates[-1] <= 900, rates)
    last = shown.rstrip().rsplit("\r", 1)[-1]
    sent = len(bed.server.accepted())
    check("the last line has the count, and no rate", f"{sent} envoyés, 0 différés" in last, last, sent)
    bed.configure("[log]\nformat = json\nlevel = info")
    status, shown = on_terminal(bed, 1)
    all_json("a terminal and JSON", shown.replace("\r\n", "\n"), "sent")


def alert():
    """In the middle of a run, to a terminal: not behind what is being counted there."""
    bed = Bed("alert", [absolute("vague", "20251215")], plain(METRO[:60]), smtp="connections = 2\nbreaker = 2",
              server=("--delay-dot-ms", "200", *scripted("MAIL x5 /./ as-ever\nMAIL /./ 550 5.7.1 go away")))
    shown = on_terminal(bed, 3)[1]
    before = re.findall(r"([^\n]?)\d{4}-\d\d-\d\dT\S* error send: ", shown)
    check("an alert begins its line", before and set(before) <= {"", "\r"}, shown)


run((sender, terminal, alert))
