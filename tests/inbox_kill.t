#!/usr/bin/env python3
"""kill -9 of the inbox role while 500 returns arrive in a Maildir and over IMAP: each is counted exactly once, with its consequences, and none is lost. INBOX_KILLS=50 for the
long form. The IMAP server is Dovecot where it is installed, else the scripted one."""
import os
import random
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


def kill_and_count(bed, imap):
    maildir = bed.path("retours")
    for part in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(maildir, part))
    bed.write("mdp", "secret\n", 0o600)
    bed.configure(f"[inbox]\nmaildir = retours\npoll = 100ms\n[inbox.boite]\nimap_url = {imap.url}\n{imap.more}\nusername = retour\npassword_file = mdp\npoll = 100ms\n"
                  "idle = 1s\nreply_timeout = 5s")
    bed.write("liste.csv", "code_insee;emails;statut\n" + "".join(f"{code};mairie{code}@commune.example;informee\n" for code in TOWNS))
    for words in (("campaign", "create", "c", "--schedule", "c.ics"), ("import", "liste.csv", "--campaign", "c"), ("start", "c", "--yes"), ("send", "--until-idle")):
        subprocess.run([RELAIS, *words, "--clock", CLOCK], cwd=bed.work, check=True, capture_output=True, timeout=60)
    tokens = [token for (token,) in bed.rows("SELECT token FROM dispatch ORDER BY id")]
    same("all were sent", len(tokens), len(TOWNS))

    def arrive():
        for number in range(RETURNS):
            message = returned(number, tokens[number % len(tokens)])
            if number % 2:
                imap.deliver(message)
            else:
                with open(os.path.join(maildir, "tmp", str(number)), "wb") as file:
                    file.write(message)
                os.rename(os.path.join(maildir, "tmp", str(number)), os.path.join(maildir, "new", f"{1700000000 + number}.essai"))
            time.sleep(0.0006 * KILLS)
    arriving = threading.Thread(target=arrive)
    arriving.start()
    killed, at = 0, []
    log = open(bed.path("role.log"), "ab")
    while killed < KILLS:
        role = subprocess.Popen([RELAIS, "inbox", "--clock", CLOCK], cwd=bed.work, stdout=log, stderr=log)
        time.sleep(0.1 + 0.4 * chance.random())
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
    role.send_signal(signal.SIGTERM)
    same("the role ends when told", role.wait(20), 0)
    same("each is counted exactly once", bed.rows("SELECT COUNT(*), COUNT(DISTINCT message_id), SUM(proof = 'token') FROM inbound"), [(RETURNS, RETURNS, RETURNS)])
    same("each from where it came", dict(bed.rows("SELECT source, COUNT(*) FROM inbound GROUP BY source")), {"inbox": RETURNS // 2, "inbox.boite": RETURNS // 2})
    same("its consequences too", bed.rows("SELECT COUNT(*) FROM event WHERE event = 'reply'"), [(RETURNS,)])
    same("none is lost: each lies where what is read is put", (len(os.listdir(os.path.join(maildir, ".Relais", "cur"))), imap.put_away()), (RETURNS // 2, RETURNS // 2))


with Bed([on("vague", "20251215")], CLOCK) as bed:
    imap = Scripted() if missing() else Real(bed)
    print(f"# {type(imap).__name__.lower()} IMAP server")
    try:
        kill_and_count(bed, imap)
    finally:
        imap.stop()
finish()
