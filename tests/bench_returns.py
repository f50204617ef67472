#!/usr/bin/env python3
"""Reading what comes back beside Sisimai (Debian: libsisimai-perl) and flufl.bounce (python3-flufl.bounce): time a message, of a report of 6 kB
and of all of ../shared/bounces/eml, rounds alternate, medians; and, where valgrind is, instructions a message, the child's included.
The others work in one process that has read everything beforehand and parses each message once; ours pays files, children and JSON.

bench_returns.py [--rounds N] [--messages N]      BUILD: where relais is
Instructions need a build without doors, for valgrind knows no seccomp: make BUILD=build/unsealed CFLAGS='-O2 -g -DSANDBOX_UNSEALED'"""
import argparse
import glob
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("BUILD", "build")
RELAIS = os.path.abspath(os.path.join(BUILD, "relais"))
UNSEALED = os.path.abspath(os.environ.get("UNSEALED", "build/unsealed/relais"))
CORPUS = sorted(glob.glob("../shared/bounces/eml/*.eml"))
SISIMAI = """use Sisimai; use Time::HiRes qw(time); my $n = shift; my @m; for (@ARGV) { open my $h, '<', $_; local $/; push @m, <$h> }
my $from = time; for (1 .. $n) { for my $m (@m) { my $x = $m; eval { Sisimai->make(\\$x) } } } printf "%.6f\\n", (time - $from) / ($n * @m);"""
FLUFL = """import sys, time, email
from flufl.bounce import scan_message
n = int(sys.argv[1]); all = [open(f, 'rb').read() for f in sys.argv[2:]]; start = time.perf_counter()
for _ in range(n):
    for m in all:
        try: scan_message(email.message_from_bytes(m))
        except Exception: pass
print((time.perf_counter() - start) / (n * len(all)))"""


def sample():
    """A delivery report of 6 kB, with a returned message."""
    text = "".join(f"Line {n} of the message that came back, as long as lines are.\n" for n in range(70))
    return ("Return-Path: <>\nFrom: MAILER-DAEMON@mx.test (Mail Delivery System)\nTo: retour+abc@amf.example\nSubject: Undelivered Mail Returned to Sender\n"
            "Message-ID: <1@mx.test>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;\n boundary=\"q/mx\"\n\n"
            "--q/mx\nContent-Description: Notification\nContent-Type: text/plain; charset=us-ascii\n\nThis is the mail system at host mx.test.\n\n"
            "I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\n"
            "<mairie@commune.test>: host mx.commune.test[192.0.2.1] said: 550 5.1.1\n    <mairie@commune.test>: Recipient address rejected: User unknown (in reply to RCPT TO\n    command)\n\n"
            "--q/mx\nContent-Description: Delivery report\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\nX-Postfix-Queue-ID: 4ABC\n"
            "X-Postfix-Sender: rfc822; retour+abc@amf.example\nArrival-Date: Mon, 15 Dec 2025 10:00:00 +0100 (CET)\n\nFinal-Recipient: rfc822; mairie@commune.test\n"
            "Original-Recipient: rfc822;mairie@commune.test\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.commune.test\n"
            "Diagnostic-Code: smtp; 550 5.1.1 <mairie@commune.test>: Recipient address\n    rejected: User unknown\n\n"
            "--q/mx\nContent-Description: Undelivered Message\nContent-Type: message/rfc822\n\nFrom: ASCO <relais@amf.example>\nTo: mairie@commune.test\n"
            f"Message-ID: <asco.tok@amf.example>\nSubject: Enquete\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{text}\n--q/mx--\n")


def timed(words):
    start = time.perf_counter()
    run = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start, run


def relais_s(files, copies):
    """Seconds a message: of so many copies less one of each, so that the start of the program is not counted."""
    few, _ = timed([RELAIS, "classify", *files])
    many, run = timed([RELAIS, "classify", *(files * (copies + 1))])
    if run.returncode not in (0, 1) or len(run.stdout.splitlines()) != len(files) * (copies + 1):
        sys.exit("relais classify failed")
    return max(many - few, 1e-9) / (len(files) * copies)


def other_s(words, files, copies):
    _, run = timed([*words, str(copies), *files])
    return float(run.stdout) if run.returncode == 0 and run.stdout else None


def instructions(path):
    """The owner's, the reader's and a child's: by difference of 256 and 64 messages (whole children of 64)."""
    def total(copies):
        with tempfile.TemporaryDirectory() as out:
            subprocess.run(["valgrind", "--tool=callgrind", "--trace-children=yes", f"--callgrind-out-file={out}/%p", UNSEALED, "classify", *[path] * copies],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            sums = {}
            for name in os.listdir(out):
                with open(os.path.join(out, name), encoding="utf-8", errors="replace") as file:
                    sums[int(name)] = int(re.search(r"^(?:totals|summary): (\d+)", file.read(), re.M).group(1))
        # A fork goes on counting from where its parent stood: children and reader began with what the owner had counted by then.
        pids = sorted(sums)
        owner, reader, kids = sums[pids[0]], sums[pids[1]], [sums[pid] for pid in pids[2:]]
        return owner, sum(kid - reader for kid in kids)
    few, many = total(64), total(256)
    return round((many[0] - few[0] + many[1] - few[1]) / 192)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--messages", type=int, default=300)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        report = os.path.join(tmp, "report.eml")
        with open(report, "w", encoding="ascii") as file:
            file.write(sample())
        others = {"Sisimai": ["perl", "-e", SISIMAI], "flufl.bounce": ["/usr/bin/python3", "-c", FLUFL]}
        for label, files, copies in ((f"a report of {len(sample())} bytes", [report], given.messages), (f"{len(CORPUS)} messages of the corpus", CORPUS, 1)):
            if not files:
                continue
            times = {"relais classify": []}
            for _ in range(given.rounds):
                times["relais classify"].append(relais_s(files, copies))
                for name, command in others.items():
                    seconds = other_s(command, files, max(1, copies // 3))
                    if seconds:
                        times.setdefault(name, []).append(seconds)
            ours = statistics.median(times["relais classify"])
            print(label)
            for name, seconds in times.items():
                print(f"  {name:<18} {1e6 * statistics.median(seconds):9.0f} µs a message  {statistics.median(seconds) / ours:6.1f} ×")
            for name in others.keys() - times.keys():
                print(f"  {name}: not installed")
        if os.access(UNSEALED, os.X_OK):
            print(f"  {instructions(report):,} instructions a message of {len(sample())} bytes, the child included (goal: 600,000)")
        else:
            print(f"  instructions: {UNSEALED} is not built")


main()
