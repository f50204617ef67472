#!/usr/bin/env python3
"""The whole sender, deliveries planned beforehand: leased, claimed, rendered, armed, sent, recorded. Beside what others do, on slow
and awkward servers, and what it costs. bench_send.py [PAIRS] [MESSAGES]; ratios are medians of alternating pairs."""
import json
import os
import re
import resource
import shutil
import smtplib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import kill_runs

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BUILD", os.path.join(os.path.dirname(HERE), "build"))
PAIRS, MESSAGES = (int(word) for word in (sys.argv[1:] + ["5", "20000"][len(sys.argv) - 1:])[:2])
os.environ["PATH"] += ":/usr/sbin:/sbin"
CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
# 4 kB with both parts, as long as what smtp-source sends.
TEMPLATE = ("---\nsubject: \"ASCO : {{nom}}, votre réponse avant le {{echeance}}\"\n---\n# Enquête ASCO\n\nMadame, Monsieur,\n\n"
            "L'enquête nationale sur l'action sociale des communes et intercommunalités vous attend {{nom_a}}. {{quand_echeance}}, elle se termine. "
            "Si vous avez déjà répondu, ne tenez pas compte de ce message.\n\n"
            "Elle porte sur l'action sociale que vous menez ou soutenez : aide facultative, accueil du jeune enfant, soutien aux personnes âgées ou handicapées, "
            "logement, insertion. Une demi-heure suffit le plus souvent ; vos réponses restent modifiables jusqu'au dernier jour. "
            "Un agent du CCAS peut répondre pour la commune ; le questionnaire dit à chaque page ce qui est demandé, et l'association départementale vous aide.\n\n[Répondre]({{lien_public}})\n\n{{expediteur}}\n")


