#!/usr/bin/env python3
"""Hostile mail in the inbox role: a child that is killed keeps its own message for a person and harms no other, the role goes on; the
reader has neither the key, nor the database, nor a descriptor of the role's; bombs and giants are taken like any mail."""
import base64
import glob
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

from tap import RELAIS, SANITIZED, check, finish, same, skip, skip_unless_built

skip_unless_built()
tmp = tempfile.mkdtemp(prefix="relais-hostile-mail.")
maildir = os.path.join(tmp, "retours")
CORPUS = sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "inbox", "*.eml")))
# The slowest to read within the limits, so that its child can be met at work.
SLOW = b"Subject: x\n\n" + b"From a@b.test Mon Jan  1 00:00:00 2026\n" * 25000
laid = 0


def bounce(n):
    return (f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.test\nTo: retour@amf.example\nSubject: Undelivered Mail\nMessage-ID: <{n}@mx.test>\nMIME-Version: 1.0\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=q\n\n--q\n\nnot delivered\n--q\nContent-Type: message/delivery-status\n\n"
            f"Final-Recipient: rfc822; a{n}@b.test\nAction: failed\nStatus: 5.1.1\n\n--q--\n").encode()


def lay(message):
    global laid
    laid += 1
    name = f"17657{laid:05d}.M1P1.mx"
    with open(os.path.join(maildir, "tmp", name), "wb") as file:
        file.write(message)
    os.rename(os.path.join(maildir, "tmp", name), os.path.join(maildir, "new", name))


def rows(sql, *values):
    store = sqlite3.connect(os.path.join(tmp, "relais.db"), timeout=20)
    found = store.execute(sql, values).fetchall()
    store.close()
    return found


def once():
    run = subprocess.run([RELAIS, "inbox", "--once", "--format", "json"], cwd=tmp, capture_output=True, timeout=180, check=False)
    return run.returncode, json.loads(run.stdout) if run.stdout else {"stderr": run.stderr}


