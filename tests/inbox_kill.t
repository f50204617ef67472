#!/usr/bin/env python3
"""kill -9 of the inbox role while 500 returns arrive in a Maildir and over IMAP: each is counted exactly once, with its consequences, and none is lost. INBOX_KILLS=50 for the
long form. The IMAP server is Dovecot where it is installed, else the scripted one. Then kills at chosen steps of a group: while its rows are written, when they are made
durable, while its messages leave one after the other (where there is strace); and one message among others that must wait, or whose consequences the store refuses."""
import os
import random
import shutil
import signal
import subprocess
import threading
import time

from campaign_bed import Bed, on
from certificates import Certificates
from dovecot_bed import Dovecot, missing
from imap_bed import until
from imap_server import ImapServer
from tap import RELAIS, check, finish, same, skip_unless_built

KILLS, RETURNS, SEED = int(os.environ.get("INBOX_KILLS", "10")), 500, 20260116
BATCH, TWICE = 100, 10 # messages that lie there together: more than a group; every tenth of them twice
CLOCK = "2025-12-15T10:00:00+01:00"
TOWNS = [f"29{number:03d}" for number in (19, 232, 151, 155, 39, 103, 46, 189, 233, 58)]

skip_unless_built()
chance = random.Random(SEED)


class Scripted:
    def __init__(self):
        self.server = ImapServer(users={"retour": "secret"})
        self.url, self.more = f"imap://127.0.0.1:{self.server.port}", "starttls = off"

    def deliver(self, message):
        self.server.add(message)

    def left(self):
        return len(self.server.box)

    def put_away(self):
        return len(self.server.folders.get("Relais", []))

    def stop(self):
        self.server.close()


class Real:
    def __init__(self, bed):
        os.chmod(bed.folder, 0o755)
        self.certificates = Certificates(os.path.join(bed.folder, "cert"))
        self.server = Dovecot(os.path.join(bed.folder, "dovecot"), self.certificates.path("good"), {"retour": "secret"})
        self.url, self.more = f"imaps://localhost:{self.server.tls_port}", f"ca_file = {self.certificates.path('ca.pem')}"

    def deliver(self, message):
        self.server.deliver("retour", [message])

    def left(self):
        return self.server.waiting("retour")

    def put_away(self):
        return self.server.waiting("retour", "Relais")

    def stop(self):
        self.server.stop()


def returned(number, token):
    return (f"Return-Path: <mairie@commune{number}.example>\r\nFrom: mairie@commune{number}.example\r\nTo: retour+{token}@amf.example\r\nSubject: Re: Information\r\n"
            f"Message-ID: <retour{number}@commune.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBonjour, message {number}.\r\n").encode()


def make_maildir(bed):
    maildir = bed.path("retours")
    for part in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(maildir, part))
    return maildir


def put(maildir, number, name, token):
    with open(os.path.join(maildir, "new", name), "wb") as file:
        file.write(returned(number, token))


def send_all(bed):
    bed.write("liste.csv", "code_insee;emails;statut\n" + "".join(f"{code};mairie{code}@commune.example;informee\n" for code in TOWNS))
    for words in (("campaign", "create", "c", "--schedule", "c.ics"), ("import", "liste.csv", "--campaign", "c"), ("start", "c", "--yes"), ("send", "--until-idle")):
        subprocess.run([RELAIS, *words, "--clock", CLOCK], cwd=bed.work, check=True, capture_output=True, timeout=60)
    tokens = [token for (token,) in bed.rows("SELECT token FROM dispatch ORDER BY id")]
    same("all were sent", len(tokens), len(TOWNS))
    return tokens