class Sink:
    def __init__(self, *options):
        self.process = subprocess.Popen([os.path.join(BUILD, "tests", "tool_sink"), *options], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def close(self):
        self.process.terminate()
        said = self.process.stdout.read()
        self.process.wait()
        return int(re.search(r"connections (\d+)", said)[1])


class SmtpSink(Sink):
    def __init__(self):
        self.port = Sink.free_port()
        as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(["smtp-sink", *as_nobody, f"127.0.0.1:{self.port}", "1000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)

    def close(self):
        self.process.terminate()
        self.process.wait()
        return 0


def free_port():
    import socket
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


Sink.free_port = staticmethod(free_port)


def plan(work):
    """What is due is planned and waits: the relay it would go through is not there. How many seconds that took."""
    ini = os.path.join(work, "relais.ini")
    with open(ini, encoding="utf-8") as file:
        kept = file.read()
    with open(ini, "a", encoding="utf-8") as file:
        file.write("\n[smtp]\nurl = smtp://127.0.0.1:1\nstarttls = off\n")
    begun = time.monotonic()
    subprocess.run([kill_runs.RELAIS, "-c", ini, "send", "--until-idle", "--clock", kill_runs.CLOCK], capture_output=True, check=False)
    took = time.monotonic() - begun
    with open(ini, "w", encoding="utf-8") as file:
        file.write(kept)
    with sqlite3.connect(os.path.join(work, "relais.db")) as store:
        store.execute("DELETE FROM pace") # that the relay was away: the first message would go out alone, to try it
    return took


def planned(folder, messages):
    """A campaign whose deliveries are planned and wait, for copies."""
    work = os.path.join(folder, f"planned{messages}")
    if os.path.exists(work):
        return work
    kill_runs.prepare(work, messages, "resend", template=TEMPLATE)
    plan(work)
    return work


def command(work, port, connections=20, more=""):
    with open(os.path.join(work, "relais.ini"), "a", encoding="utf-8") as file:
        file.write(f"\n[smtp]\nurl = smtp://127.0.0.1:{port}\nstarttls = off\nconnections = {connections}\nbreaker = 0\n{more}\n")
    return [kill_runs.RELAIS, "-c", os.path.join(work, "relais.ini"), "send", "--until-idle", "--clock", kill_runs.CLOCK, "--format", "json"]


def send(prepared, port, connections=20, more="", before=()):
    """(messages a second, standard error, what it counted)"""
    with tempfile.TemporaryDirectory(prefix="relais-bench-") as folder:
        work = os.path.join(folder, "work")
        shutil.copytree(prepared, work)
        words = [*before, *command(work, port, connections, more)]
        begun = time.monotonic()
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        took = time.monotonic() - begun
        if done.returncode not in (0, 1):
            sys.exit(f"relais send: exit {done.returncode}\n{done.stdout}{done.stderr}")
        counts = json.loads(done.stdout.strip().split("\n")[-1])
        return (counts["sent"] + counts["failed"]) / took, done.stderr, counts


def smtp_source(port, messages=MESSAGES, sessions=20, more=()):
    begun = time.monotonic()
    subprocess.run(["smtp-source", "-d", *more, "-l", "4096", "-s", str(sessions), "-m", str(messages), "-f", "a@amf.example", "-t", "u@clients.test",
                    f"127.0.0.1:{port}"], check=True)
    return messages / (time.monotonic() - begun)


def smtplib_threads(port, messages):
    body = b"Subject: x\r\n\r\n" + b"x" * 60 + b"\r\n"
    body += (b"y" * 70 + b"\r\n") * ((4096 - len(body)) // 72)

    def work():
        with smtplib.SMTP("127.0.0.1", port) as link:
            for _ in range(messages // 20):
                link.sendmail("a@amf.example", ["u@clients.test"], body)
    threads = [threading.Thread(target=work) for _ in range(20)]
    begun = time.monotonic()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return messages // 20 * 20 / (time.monotonic() - begun)


NODEMAILER = """
const nodemailer = require(process.argv[2]), [port, count, raw] = process.argv.slice(3);
const pool = nodemailer.createTransport({host: '127.0.0.1', port: +port, pool: true, maxConnections: 20, maxMessages: Infinity, ignoreTLS: true});
const text = 'Madame, Monsieur, bonjour. '.repeat(50), html = '<p>' + 'Madame, Monsieur, bonjour. '.repeat(80) + '</p>';
const body = 'Subject: x\\r\\n\\r\\n' + ('y'.repeat(70) + '\\r\\n').repeat(56);
const begun = Date.now();
let left = +count;
for (let i = 0; i < +count; i++) {
    const envelope = {from: 'a@amf.example', to: `u${i}@clients.test`};
    const mail = raw === 'raw' ? {envelope, raw: body} : {from: envelope.from, to: envelope.to, subject: `Commune ${i}`, text: text + i, html: html + i};
    pool.sendMail(mail, error => { if (error) throw error; if (!--left) { console.log(+count * 1000 / (Date.now() - begun)); pool.close(); } });
}
"""


def nodemailer(port, messages, raw):
    module = os.path.join(os.path.dirname(HERE), "build", "node_modules", "nodemailer")
    done = subprocess.run(["node", "-e", NODEMAILER, "x", module, str(port), str(messages), "raw" if raw else "built"], capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def pairs(label, ours, theirs, goal):
    """The median of ours / theirs, run in turn, each first in every other pair, for who comes second finds the disk busy."""
    ratios, rates, measured = [], [], {}
    for number in range(PAIRS):
        for one in (theirs, ours) if number % 2 else (ours, theirs):
            measured[one] = one()
        if measured[theirs] is None:
            return print(f"{label:54} skipped: not installed")
        ratios.append(measured[ours] / measured[theirs])
        rates.append(measured[ours])
    print(f"{label:54} {statistics.median(ratios):6.2f} ×  ({goal}; {statistics.median(rates):.0f} a second)", flush=True)


def against(label, measure, limit, goal):
    found = statistics.median(measure() for _ in range(max(1, PAIRS // 2)))
    print(f"{label:54} {found / limit:6.2f} of {limit:.0f} a second  ({goal})", flush=True)


def on_sink(prepared, *options, connections=20):
    sink = Sink(*options)
    try:
        rate, _, counts = send(prepared, sink.port, connections)
    finally:
        opened = sink.close()
    return rate, opened, counts


def costs(folder):
    sink = SmtpSink()
    few, many = planned(folder, 1000), planned(folder, 3000)
    counted = []
    for one in (few, many):
        found = re.search(r"Collected : (\d+)", send(one, sink.port, before=CALLGRIND)[1])
        counted.append(int(found[1]))
    print(f"{'instructions a message, by callgrind':54} {(counted[1] - counted[0]) // 2000:6}    (60,000; valgrind knows no SHA-NI: about 25 a byte of the message are the digest)")
    calls = []
    for one in (few, many):
        with tempfile.NamedTemporaryFile(prefix="relais-strace-", mode="r") as out:
            send(one, sink.port, before=["strace", "-f", "-c", "-o", out.name])
            calls.append(int(re.search(r"^100\.00\s+\S+\s+\S+\s+(\d+)", out.read(), re.M)[1]))
    print(f"{'system calls a message':54} {(calls[1] - calls[0]) / 2000:6.1f}    (6)", flush=True)
    sink.close()


def main():
    with tempfile.TemporaryDirectory(prefix="relais-bench-") as folder:
        prepared, small = planned(folder, MESSAGES), planned(folder, min(MESSAGES, 4000))
        sink = SmtpSink()
        pairs("all in, beside smtp-source -d -s 20", lambda: send(prepared, sink.port)[0], lambda: smtp_source(sink.port), "1.2")
        pairs("the same, durability = full", lambda: send(prepared, sink.port, more="[store]\ndurability = full")[0], lambda: smtp_source(sink.port), "0.7")
        few = MESSAGES // 4
        pairs("all in, beside Python's smtplib, 20 threads, raw", lambda: send(prepared, sink.port)[0], lambda: smtplib_threads(sink.port, few), "2.5")
        pairs("all in, beside nodemailer's pool, messages built", lambda: send(prepared, sink.port)[0], lambda: nodemailer(sink.port, few, False), "10")
        pairs("all in, beside nodemailer's pool, raw", lambda: send(prepared, sink.port)[0], lambda: nodemailer(sink.port, few, True), "5")
        sink.close()
        against("the dot answered after 20 ms, 20 connections", lambda: on_sink(small, "--dot-ms", "20")[0], 20 / 0.020, "0.9")
        against("a line of 20 ms there and back, 20 connections", lambda: on_sink(small, "--one-way-ms", "10")[0], 20 / 0.020, "0.85")
        slow = statistics.median(on_sink(small, "--dot-ms", "20")[0] for _ in range(3))
        against("the same as the first, one of 20 stalled 3 s at its dot", lambda: on_sink(small, "--dot-ms", "20", "--stall-s", "3")[0], slow, "0.9")
        # A line is left after a thousand messages, refused or not.
        refused = [(on_sink(prepared), on_sink(prepared, "--refuse", "5")) for _ in range(PAIRS)]
        ratio, more = (statistics.median(among) for among in ([some[0] / none[0] for none, some in refused], [some[1] - none[1] for none, some in refused]))
        failed = refused[0][1][2]["failed"]
        print(f"{'5 % of recipients refused':54} {ratio:6.2f} of the rate without, {failed} failed, {more:.0f} more connections opened  (0.9; no reconnects)")
        costs(folder)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
