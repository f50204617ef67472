#!/usr/bin/env python3
"""Returns read from an mbox file that an MTA writes at the same time, with kills at every step: nothing is lost, nothing is counted twice, locks are kept."""
import fcntl
import os
import random
import shutil
import subprocess
import threading
import time

from imap_bed import CLOCK, Bed, letter, until
from tap import RELAIS, check, finish, same, skip_unless_built

FROM = b"From mairie@commune.test Mon Jan  5 09:05:30 2026\n"

skip_unless_built()
bed = Bed("relais-mbox.")
mbox = bed.path("boite")


def plain(number, text="Bonjour."):
    return letter(number, text).replace(b"\r\n", b"\n")


def quoted(message):
    return b"".join((b">" if line.lstrip(b">").startswith(b"From ") else b"") + line for line in message.splitlines(True))


def forsaken(lock):
    """What MTAs do with a lock whose owner is gone."""
    try:
        with open(lock, encoding="ascii") as file:
            pid = int(file.read() or "0")
        if pid and not os.path.exists(f"/proc/{pid}"):
            os.unlink(lock)
    except OSError:
        pass


def append(messages, use_lock_file=True, hold=0.0):
    """As an MTA delivers: the file opened, FILE.lock and fcntl taken, written behind what is there."""
    with open(mbox, "ab") as file:
        lock = mbox + ".lock"
        while True:
            fcntl.lockf(file, fcntl.LOCK_EX)
            try:
                if use_lock_file:
                    os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                break
            except FileExistsError:
                forsaken(lock)
                fcntl.lockf(file, fcntl.LOCK_UN)
                time.sleep(0.005)
        for message in messages:
            file.write(FROM + quoted(message) + b"\n")
            file.flush()
            time.sleep(hold)
        if use_lock_file:
            os.unlink(lock)


def left():
    return {name for name in os.listdir(bed.tmp) if name.startswith("boite") and name not in ("boite", "boite.relais-lock")}


def reading():
    bed.configure(inbox={"mbox": "boite", "poll": "100ms"})
    same("a file that is not there is empty", (bed.once()[0], bed.once()[1]["taken"]), (0, 0))
    text = "From here to there.\n\n>From me\nFrom tomorrow on\n"
    append([plain(1), plain(2, text), plain(3)])
    run = bed.once()
    same("three are read", (run[0], run[1]["taken"], bed.counted()), (0, 3, (3, 3)))
    same("as they were before they were quoted", bed.rows("SELECT raw FROM inbound WHERE message_id LIKE '<2@%'"), [(plain(2, text),)])
    same("the file is empty, and still there; nothing lies about", (os.path.getsize(mbox), left()), (0, set()))
    append([plain(2, text), plain(4)])
    same("what comes again is known", (bed.once()[1]["seen_before"], bed.counted()), (1, (4, 4)))
    with open(mbox, "wb") as file:
        file.write(b"Subject: no mbox\n\nx\n")
    run = bed.once()
    same("what is no mbox stays as it is", (run[0], "MBOX" in str(run[1]), os.path.getsize(mbox)), (2, True, 20))
    os.unlink(mbox)
    os.symlink("/etc/hostname", mbox)
    same("nor is a link followed", bed.once()[0], 2)
    os.unlink(mbox)
    bed.forget()


def locks():
    bed.configure(inbox={"mbox": "boite", "poll": "100ms"})
    append([plain(1)])
    open(mbox + ".lock", "w").close()
    run = bed.once()
    same("FILE.lock is respected", (run[0], "MBOX_LOCKED" in str(run[1]), os.path.getsize(mbox) > 0), (2, True, True))
    os.utime(mbox + ".lock", (time.time() - 7200, time.time() - 7200))
    same("but not for hours", bed.once()[0], 0)
    append([plain(2)])
    with open(mbox, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        run = bed.once()
        same("so is fcntl", (run[0], "MBOX_LOCKED" in str(run[1])), (2, True))
    same("and read after it", (bed.once()[0], bed.counted()), (0, (2, 2)))
    append([plain(3)])
    role = bed.start()
    until(lambda: bed.counted()[0] == 3)
    run = bed.once()
    same("a second reader is told so", (run[0], "LOCKED" in str(run[1])), (2, True))
    same("the first ends when told", bed.stop(role), 0)
    bed.forget()


def while_delivered():
    """An MTA delivers all the time; the reader is killed all the time."""
    bed.configure(inbox={"mbox": "boite", "poll": "100ms"})
    chance, number, stop = random.Random(20260116), [0], threading.Event()

    def deliver():
        while number[0] < 400:
            batch = [plain(number[0] + i) for i in range(chance.randrange(1, 6))]
            append(batch, hold=0.001)
            number[0] += len(batch)
            time.sleep(0.01)
    mta = threading.Thread(target=deliver)
    mta.start()
    kills = 0
    while mta.is_alive() or kills < 10:
        role = bed.start()
        time.sleep(0.05 + 0.3 * chance.random())
        role.kill()
        role.wait()
        kills += 1
    mta.join()
    role = bed.start()
    check(f"{number[0]} delivered, {kills} kills: each counted once, none lost", until(lambda: bed.counted() == (number[0], number[0]), 60), bed.counted())
    until(lambda: not left(), 5)
    bed.stop(role)
    same("nothing lies about", (os.path.getsize(mbox), left()), (0, set()))
    bed.forget()


def at_each_step():
    """A kill, or a full disk, at each system call that changes something."""
    bed.configure(inbox={"mbox": "boite", "poll": "100ms"})
    if not shutil.which("strace"):
        return
    odd = []
    for call, most in (("fsync", 5), ("rename", 2), ("ftruncate", 3), ("unlink", 4)):
        for what in ("signal=KILL", "error=ENOSPC"):
            for when in range(1, most + 1):
                bed.forget()
                append([plain(f"{call}-{what}-{when}-{i}") for i in range(3)])
                subprocess.run(["strace", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{what}:when={when}", RELAIS, "inbox", "--once", "--clock", CLOCK],
                               cwd=bed.tmp, capture_output=True, timeout=60)
                run = bed.once()
                if run[0] != 0 or bed.counted() != (3, 3) or left() or os.path.getsize(mbox):
                    odd.append((call, what, when, run, bed.counted(), left()))
    same("killed, or refused, at each step: nothing lost, nothing twice", odd, [])
    bed.forget()


def what_stays():
    """A message that cannot be taken yet stays; what comes meanwhile is read."""
    bed.configure(inbox={"mbox": "boite", "poll": "100ms", "max_megabytes": 1})
    append([plain(1), plain(2, "x" * 70 + "\n" + ("y" * 70 + "\n") * 20000), plain(3)])
    run = bed.once()
    same("too large: its beginning, unread", (run[0], bed.counted()[0], bed.rows("SELECT reason FROM inbound WHERE kind = 'unread'")), (1, 3, [("too-large",)]))
    bed.forget()


try:
    reading()
    locks()
    while_delivered()
    at_each_step()
    what_stays()
finally:
    bed.close()
finish()
