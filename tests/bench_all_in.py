#!/usr/bin/env python3
"""The whole sender against a sink: planned, leased, claimed, rendered, armed, sent, recorded.

bench_all_in.py PORT MESSAGES CONNECTIONS [--instructions]
Prints messages a second of `relais send --until-idle`, planning included; or, with --instructions, what callgrind counts
for a message (the difference of two runs, so that starting and planning's fixed part fall out).
"""
import os
import re
import subprocess
import sys
import tempfile
import time

import kill_runs

CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]


def prepared(folder, port, messages, connections):
    work = os.path.join(folder, f"work{messages}")
    kill_runs.prepare(work, messages, "resend")
    with open(os.path.join(work, "relais.ini"), "a", encoding="utf-8") as file:
        file.write(f"\n[smtp]\nurl = smtp://127.0.0.1:{port}\nstarttls = off\nconnections = {connections}\n")
    return [kill_runs.RELAIS, "-c", os.path.join(work, "relais.ini"), "send", "--until-idle", "--clock", kill_runs.CLOCK,
            "--format", "json"]


def run(command, messages):
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.monotonic() - begun
    if done.returncode or f'"sent":{messages}' not in done.stdout:
        sys.exit(f"relais send: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return took, done.stderr


def main():
    port, messages, connections = (int(word) for word in sys.argv[1:4])
    with tempfile.TemporaryDirectory(prefix="relais-bench-") as folder:
        if "--instructions" not in sys.argv:
            print(round(messages / run(prepared(folder, port, messages, connections), messages)[0]))
            return
        counts = []
        for size in (500, 1500):
            _, said = run(CALLGRIND + prepared(folder, port, size, connections), size)
            counts.append(int(re.search(r"Collected : (\d+)", said).group(1)))
        print((counts[1] - counts[0]) // 1000)


main()
