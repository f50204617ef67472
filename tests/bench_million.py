#!/usr/bin/env python3
"""A million deliveries in one run, beside 20,000, both planned beforehand: the rate must not fall and the memory must not grow. By hand,
for it takes some ten minutes and 2 GB of disk: bench_million.py [CAMPAIGNS], each of 33,000 deliveries to the same mailboxes."""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import bench_send
import kill_runs

CAMPAIGNS = int(sys.argv[1]) if len(sys.argv) > 1 else 31
EACH = 33000


def more_campaigns(work):
    """The first one's list, schedule and template again, under other names."""
    for number in range(1, CAMPAIGNS):
        name = f"coupures{number}"
        kill_runs.relais(work, "campaign", "create", name, "--schedule", os.path.join(work, "coupures.ics"))
        kill_runs.relais(work, "import", os.path.join(work, "liste.csv"), "--campaign", name)
        kill_runs.relais(work, "start", name, "--yes")


def peak_megabytes(pid, before):
    """The largest resident size, and how much of it was the process's own: the rest are pages of libraries, which all share. VmHWM: what
    getrusage says of a child begins with what its parent had."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            now = {line.split()[0]: int(line.split()[1]) / 1024 for line in file if line.startswith(("VmHWM", "RssAnon"))}
            return max(before[0], now["VmHWM:"]), max(before[1], now["RssAnon:"])
    except (OSError, KeyError):
        return before


def run(work, port):
    """(sent, seconds, (largest resident size in MB, the most of it that was its own))"""
    begun, megabytes = time.monotonic(), (0, 0)
    with open(os.path.join(work, "said"), "w+", encoding="utf-8") as out:
        process = subprocess.Popen(bench_send.command(work, port), stdout=out)
        while process.poll() is None:
            megabytes = peak_megabytes(process.pid, megabytes)
            time.sleep(0.05)
        took = time.monotonic() - begun
        out.seek(0)
        said = out.read()
    if process.returncode:
        sys.exit(f"relais send: exit {process.returncode}\n{said}")
    return json.loads(said.strip().split("\n")[-1])["sent"], took, megabytes


def main():
    with tempfile.TemporaryDirectory(prefix="relais-million-") as folder:
        work = os.path.join(folder, "work")
        kill_runs.prepare(work, EACH, "resend", template=bench_send.TEMPLATE)
        more_campaigns(work)
        sink = bench_send.SmtpSink()
        took = bench_send.plan(work)
        print(f"{'planned':54} {CAMPAIGNS * EACH / took:6.0f} a second", flush=True)
        small = bench_send.planned(folder, 20000)
        few = lambda: [bench_send.send(small, sink.port)[0] for _ in range(4)]
        rates = few()
        sent, took, megabytes = run(work, sink.port)
        rate, beside = sent / took, statistics.median(rates + few())
        print(f"{f'{CAMPAIGNS * EACH} deliveries':54} {rate:6.0f} a second, {sent} sent, {megabytes[0]:.1f} MB at most  (16), {megabytes[1]:.1f} MB of them its own")
        print(f"{'beside 20,000 deliveries, eight times':54} {rate / beside:6.2f} of {beside:.0f} a second  (0.9)", flush=True)
        sink.close()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
