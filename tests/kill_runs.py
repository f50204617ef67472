#!/usr/bin/env python3
"""kill -9 of the sender at random instants: what is lost, doubled, in doubt, by set arithmetic.

kill_runs.py RUNS MESSAGES CONNECTIONS [--signal KILL|TERM] [--policy resend|hold] [--seed N] [--kills N] [--dot-delay MS]
             [--durability full] [--at CALL[,CALL]@PATH [--error ENOSPC]]

Each run: a fresh copy of one prepared campaign of MESSAGES collectivities, the scripted server recording what it
accepts, `relais send --until-idle` killed at a random instant (KILLS times), restarted until done, then restarted once
the wait before a doubtful message's resend is over. Compared: the server's record and the database.
  lost      counted sent, or not counted at all, and never accepted
  doubled   copies accepted beyond the first: at most one per connection in flight at a kill, each with its in_doubt
            event, each with the same Message-ID and the same bytes
  in doubt  deliveries that were in doubt at some moment
--at kills instead when one of these system calls is made for the N-th time, on the file whose name ends in PATH ("" = any): run
1 at the first, and so on through the whole run, RUNS steps spread over them (strace injects the signal). These are the durable
steps: fdatasync,fsync@ ; the journal's own line: write@-send-journal ; pages of the store: pwrite64@relais.db-wal.
With --error that call fails so, once (with --error-lasts for good), instead of killing: the sender must
say why on its last line, end without a signal (or go on), and start again as if nothing had been.
The last line is one summary; exit 1 when a promise is broken.
"""
import argparse
import collections
import csv
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
RELAIS = os.path.join(ROOT, os.environ.get("BUILD", "build"), "relais")
CLOCK = "2025-12-15T10:00:00+01:00"        # a Monday, in the window; the wave was due half an hour before
CLOCK_RESEND = "2025-12-15T11:00:00+01:00"  # [smtp] doubt_wait (30 min) is over
SENT, IN_DOUBT = 4, 7
STATES = ("ready", "claimed", "armed", "deferred", "sent", "failed", "skipped", "in_doubt", "cancelled")

