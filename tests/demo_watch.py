#!/usr/bin/env python3
"""The demo's progress line: demo_watch.py RELAIS CAMPAIGN DAEMON_PID JOURNAL END

Asks `relais report --format json` again and again until the daemon has ended. On a terminal one line is kept up to
date; elsewhere a line is printed when the figures have moved. What others write into JOURNAL is shown above it. END is
the instant of the last line: once the daemon is gone, its clock is gone too.
"""
import json
import os
import subprocess
import sys
import time
from datetime import datetime

MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
LIVE = sys.stdout.isatty()
PAUSE_S = 0.5
QUIET_S = 2.0  # between two lines where there is no terminal


def running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def figure(number):
    return f"{number:,}".replace(",", "\u202f")


def line_of(report):
    at = datetime.fromisoformat(report["as_of"])
    total = {key: sum(wave[key] for wave in report["waves"])
             for key in ("planned", "pending", "sent", "failed", "in_doubt", "bounced_hard", "bounced_soft", "autoreplies",
                         "replies", "objections", "complaints")}
    back = sum(total[key] for key in ("bounced_hard", "bounced_soft", "autoreplies", "replies", "objections", "complaints"))
    selected = report["selected"]
    doubt = f" · en doute {figure(total['in_doubt'])}" if total["in_doubt"] else ""
    return (f"{at.day:>2} {MONTHS[at.month - 1]:<5} {at.year} {at:%H:%M} · envoyés {figure(total['sent'])}"
            f" · à envoyer {figure(total['pending'])} · refusés {figure(total['failed'])}{doubt} · retours {figure(back)}"
            f" · réponses à l'enquête {figure(selected['answered'])}/{figure(selected['total'])}")


def show_news(journal):
    news = journal.read()
    if news:
        sys.stdout.write(("\r\033[K" if LIVE else "") + news)


def main():
    relais, campaign, daemon, path, end = sys.argv[1:6]
    last, last_s = "", 0.0
    with open(path, encoding="utf-8", errors="replace") as journal:
        alive = True
        while alive:
            alive = running(int(daemon))
            clock = [] if alive else ["--clock", end]
            asked = subprocess.run([relais, "report", campaign, "--format", "json", *clock], capture_output=True, check=False)
            show_news(journal)
            if asked.returncode in (0, 1):
                line = "   " + line_of(json.loads(asked.stdout))
                if LIVE:
                    width = os.get_terminal_size().columns
                    sys.stdout.write("\r\033[K" + line[:width - 1])
                elif line != last and (time.monotonic() - last_s > QUIET_S or not alive):
                    print(line)
                    last_s, last = time.monotonic(), line
            sys.stdout.flush()
            time.sleep(PAUSE_S)
        show_news(journal)
        if LIVE:
            print()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
