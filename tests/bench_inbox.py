#!/usr/bin/env python3
"""How fast the inbox role takes in a Maildir of generated messages (by hand): delivery reports and auto-replies with tokens, and unknown letters, a third each.
Beside it somebody writes to the store every 20 ms, as the sender does: how long that waited is told too.

bench_inbox.py [--messages 20000] [--towns 2000]      BUILD: where relais is"""
import argparse
import fcntl
import os
import sqlite3
import subprocess
import time

from campaign_bed import Bed, on
from imap_bed import peak_kb
from tap import RELAIS

CLOCK = "2025-12-15T10:00:00+01:00"


def report(number, address, token):
    path = f"retour+{token}@amf.example"
    return (f"Return-Path: <>\nDelivered-To: {path}\nFrom: MAILER-DAEMON@mx.test\nTo: {path}\nSubject: Undelivered Mail\nMessage-ID: <{number}@mx.test>\nMIME-Version: 1.0\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=\"q\"\n\n--q\nContent-Type: text/plain\n\nYour message could not be delivered.\n--q\n"
            f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\nFinal-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.2.2\n"
            "Diagnostic-Code: smtp; 552 5.2.2 mailbox full\n\n--q--\n")


def letter(number, sender, to, subject, more=""):
    return (f"Return-Path: <{sender}>\nFrom: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <{number}@commune.test>\n{more}MIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=utf-8\n\nBonjour, la mairie est fermée jusqu'au 2 janvier.\n{'Une ligne de texte. ' * 3}\n" + "x" * 70 + "\n")


def fill(bed, count):
    sent = bed.rows("SELECT address, token FROM dispatch ORDER BY id")
    for part in ("new", "cur", "tmp"):
        os.makedirs(bed.path(os.path.join("retours", part)))
    for number in range(count):
        address, token = sent[number % len(sent)]
        text = (report(number, address, token) if number % 3 == 0 else
                letter(number, address, f"retour+{token}@amf.example", "Réponse automatique", "Auto-Submitted: auto-replied\n") if number % 3 == 1 else
                letter(number, f"qui{number}@ailleurs.test", "retour@amf.example", "Bonjour"))
        bed.write(f"retours/new/{1700000000 + number}.essai", text)


def measure(bed, count):
    role = subprocess.Popen([RELAIS, "-c", bed.path("relais.ini"), "inbox", "--clock", CLOCK], stderr=subprocess.PIPE, text=True)
    store = sqlite3.connect(bed.path("relais.db"), timeout=60, isolation_level=None)
    lock, began, waits, done, peak = os.open(bed.path("relais.db-writer"), os.O_RDWR), time.monotonic(), [], 0, 0
    while done < count and role.poll() is None:
        asked = time.monotonic()
        fcntl.flock(lock, fcntl.LOCK_EX)
        waits.append(time.monotonic() - asked)
        store.execute("BEGIN IMMEDIATE")
        done = store.execute("SELECT MAX(id) FROM inbound").fetchone()[0] or 0
        store.execute("COMMIT")
        fcntl.flock(lock, fcntl.LOCK_UN)
        time.sleep(0.02)
    took = time.monotonic() - began
    waits.sort()
    peak = peak_kb(role.pid)
    role.terminate()
    told = role.communicate()[1]
    print(f"{count} messages in {took:.1f} s: {count / took:.0f} a second; {peak} kB at most; somebody else waited for the store {waits[len(waits) // 2] * 1000:.1f} ms (half), "
          f"{waits[len(waits) * 99 // 100] * 1000:.0f} ms (1 in 100), {waits[-1] * 1000:.0f} ms (the longest)")
    print("kinds", dict(bed.rows("SELECT kind || '/' || proof, COUNT(*) FROM inbound GROUP BY 1")), "progress lines:", told.count(" read"))


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--messages", type=int, default=20000)
parser.add_argument("--towns", type=int, default=2000)
options = parser.parse_args()
with Bed([on("vague", "20251215")], CLOCK) as bed:
    towns = [code for (code,) in bed.rows("SELECT id FROM collectivity WHERE length(id) = 5 AND gone = 0 AND department < '96' ORDER BY id LIMIT ?", options.towns)]
    bed.configure("[inbox]\nmaildir = retours\n[log]\nlevel = info")
    bed.create()
    bed.enrol({code: f"mairie@commune{code}.example" for code in towns}, "informee")
    bed("start", "c", "--yes")
    bed.send(CLOCK)
    fill(bed, options.messages)
    measure(bed, options.messages)
