#!/usr/bin/env python3
"""relais metrics: what a monitoring system reads, against the report and an independent reading of the format."""
import os
import re
import shutil
import signal
import subprocess

from scripted_server import Server
from send_bed import Bed, absolute, METRO, plain, run, same, scripted, until
from tap import check

SAMPLE = re.compile(r'^(relais_[a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})? (-?[0-9.]+)$')


def read(text):
    """OpenMetrics as its grammar has it: families announced once, before their samples; "# EOF" last."""
    families, samples = [], {}
    lines = text.split("\n")
    same("ends with # EOF and a line end", lines[-2:], ["# EOF", ""])
    for line in lines[:-2]:
        if line.startswith("# TYPE "):
            families.append(line.split()[2])
        elif not line.startswith("# HELP "):
            found = SAMPLE.match(line)
            check(f"a sample: {line}", found and families and found[1] == families[-1], line)
            samples[(found[1], found[2] or "")] = float(found[3])
    same("each family is announced once", len(families), len(set(families)))
    return samples


def story():
    bed = Bed("mesures", [absolute("vague", "20251215")], plain(METRO[:20]))
    bed("send", "--until-idle")
    samples = read(subprocess.run(bed.command("metrics"), capture_output=True, text=True, check=True).stdout)
    same("what was sent", samples[("relais_deliveries", 'campaign="c",wave="vague",state="sent"')], 20.0)
    same("the campaign runs", samples[("relais_campaign_running", 'campaign="c"')], 1.0)
    same("no sender does", samples[("relais_up", 'role="send"')], 0.0)
    check("the last one has an instant", samples[("relais_last_sent_timestamp_seconds", "")] > 1765000000, samples)
    check("no address is told", "@" not in str(samples), samples)
    bed("pause", "c")
    samples = read(subprocess.run(bed.command("metrics"), capture_output=True, text=True, check=True).stdout)
    same("it does not any more", samples[("relais_campaign_running", 'campaign="c"')], 0.0)


def up(bed):
    samples = read(subprocess.run(bed.command("metrics"), capture_output=True, text=True, check=True).stdout)
    return samples[("relais_up", 'role="send"')], samples[("relais_up", 'role="daemon"')]


def at_work():
    """By the file behind the database's name, whichever name it is asked by; looking disturbs nobody."""
    bed = Bed("travail", [absolute("vague", "20251215")], plain(METRO[:40]), server=("--delay-dot-ms", "100"), smtp="connections = 2")
    same("before: nobody", up(bed), (0.0, 0.0))
    sender = bed.begin("send")
    until(lambda: len(bed.server.accepted()) >= 4)
    same("while a sender runs: 1", up(bed), (1.0, 0.0))
    os.symlink("relais.db", bed.path("autre.db"))
    shutil.copy(bed.path("relais.ini"), bed.path("avant.ini"))
    bed.configure("[store]\nurl = sqlite:autre.db")
    same("by another name too", up(bed), (1.0, 0.0))
    shutil.copy(bed.path("avant.ini"), bed.path("relais.ini"))
    same("and it goes on", sender.poll(), None)
    sender.send_signal(signal.SIGTERM)
    same("it ends well", sender.wait(35), 0)
    same("after: nobody", up(bed), (0.0, 0.0))
    daemon = bed.begin("daemon")
    check("with a daemon: both", until(lambda: up(bed) == (1.0, 1.0)))
    daemon.send_signal(signal.SIGTERM)
    same("which ends well", daemon.wait(40), 0)


def shut_out():
    """A relay that refuses the log-in or cannot be reached is the one to be told of."""
    bed = Bed("porte", [absolute("vague", "20251215")], plain(METRO[:6]), server=scripted("CONNECT /^/ 554 No SMTP service here"))
    bed("send", "--until-idle", want=(1, 2))
    samples = read(subprocess.run(bed.command("metrics"), capture_output=True, text=True, check=True).stdout)
    same("it rests", samples[("relais_resting", 'kind="relay",name="smtp"')], 1.0)
    bed.server.process.terminate()
    bed.server.process.wait()
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{Server(bed.path('neuf')).port}")
    bed("send", "--until-idle")
    samples = read(subprocess.run(bed.command("metrics"), capture_output=True, text=True, check=True).stdout)
    same("let in, it does not any more", samples.get(("relais_resting", 'kind="relay",name="smtp"'), 0.0), 0.0)


run((story, at_work, shut_out))