def begin(*words):
    return subprocess.Popen([RELAIS, "inbox", *words], cwd=tmp, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def wait_for(what, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(0.002)
    return None


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def reader_of(role):
    return wait_for(lambda: children(role.pid))[0]


def child_at_work(reader):
    """One that has used some processor, more than a bounce takes: it is behind its doors, reading SLOW. Stopped there, so that it is not done
    before it is struck."""
    def busy():
        for pid in children(reader):
            try:
                with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
                    if int(file.read().split()[0]) < (20 if SANITIZED else 6) * 1000000:
                        continue
                os.kill(pid, signal.SIGSTOP)
            except (OSError, IndexError):
                continue
            if wait_for(lambda: state_of(pid) != "R", 1) and state_of(pid) == "T":
                return pid
        return None
    return wait_for(busy, 30)


def state_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return ""


def go_on(pid):
    if pid and state_of(pid) == "T":
        os.kill(pid, signal.SIGCONT)


def kinds():
    return dict(rows("SELECT kind, COUNT(*) FROM inbound GROUP BY kind"))


def in_new():
    return len(os.listdir(os.path.join(maildir, "new")))


def holds(pid, wanted):
    """How often the writable memory of a process holds these bytes."""
    found = 0
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            fields = line.split()
            if "w" not in fields[1] or "[v" in line:
                continue
            start, end = (int(part, 16) for part in fields[0].split("-"))
            memory.seek(start)
            try:
                found += memory.read(end - start).count(wanted)
            except OSError:
                continue
    return found


def a_child_is_killed():
    lay(bounce(1))
    lay(SLOW)
    lay(bounce(2))
    role = begin()
    reader = reader_of(role)
    victim = child_at_work(reader)
    check("a child is met at work", victim is not None)
    if victim:
        os.kill(victim, signal.SIGSEGV)
        go_on(victim)
    check("the role goes on to the others", wait_for(lambda: in_new() == 0))
    same("each is what it is, the one that crashed its child is kept unread", kinds(), {"hard": 2, "unread": 1})
    same("with its bytes", rows("SELECT raw FROM inbound WHERE kind = 'unread'")[0][0], SLOW)
    same("in the same process", role.poll(), None)
    same("with the same reader", children(role.pid), [reader])

    lay(SLOW + b"killed by somebody\n")
    victim = child_at_work(reader)
    if victim:
        os.kill(victim, signal.SIGKILL)
    check("one killed from outside is read again", wait_for(lambda: in_new() == 0))
    same("and is not unread for that", kinds().get("unread"), 1)

    lay(SLOW + b"told to stop\n")
    victim = child_at_work(reader)
    os.killpg(role.pid, signal.SIGTERM)
    go_on(victim)
    same("a role told to stop ends well", role.wait(60), 0)
    same("and the message being read then is not unread", kinds().get("unread"), 1)
    check("nobody of it is left", wait_for(lambda: not os.path.exists(f"/proc/{reader}")))


def the_reader_is_killed():
    before = sum(kinds().values())
    lay(SLOW + b"reader killed\n")
    role = begin("--once")
    reader = reader_of(role)
    victim = child_at_work(reader)
    os.kill(reader, signal.SIGKILL)
    go_on(victim)
    same("a role without its reader ends", role.wait(60), 2)
    same("the message stays where it was", in_new() + sum(kinds().values()) - before, 1)
    code, answer = once()
    same("and is read by the next", (code, in_new(), kinds().get("unread")), (0, 0, 1))
    check("once", sum(kinds().values()) == before + 1, answer)


def what_the_reader_has():
    lay(SLOW + b"look around\n")
    role = begin()
    reader = reader_of(role)
    check("a message has been read", wait_for(lambda: in_new() == 0))
    links = sorted(os.readlink(f"/proc/{reader}/fd/{fd}").split(":")[0] for fd in os.listdir(f"/proc/{reader}/fd"))
    same("the reader has its line and nothing else", links, ["/dev/null"] * 3 + ["socket"])
    with open(os.path.join(tmp, "relais.key"), "rb") as file:
        written = file.read().split()[-1]
    forms = [written, base64.b32decode(written.upper() + b"=" * (-len(written) % 8))]
    if os.geteuid() == 0 and os.access(f"/proc/{role.pid}/mem", os.R_OK):
        check("the role has the key in its memory", any(holds(role.pid, form) for form in forms))
        same("the reader has not", [holds(reader, form) for form in forms], [0] * len(forms))
        same("nor where the database is", holds(reader, b"relais.db"), 0)
    else:
        skip("what the reader has in its memory", "root alone can look")
    role.terminate()
    role.wait(60)


def bombs_and_giants():
    before = kinds()
    parts = b"Content-Type: multipart/mixed; boundary=a\n\n"
    for message in (parts + b"--a\n\nx\n" * 100000, b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 5000, b"X: y\n" * 200000 + b"\nx\n",
                    b"Content-Type: text/plain " + b"(" * 200000 + b"\n\nx\n", b"Subject: x\n\n" + b"\0" * 1000000,
                    b"Return-Path: <>\nContent-Type: message/delivery-status\n\n" + b"Final-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.1.1\n\n" * 100000):
        lay(message)
    for path in CORPUS:
        with open(path, "rb") as file:
            lay(file.read())
    lay(bounce(3))
    code, answer = once()
    same("bombs and the corpus of hostile messages are taken", (code, answer.get("taken"), in_new()), (0, 7 + len(CORPUS), 0))
    same("none is unread", answer["kinds"]["unread"], 0)
    same("and what was no bomb is what it was", kinds()["hard"] > before.get("hard", 0), True)

    name = os.path.join(maildir, "new", "1765799999.M1P1.mx")
    with open(name, "wb") as file:
        file.write(b"Subject: giant\n\n")
        file.truncate(200_000_000)
    lay(bounce(4))
    code, answer = once()
    same("200 MB: its beginning is kept for a person, the others are read", (code, answer.get("taken"), answer["kinds"]["unread"], in_new()), (1, 2, 1, 0))
    same("as too large", rows("SELECT reason FROM inbound WHERE kind = 'unread' ORDER BY id DESC LIMIT 1"), [("too-large",)])


try:
    subprocess.run([RELAIS, "init", "."], cwd=tmp, check=True, stdout=subprocess.DEVNULL)
    for inside in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(maildir, inside))
    with open(os.path.join(tmp, "relais.ini"), "a", encoding="utf-8") as ini:
        ini.write("\n[sender]\nfrom = ASCO <relais@amf.example>\nreturn_path = retour@amf.example\n[inbox]\nmaildir = retours\npoll = 1s\n[log]\nlevel = error\n")
    if SANITIZED:
        skip("children killed at work", "instrumented code is too slow for the limits of a child")
    else:
        a_child_is_killed()
        the_reader_is_killed()
        what_the_reader_has()
    bombs_and_giants()
finally:
    shutil.rmtree(tmp)
finish()