def hears_term(pid):
    """Whether the process has got so far that it is told to end, and not merely ended."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        caught = next(line for line in file if line.startswith("SigCgt:"))
    return int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1


def kill_and_count(bed, imap):
    maildir = make_maildir(bed)
    bed.write("mdp", "secret\n", 0o600)
    bed.configure(f"[inbox]\nmaildir = retours\npoll = 100ms\n[inbox.boite]\nimap_url = {imap.url}\n{imap.more}\nusername = retour\npassword_file = mdp\npoll = 100ms\n"
                  "idle = 1s\nreply_timeout = 5s")
    tokens = send_all(bed)

    def arrive():
        for number in range(RETURNS):
            message = returned(number, tokens[number % len(tokens)])
            if number % 2:
                imap.deliver(message)
            else:
                with open(os.path.join(maildir, "tmp", str(number)), "wb") as file:
                    file.write(message)
                os.rename(os.path.join(maildir, "tmp", str(number)), os.path.join(maildir, "new", f"{1700000000 + number}.essai"))
            time.sleep(0.0009 * KILLS)
    arriving = threading.Thread(target=arrive)
    arriving.start()
    killed, at = 0, []
    log = open(bed.path("role.log"), "ab")
    while killed < KILLS:
        role = subprocess.Popen([RELAIS, "inbox", "--clock", CLOCK], cwd=bed.work, stdout=log, stderr=log)
        time.sleep(0.2 + 0.5 * chance.random())
        killed += role.poll() is None
        role.send_signal(signal.SIGKILL)
        role.wait()
        at.append(bed.rows("SELECT COUNT(*) FROM inbound")[0][0])
        if arriving.is_alive() is False and at[-1] == RETURNS:
            break
    arriving.join()
    check(f"killed {killed} times, with {at[0]} to {at[-1]} returns counted", killed == KILLS or at[-1] == RETURNS, at)
    check("in the middle of them", any(0 < n < RETURNS for n in at), at)
    role = subprocess.Popen([RELAIS, "inbox", "--clock", CLOCK], cwd=bed.work, stdout=log, stderr=log)
    left = lambda: imap.left() + sum(len(os.listdir(os.path.join(maildir, part))) for part in ("new", "cur"))
    check("at the end nothing waits", until(lambda: left() == 0 and bed.rows("SELECT COUNT(*) FROM inbound")[0][0] >= RETURNS, 40), left())
    until(lambda: hears_term(role.pid), 10)
    role.send_signal(signal.SIGTERM)
    same("the role ends when told", role.wait(20), 0)
    same("each is counted exactly once", bed.rows("SELECT COUNT(*), COUNT(DISTINCT message_id), SUM(proof = 'token') FROM inbound"), [(RETURNS, RETURNS, RETURNS)])
    same("each from where it came", dict(bed.rows("SELECT source, COUNT(*) FROM inbound GROUP BY source")), {"inbox": RETURNS // 2, "inbox.boite": RETURNS // 2})
    same("its consequences too", bed.rows("SELECT COUNT(*) FROM event WHERE event = 'reply'"), [(RETURNS,)])
    same("none is lost: each lies where what is read is put", (len(os.listdir(os.path.join(maildir, ".Relais", "cur"))), imap.put_away()), (RETURNS // 2, RETURNS // 2))


def run_killed(bed, call, when):
    """Killed when it makes that system call for the N-th time; whether it got so far."""
    run = subprocess.run(["strace", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}", RELAIS, "inbox", "--once", "--clock", CLOCK],
                         cwd=bed.work, capture_output=True, timeout=60, check=False, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    return run.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)


def kill_inside_groups(bed):
    maildir, tokens, number = make_maildir(bed), send_all(bed), 0
    bed.configure("[inbox]\nmaildir = retours\n[log]\nlevel = warning")
    waiting = lambda: len(os.listdir(os.path.join(maildir, "new")))
    inside, odd = 0, []
    for call, when in (("pwrite64", 3), ("pwrite64", 40), ("fdatasync", 1), ("fdatasync", 2), ("/^rename", 1), ("/^rename", 20), ("/^rename", 90), ("/^unlink", 1)):
        before = bed.rows("SELECT COUNT(*) FROM inbound")[0][0]
        files = 0
        for number in range(number + 1, number + BATCH + 1):
            for copy in range(2 if number % TWICE == 0 else 1):
                put(maildir, number, f"{1700000000 + number}.{copy}", tokens[number % len(tokens)])
                files += 1
        killed = run_killed(bed, call, when)
        counted, left = bed.rows("SELECT COUNT(*) FROM inbound")[0][0] - before, files - waiting()
        if call == "/^unlink": # nothing is unlinked: the witness that a run which is not killed takes all
            same("a run under strace that is let live takes all", (killed, counted, left), (False, BATCH, files))
            continue
        print(f"# killed at {call} {when}: {counted} durable, {left} of {files} files had left")
        inside += killed and left < files and counted < BATCH + 1
        if not killed or (call == "/^rename" and (left != when - 1 or counted < left * BATCH // files)) or counted > BATCH:
            odd.append((call, when, killed, counted, left))
        run = subprocess.run([RELAIS, "inbox", "--once", "--clock", CLOCK], cwd=bed.work, capture_output=True, timeout=60, check=False)
        if (run.returncode, bed.rows("SELECT COUNT(*) FROM inbound")[0][0] - before, waiting()) != (0, BATCH, 0):
            odd.append((call, when, "afterwards", run.stdout, run.stderr, waiting()))
    same(f"killed {inside} times inside a group: none lost, none counted twice, none gone before it was durable", odd, [])
    same("consequences once each", bed.rows("SELECT COUNT(*), COUNT(DISTINCT origin) FROM event WHERE event = 'reply'"), [(number, 1)])


def leaving_among_others(bed):
    """What concerns a delivery that is leaving at this moment waits, seen twice or not; the others need not."""
    maildir = bed.path("retours")
    (leaving, token), = bed.rows("SELECT delivery_id, token FROM dispatch ORDER BY id LIMIT 1")
    other = bed.rows("SELECT token FROM dispatch ORDER BY id LIMIT 1 OFFSET 1")[0][0]
    first = bed.rows("SELECT COALESCE(MAX(id), 0) FROM inbound")[0][0]
    bed.change("UPDATE delivery SET state = 2 WHERE id = ?", leaving)
    for number, whose, name in ((40000, other, "a"), (40001, token, "b"), (40001, token, "c"), (40002, other, "d")):
        put(maildir, number, f"17000{number}.{name}", whose)
    counted = lambda: bed.rows("SELECT COUNT(*) FROM inbound WHERE id > ?", first)[0][0]
    role = subprocess.Popen([RELAIS, "inbox", "--once", "--clock", CLOCK], cwd=bed.work, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    check("leaving: the others are taken at once", until(lambda: counted() == 2 and len(os.listdir(os.path.join(maildir, "new"))) == 2, 15) and role.poll() is None, counted())
    said = role.communicate(timeout=30)[1]
    same("leaving: it stays where it is, which is said", (role.returncode, counted(), "en train de partir" in said, sorted(os.listdir(os.path.join(maildir, "new")))),
         (1, 2, True, ["1700040001.b", "1700040001.c"]))
    bed.change("UPDATE delivery SET state = 4 WHERE id = ?", leaving)
    run = subprocess.run([RELAIS, "inbox", "--once", "--clock", CLOCK], cwd=bed.work, capture_output=True, timeout=60, check=False)
    same("left: it is taken, once", (run.returncode, counted(), os.listdir(os.path.join(maildir, "new"))), (0, 3, []))


def refused_among_others(bed):
    """The store refuses what one of a group asks for: that one waits for a person, the others are as if it were not there."""
    maildir = bed.path("retours")
    bed.change("CREATE TRIGGER no BEFORE INSERT ON suppression_fact BEGIN SELECT RAISE(ABORT, 'essai'); END")
    tokens = [token for (token,) in bed.rows("SELECT token FROM dispatch ORDER BY id")]
    first = bed.rows("SELECT MAX(id) FROM inbound")[0][0]
    for number in range(20000, 20010):
        put(maildir, number, f"{1700000000 + number}.x", tokens[number % len(tokens)])
    with open(os.path.join(maildir, "new", "1700020004.opposition"), "wb") as file:
        file.write(returned(30000, tokens[0]).replace(b"Bonjour, message 30000.", b"Merci de ne plus nous envoyer de messages."))
    run = subprocess.run([RELAIS, "inbox", "--once", "--clock", CLOCK], cwd=bed.work, capture_output=True, text=True, timeout=60, check=False)
    same("a refused one: the others are taken, it is kept unread", (run.returncode, bed.rows("SELECT kind, COUNT(*) FROM inbound WHERE id > ? GROUP BY kind ORDER BY kind", first)),
         (1, [("reply", 10), ("unread", 1)]))
    check("the log says why", "essai" in run.stderr and "kept unread" in run.stderr, run.stderr)
    same("all have left", os.listdir(os.path.join(maildir, "new")), [])
    bed.change("DROP TRIGGER no")
    id, sender, proof = bed.rows("SELECT id, sender, proof FROM inbound WHERE kind = 'unread' ORDER BY id DESC LIMIT 1")[0]
    same("with its sender, and nothing proved", (sender, proof), ("mairie@commune30000.example", "none"))
    party = bed.rows("SELECT party_id FROM delivery d JOIN dispatch p ON p.delivery_id = d.id WHERE p.token = ?", tokens[0])[0][0]
    bed("returns", "c", "settle", str(id), "attach", party)
    same("a person attaches it, and its rule acts", bed.rows("SELECT reason FROM suppression"), [("objection",)])


with Bed([on("vague", "20251215")], CLOCK) as bed:
    imap = Scripted() if missing() else Real(bed)
    print(f"# {type(imap).__name__.lower()} IMAP server")
    try:
        kill_and_count(bed, imap)
    finally:
        imap.stop()
with Bed([on("vague", "20251215")], CLOCK) as bed:
    if shutil.which("strace"):
        kill_inside_groups(bed)
    else:
        print("# no strace: kills at chosen steps are left out")
        make_maildir(bed)
        send_all(bed)
        bed.configure("[inbox]\nmaildir = retours\n[log]\nlevel = warning")
    leaving_among_others(bed)
    refused_among_others(bed)
finish()
