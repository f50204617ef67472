#!/usr/bin/env python3
"""Returns read over IMAP from a real Dovecot: each message counted exactly once, wherever the line is cut and however the server renumbers, and in bounded memory however
many wait. The long form: IMAP_MESSAGES=100000 tests/imap.t many. (Servers that misbehave: imap_hostile.t.)"""
import os
import sys
import time

from certificates import Certificates
from dovecot_bed import Dovecot, missing
from imap_bed import Bed, letter, peak_kb, until
from imap_server import Proxy
from tap import SANITIZED, check, finish, same, skip_all, skip_unless_built

MANY = int(os.environ.get("IMAP_MESSAGES", "5000"))
PASSWORD = 'mot "de" pa\\sse é'
RSS_KB = 40000 if not SANITIZED else 2000000

skip_unless_built()
if missing():
    skip_all(missing())
bed = Bed()
certificates = Certificates(bed.path("cert"))
bed.secret("mdp", PASSWORD)


def source(url, **more):
    return {"imap_url": url, "username": "retour", "password_file": "mdp", "ca_file": certificates.path("ca.pem"), "poll": "100ms", "reply_timeout": "3s",
            "connect_timeout": "2s", **more}


# -- a real Dovecot
def with_dovecot(dovecot):
    imaps, imap = f"imaps://localhost:{dovecot.tls_port}", f"imap://localhost:{dovecot.port}/INBOX"
    same_one = letter(1)
    dovecot.deliver("retour", [same_one, letter(2), same_one, same_one])
    bed.configure(inbox=source(imaps))
    run = bed.once()
    same("IMAPS: the same mail three times is counted once", (run[0], run[1] and run[1]["taken"], run[1] and run[1]["seen_before"], bed.counted()), (0, 2, 2, (2, 2)))
    same("all are in the folder, which was made", (dovecot.waiting("retour"), dovecot.waiting("retour", "Relais")), (0, 4))
    dovecot.deliver("retour", [letter(3)])
    bed.configure(inbox=source(imap))
    same("STARTTLS", (bed.once()[0], bed.counted()), (0, (3, 3)))
    for changed in (1, 2):
        dovecot.forget_numbers("retour")
        dovecot.deliver("retour", [letter(1), letter(2), letter(3), letter(10 + changed)])
        same(f"UIDVALIDITY changed ({changed}): what is new is counted", (bed.once()[0], bed.counted()), (0, (3 + changed, 3 + changed)))
    bed.configure(inbox=source(imaps, poll="1h", done_folder="Lus &amp; rangés"))
    role = bed.start()
    check("it idles", until(lambda: "IDLE" in dovecot.log() or bed.log() is not None and time.sleep(0.5) is None, 5))
    began = time.monotonic()
    dovecot.deliver("retour", [letter(20)])
    check("IDLE: woken by a delivery", until(lambda: bed.counted()[0] == 6, 5), bed.log())
    check(f"… within two seconds ({time.monotonic() - began:.1f})", time.monotonic() - began < 2)
    same("the folder's name in the protocol's letters", until(lambda: dovecot.waiting("retour", "Lus &- rang&AOk-s") == 1 or dovecot.waiting("retour", "Lus &-amp; rang&AOk-s") == 1, 5), True)
    dovecot.stop()
    time.sleep(0.3)
    dovecot.start()
    dovecot.deliver("retour", [letter(21)])
    check("a server that was restarted is found again", until(lambda: bed.counted()[0] == 7, 15), bed.log())
    same("it ends when told", bed.stop(role), 0)
    bed.forget()


def cut_everywhere(dovecot):
    """The line is cut after N bytes of either direction, for N up to all of them."""
    messages = [letter(i) for i in range(6)]
    proxy = Proxy(dovecot.port)
    bed.configure(inbox=source(f"imap://127.0.0.1:{proxy.port}", starttls="off"))
    dovecot.deliver("coupe", messages)
    bed.configure(inbox=source(f"imap://127.0.0.1:{proxy.port}", starttls="off", username="coupe"))
    proxy.cut()
    same("through the proxy, uncut", (bed.once()[0], bed.counted()), (0, (6, 6)))
    totals = {"down": proxy.seen_down, "up": proxy.seen_up}
    steps, odd = 0, []
    for direction, pieces in (("down", 24), ("up", 16)):
        for step in range(pieces):
            bed.forget()
            dovecot.deliver("coupe", [letter(f"{direction}-{step}-{i}") for i in range(6)])
            proxy.cut(**{direction: totals[direction] * step // pieces})
            run = bed.once()
            steps += 1
            if run[0] not in (0, 1, 2) or (run[0] == 0 and bed.counted() != (6, 6)):
                odd.append((direction, step, run))
            proxy.cut()
            run = bed.once()
            if run[0] != 0 or bed.counted() != (6, 6) or dovecot.waiting("coupe"):
                odd.append((direction, step, run, bed.counted(), dovecot.waiting("coupe")))
    same(f"cut at {steps} places, each message counted once and none lost", odd, [])
    bed.forget()


def many(dovecot):
    dovecot.deliver("foule", [letter(i, size=2000) for i in range(MANY)])
    bed.configure(inbox=source(f"imaps://localhost:{dovecot.tls_port}", username="foule", reply_timeout="30s"), log={"level": "info"})
    began = time.monotonic()
    role = bed.start()
    peak = 0
    while bed.counted()[0] < MANY and role.poll() is None and time.monotonic() - began < 30 + MANY / 20:
        time.sleep(max(0.2, MANY / 20000))
    took = time.monotonic() - began
    same(f"{MANY} messages, each once", bed.counted(), (MANY, MANY))
    until(lambda: dovecot.waiting("foule") == 0, 30)
    same("all have left", (dovecot.waiting("foule"), dovecot.waiting("foule", "Relais")), (0, MANY))
    peak = peak_kb(role.pid)
    check(f"{peak} kB at most, {MANY / took:.0f} messages a second", peak < RSS_KB, peak)
    bed.stop(role)
    check("progress was told", f"1000 of {MANY} read" in bed.log(), bed.log()[-2000:])
    bed.forget()


real = None
try:
    real = Dovecot(bed.path("dovecot"), certificates.path("good"), {name: PASSWORD for name in ("retour", "coupe", "foule")},
                   "remote 127.0.0.1 {\n  disable_plaintext_auth = no\n}\n")
    for story in (with_dovecot, cut_everywhere, many):
        if len(sys.argv) < 2 or story.__name__ in sys.argv[1:]:
            story(real)
finally:
    if real:
        real.stop()
    bed.close()
finish()