SCHEDULE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Relais//Essai//FR
BEGIN:VTODO
UID:coupures@amf.example
DTSTAMP:20251201T080000Z
SEQUENCE:1
SUMMARY:Coupures
DUE;VALUE=DATE:20260123
X-RELAIS-SEND-AT:09:30
X-RELAIS-WINDOW:MO-FR 08:30-17:30
X-RELAIS-LATE:P1D
BEGIN:VALARM
UID:vague
ACTION:EMAIL
TRIGGER;VALUE=DATE-TIME:20251215T083000Z
SUMMARY:Vague
DESCRIPTION:Vague
ATTENDEE;CUTYPE=GROUP:urn:relais:{audience}
ATTACH;FMTTYPE=text/markdown:{template}
END:VALARM
END:VTODO
END:VCALENDAR
"""
AUDIENCES = {"resend": ("selected-unanswered", "rappel-j14.md"), "hold": ("informed", "information.md")}


class Broken(Exception):
    """The harness itself cannot go on."""


def relais(folder, *words, clock=CLOCK, check=True):
    done = subprocess.run([RELAIS, "-c", os.path.join(folder, "relais.ini"), *words, "--clock", clock],
                          capture_output=True, text=True, check=False, timeout=300)
    if check and done.returncode not in (0, 1):
        raise Broken(f"relais {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def metropolitan(row):
    """Departments whose local time is that of the clock above."""
    return row["departement"] < "97" and row["code_insee"]


def prepare(folder, messages, policy, template=None):
    """One campaign, started, whose only wave is due for `messages` collectivities with ordinary addresses. template: text of the
    wave's, instead of the French one."""
    done = subprocess.run([RELAIS, "init", folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Broken(f"relais init: {done.stdout}{done.stderr}")
    with open(os.path.join(ROOT, "lists", "examples", "annuaire-national-simule.csv"), encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter=";") if metropolitan(row)][:messages]
    if len(rows) < messages:
        raise Broken(f"no more than {len(rows)} collectivities in the sample list")
    with open(os.path.join(folder, "liste.csv"), "w", encoding="utf-8", newline="") as file:
        file.write("code_insee;nom;emails;statut\n")
        for row in rows:
            file.write(f"{row['code_insee']};\"{row['nom']}\";mairie.{row['code_insee'].lower()}@commune.example;selectionnee\n")
    audience, name = AUDIENCES[policy]
    if template:
        with open(os.path.join(folder, "templates", name), "w", encoding="utf-8") as file:
            file.write(template)
    with open(os.path.join(folder, "coupures.ics"), "w", encoding="utf-8", newline="") as file:
        file.write(SCHEDULE.format(audience=audience, template=name).replace("\n", "\r\n"))
    with open(os.path.join(folder, "relais.ini"), "a", encoding="utf-8") as file:
        file.write("\n[sender]\nfrom = ASCO – AMF <relais@amf.example>\nreturn_path = retour@amf.example\n"
                   "public_link = https://asco.example/\n[log]\nlevel = error\n")
    relais(folder, "campaign", "create", "coupures", "--schedule", os.path.join(folder, "coupures.ics"))
    relais(folder, "import", os.path.join(folder, "liste.csv"), "--campaign", "coupures")
    relais(folder, "start", "coupures", "--yes")


class Server:
    """The scripted server, and its record of what it accepted."""

    def __init__(self, folder, dot_delay_ms):
        self.record = os.path.join(folder, "accepted.jsonl")
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "smtp_server.py"), "--record", folder,
                                         "--delay-dot-ms", str(dot_delay_ms)], stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline().split()
        if len(said) != 2:
            raise Broken("smtp_server.py did not start")
        self.port = int(said[1])

    def accepted(self):
        with open(self.record, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def send(folder, clock=CLOCK, before=()):
    """before: strace and its words; under it the leak sanitiser, where there is one, cannot look."""
    return subprocess.Popen([*before, RELAIS, "-c", os.path.join(folder, "relais.ini"), "send", "--until-idle", "--clock", clock],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"} if before else None)


def finish(process, wanted=(0, 1)):
    said = process.communicate(timeout=300)[1]
    if process.returncode not in wanted:
        raise Broken(f"relais send: exit {process.returncode}\n{said.decode('utf-8', 'replace')}")


def wait_for_the_moment(process, server, chance, full):
    """A random instant of the run: one in five by time, in its beginning (planning, first connections); the others by
    how much the server has accepted, so that a busy machine moves no instant behind the end."""
    full_s, full_bytes = full
    if chance.random() < 0.2:
        time.sleep(chance.uniform(0, full_s / 4))
        return
    wanted = os.path.getsize(server.record) if os.path.exists(server.record) else 0
    wanted += chance.uniform(0, full_bytes - wanted)
    while process.poll() is None and (not os.path.exists(server.record) or os.path.getsize(server.record) < wanted):
        time.sleep(0.0005)


def injecting(work, at, what):
    calls, _, ending = at.partition("@")
    path = ["-P", os.path.join(work, ending if ending.startswith("relais") else "relais.db" + ending)] if ending else []
    return ["strace", "-f", "-qq", "-o", os.path.join(work, "strace"), *path, "-e", f"trace={calls}", "-e", f"inject={calls}:{what}"]


def strike_at_step(work, options, step):
    """1 when the run came to that step and was killed at it."""
    if options.error:
        process = send(work, before=injecting(work, options.at, f"error={options.error}:when={step}{'+' if options.error_lasts else ''}"))
        try:
            said = process.communicate(timeout=60)[1].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM) # strace passes it on
            raise Broken(f"the sender hangs after {options.error} at step {step}") from None
        if process.returncode not in (0, 1, 2) or (process.returncode and not said.strip().split("\n")[-1].startswith("relais : ")):
            raise Broken(f"{options.error} at step {step}: exit {process.returncode}\n{said}")
        return int(process.returncode != 0)
    process = send(work, before=injecting(work, options.at, f"signal=KILL:when={step}"))
    finish(process, (0, 1, -signal.SIGKILL))
    return int(process.returncode == -signal.SIGKILL)


def steps_of(prepared, options):
    """How many such steps a run has that nothing interrupts, in the thread that has most of them: strace counts thread by thread."""
    with tempfile.TemporaryDirectory(prefix="relais-kill-") as folder:
        work = os.path.join(folder, "work")
        shutil.copytree(prepared, work)
        server = Server(folder, options.dot_delay)
        try:
            point_at(work, server, options)
            finish(send(work, before=injecting(work, options.at, "delay_enter=0")))
            with open(os.path.join(work, "strace"), encoding="utf-8", errors="replace") as file:
                return max(collections.Counter(line.split()[0] for line in file if "(" in line).values(), default=0)
        finally:
            server.close()


def point_at(work, server, options):
    with open(os.path.join(work, "relais.ini"), "a", encoding="utf-8") as file:
        file.write(f"\n[smtp]\nurl = smtp://127.0.0.1:{server.port}\nstarttls = off\nconnections = {options.connections}\n"
                   f"[store]\ndurability = {options.durability}\n")


def one_run(prepared, options, chance, full, step=0):
    """Returns (figures, (seconds, bytes recorded by the server) of a send nothing interrupted). full: those of an
    earlier run, None to kill nothing. step: where to kill with --at."""
    with tempfile.TemporaryDirectory(prefix="relais-kill-") as folder:
        work = os.path.join(folder, "work")
        shutil.copytree(prepared, work)
        server = Server(folder, options.dot_delay)
        try:
            point_at(work, server, options)
            struck = strike_at_step(work, options, step) if step else 0
            for _ in range(options.kills if full and not step else 0):
                process = send(work)
                wait_for_the_moment(process, server, chance, full)
                if process.poll() is None:
                    process.send_signal(getattr(signal, "SIG" + options.signal))
                    struck += 1
                finish(process, (0, 1) if options.signal == "TERM" else (0, 1, -signal.SIGKILL))
            begun = time.monotonic()
            finish(send(work))
            took = time.monotonic() - begun
            held = doubtful(work)
            finish(send(work, CLOCK_RESEND))
            figures = judge(work, server.accepted(), options, struck)
            figures["in_doubt"] = held
            return figures, (took, os.path.getsize(server.record))
        finally:
            server.close()


def doubtful(folder):
    with sqlite3.connect(f"file:{folder}/relais.db?mode=ro", uri=True) as db:
        return db.execute("SELECT COUNT(DISTINCT delivery_id) FROM event WHERE event = 'in_doubt'").fetchone()[0]


def judge(folder, accepted, options, struck):
    with sqlite3.connect(f"file:{folder}/relais.db?mode=ro", uri=True) as db:
        states = dict(db.execute("SELECT id, state FROM delivery"))
        parties = dict(db.execute("SELECT id, party_id FROM delivery"))
        delivery_of = dict(db.execute("SELECT message_id, delivery_id FROM dispatch"))
        doubted = {row[0] for row in db.execute("SELECT delivery_id FROM event WHERE event = 'in_doubt'")}
        sound = db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    copies, bytes_of = collections.Counter(), collections.defaultdict(set)
    for one in accepted:
        copies[one["message_id"]] += 1
        bytes_of[one["message_id"]].add(one["sha256"])
    reached = {delivery_of[message_id] for message_id in copies if message_id in delivery_of}
    doubles = {delivery_of.get(message_id): count - 1 for message_id, count in copies.items() if count > 1}
    report = json.loads(relais(folder, "report", "coupures", "--format", "json", clock=CLOCK_RESEND).stdout)["waves"][0]
    allowed = options.connections * struck
    return {
        "kills": struck,
        "lost": sum(state == SENT and one not in reached for one, state in states.items())
                + options.messages - len(set(parties.values())),
        "doubled": sum(doubles.values()), "allowed": allowed,
        "unexplained": sum(one not in doubted for one in doubles),
        "unmarked": sum(states[one] not in (SENT, IN_DOUBT) for one in reached),
        "strangers": sum(message_id not in delivery_of for message_id in copies),
        "bytes_differ": sum(len(digests) > 1 for digests in bytes_of.values()),
        "unfinished": sum(STATES[state] in ("ready", "claimed", "armed", "deferred") for state in states.values()),
        "left_in_doubt": sum(state == IN_DOUBT for state in states.values()),
        "too_many": max(0, sum(doubles.values()) - allowed) + max(0, len(doubted) - allowed),
        "unequal": int(report["planned"] != report["pending"] + report["sent"] + report["failed"] + report["skipped"]
                       + report["in_doubt"] or report["planned"] != options.messages),
        "unsound": int(not sound)}


MUST_BE_ZERO = ("lost", "unexplained", "unmarked", "strangers", "bytes_differ", "unfinished", "too_many", "unequal", "unsound")


def main():
    parser = argparse.ArgumentParser()
    for name in ("runs", "messages", "connections"):
        parser.add_argument(name, type=int)
    parser.add_argument("--signal", choices=("KILL", "TERM"), default="KILL")
    parser.add_argument("--policy", choices=tuple(AUDIENCES), default="resend")
    parser.add_argument("--durability", choices=("hybrid", "full"), default="hybrid")
    parser.add_argument("--seed", type=int, default=20251215)
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--dot-delay", type=int, default=3, help="ms between the final dot and its answer")
    parser.add_argument("--error", help="with --at: ENOSPC, EIO, EROFS, EMFILE … instead of the kill")
    parser.add_argument("--error-lasts", action="store_true", help="and every such call after it fails too, while that sender runs")
    parser.add_argument("--at", help="CALL[,CALL]@PATH: kill at the durable steps")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    total, worst = collections.Counter(), 0
    with tempfile.TemporaryDirectory(prefix="relais-kill-") as prepared:
        prepare(os.path.join(prepared, "ready"), options.messages, options.policy)
        _, full = one_run(os.path.join(prepared, "ready"), options, chance, None)
        print(f"# uninterrupted: {full[0]:.2f} s for {options.messages} messages", flush=True)
        steps = steps_of(os.path.join(prepared, "ready"), options) if options.at else 0
        if options.at:
            print(f"# {steps} steps of {options.at} in a run", flush=True)
            if not steps:
                raise Broken(f"no step of {options.at} in the whole run")
            options.runs = min(options.runs, steps)
        for number in range(1, options.runs + 1):
            step = 1 + (number - 1) * (steps - 1) // max(1, options.runs - 1) if steps else 0
            figures, _ = one_run(os.path.join(prepared, "ready"), options, chance, full, step)
            total.update(figures)
            worst = max(worst, figures["doubled"])
            wrong = [name for name in MUST_BE_ZERO if figures[name]]
            if options.signal == "TERM" and figures["in_doubt"]:
                wrong.append("in_doubt")
            print(f"# run {number}: killed {figures['kills']} · in doubt {figures['in_doubt']} · doubled {figures['doubled']}"
                  + (f" at step {step}" if step else "") + f" (at most {figures['allowed']})" + "".join(f" · {name.upper()} {figures[name]}" for name in wrong), flush=True)
            total["broken"] += bool(wrong)
    print(f"{options.runs} runs of {options.messages} messages over {options.connections} connections, SIG{options.signal}, "
          f"{options.policy}{', at ' + options.at if options.at else ''}{', ' + options.error if options.error else ''}: killed {total['kills']} · lost {total['lost']} · doubled {total['doubled']} (worst run {worst}, "
          f"bound {options.connections * options.kills}) · in doubt {total['in_doubt']}, left so {total['left_in_doubt']}, mean a kill {total['in_doubt'] / max(1, total['kills']):.1f} · "
          f"doubled without a doubt shown {total['unexplained']} · accepted but not counted {total['unmarked']} · "
          f"different bytes {total['bytes_differ']} · not finished {total['unfinished']} · runs with a broken promise {total['broken']}")
    return 1 if total["broken"] else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Broken as why:
        sys.exit(str(why))
