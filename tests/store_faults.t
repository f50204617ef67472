#!/usr/bin/env python3
"""The sender and a store that fails it: a full disk that gets room again, somebody who holds the database, one that is deleted,
cut, damaged or newer, and a second sender. What the server has accepted and what the database says must agree after each."""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

from send_bed import ALL, Bed, IN_DOUBT, METRO, RELAIS, SENT, absolute, check, plain, run, same, until

FLIPS, RACES = int(os.environ.get("FLIPS", "60")), int(os.environ.get("RACES", "10"))


def doing(command, seconds=60):
    """(exit code, standard error); a hang is a failure of its own."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return "hangs", ""
    return done.returncode, done.stderr


def agrees(bed, label):
    states = list(bed.states().values())
    to = bed.server.to()
    same(f"{label}: one copy each", len(to), len(set(to)))
    check(f"{label}: sent is what the server has", states.count(SENT) <= len(to) <= states.count(SENT) + states.count(IN_DOUBT), (states, len(to)))


def full_disk():
    if not os.environ.get("FULL_DISK"):
        return check("a small disk that fills up # skip in make soak only: how much fits before it is full depends on the moment", True)
    if os.geteuid() != 0:
        return check("a small disk # skip needs root to mount one", True)
    bed = Bed("plein", [absolute("vague", "20251215")], plain(METRO[:60]), server=("--delay-dot-ms", "30"), smtp="connections = 2")
    disk = tempfile.mkdtemp(prefix="relais-disque.")
    # Without its ballast it has room for the write-ahead log at its longest, 8 MB, and what becomes of it.
    size = sum(os.path.getsize(os.path.join(bed.folder, name)) for name in os.listdir(bed.folder) if name.startswith("relais.db"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size // 1024 + 10000}k", "tmpfs", disk], check=False, capture_output=True).returncode:
        return check("a small disk # skip mounting is not allowed here", True)
    try:
        for name in os.listdir(bed.folder):
            if name.startswith("relais.db"):
                shutil.move(os.path.join(bed.folder, name), disk)
        with open(os.path.join(bed.folder, "relais.ini"), "a", encoding="utf-8") as file:
            file.write(f"\n[store]\nurl = sqlite:{disk}/relais.db\n")
        ballast = os.path.join(disk, "lest")
        log = open(os.path.join(bed.folder, "sender.log"), "w+", encoding="utf-8")
        sender = subprocess.Popen(bed.command("send"), stderr=log)
        until(lambda: len(bed.server.accepted()) >= 6)
        try:
            with open(ballast, "wb") as file:
                while True:
                    file.write(bytes(4096))
                    file.flush()
        except OSError:
            pass

        def said():
            log.seek(0)
            return log.read()
        check("it says that there is no room", until(lambda: "no room on the disk" in said(), 20), said())
        time.sleep(0.5)  # dots that were out are answered
        before = len(bed.server.accepted())
        time.sleep(1)
        same("nothing goes out meanwhile", len(bed.server.accepted()), before)
        same("and it waits", sender.poll(), None)
        os.remove(ballast)
        check("with room again it goes on by itself", until(lambda: len(set(bed.server.to())) == 60, 30), len(bed.server.accepted()))
        sender.send_signal(signal.SIGTERM)
        same("and ends well", sender.wait(35), 0)
        same("said once", said().count("no room on the disk"), 1)
        with sqlite3.connect(f"file:{disk}/relais.db?mode=ro", uri=True) as db:
            sent, doubt, doubled = (db.execute(f"SELECT COUNT(*) FROM delivery WHERE {what}").fetchone()[0] for what in
                                    (f"state = {SENT}", f"state = {IN_DOUBT}", "resends > 0"))
        check("nothing sent and unrecorded", sent + doubt == 60 and len(bed.server.to()) - 60 <= doubled, (sent, doubt, doubled, len(bed.server.to())))
    finally:
        subprocess.run(["umount", "-l", disk], check=False)
        os.rmdir(disk)


def cpu_s(process):
    fields = open(f"/proc/{process.pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answers(bed, label, want, *words):
    began = time.monotonic()
    status, said = doing(bed.command(*words), 20)
    check(f"while somebody holds the database {label}, within a second", status == want and time.monotonic() - began < 1, status, said, time.monotonic() - began)


def held():
    """By a program that knows nothing of our locks. Whoever only reads is answered, and a second sender refused, at once."""
    bed = Bed("tenue", [absolute("vague", "20251215")], plain(METRO[:20]))
    holder = sqlite3.connect(os.path.join(bed.folder, "relais.db"), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    sender = bed.begin("send", "--until-idle")
    time.sleep(1)
    answers(bed, "a second sender is refused", 2, "send", "--until-idle")
    answers(bed, "doubts are listed", 0, "doubts", "c")
    answers(bed, "metrics are given", 0, "metrics")
    answers(bed, "a report is made", 0, "report", "c")
    before = cpu_s(sender)
    time.sleep(float(os.environ.get("HELD_S", "4")))
    check("who waits for it does not turn in circles", cpu_s(sender) - before < 1, cpu_s(sender) - before)
    same("while somebody holds the database nothing goes out", len(bed.server.accepted()), 0)
    holder.execute("ROLLBACK")
    same("then it goes on", sender.wait(60), 0)
    agrees(bed, "held")


def stream():
    """One transaction of somebody else's after another, a moment between them: the sender and a command have their turns."""
    bed = Bed("flot", [absolute("vague", "20251215")], plain(METRO[:60]), server=("--delay-dot-ms", "20"), smtp="connections = 4")
    over = threading.Event()

    def write():
        other = sqlite3.connect(bed.path("relais.db"), isolation_level=None, timeout=60)
        while not over.is_set():
            other.execute("BEGIN IMMEDIATE")
            time.sleep(0.04)
            other.execute("ROLLBACK")
            time.sleep(0.01)
        other.close()
    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        sender = bed.begin("send", log="log")
        check("beside a stream of writers it sends", until(lambda: len(bed.server.accepted()) >= 60, 60), len(bed.server.accepted()))
        same("… and a command is obeyed", doing(bed.command("pause", "c"), 30)[0], 0)
    finally:
        over.set()
        for writer in writers:
            writer.join()
    sender.send_signal(signal.SIGTERM)
    same("… and it ends well", sender.wait(35), 0)
    agrees(bed, "stream")


def stops(bed, sender, since, label, codes):
    """Within a second of what was done to its database the last dot has left, and the sender has said why."""
    same(f"{label} under a running sender: it ends with 1", sender.wait(10), 1)
    said = open(bed.path("log"), encoding="utf-8").read()
    check(f"{label}: it names the file, and the remedy", "relais.db" in said and "a été supprimé, déplacé ou remplacé" in said and "relais reconcile" in said, said)
    last = max(one["dot_s"] for one in bed.server.accepted()) - since
    check(f"{label}: no dot later than a second after ({last:+.3f} s)", last <= 1, last)
    copies = bed.server.to()
    check(f"{label}: most have not left, and none twice", len(copies) == len(set(copies)) < len(codes) / 2, len(copies))


def backup(bed):
    with sqlite3.connect(bed.path("relais.db"), timeout=30) as source, sqlite3.connect(bed.path("sauvegarde.db")) as kept:
        source.backup(kept)


def put_back(bed):
    for end in ("-wal", "-shm"):
        if os.path.exists(bed.path("relais.db" + end)):
            os.remove(bed.path("relais.db" + end))
    shutil.copyfile(bed.path("sauvegarde.db"), bed.path("rendue.db"))
    os.replace(bed.path("rendue.db"), bed.path("relais.db"))


def reconciled(bed, label, codes):
    """With the backup back: what had left is known by the journal, the rest goes out, nothing twice."""
    status, said = doing(bed.command("send", "--until-idle"))
    check(f"{label}: with a backup in its place nothing leaves", status == 2 and "relais reconcile" in said, status, said)
    bed("reconcile", "--yes", want=(0, 1))
    status, said = doing(bed.command("send", "--until-idle"))
    check(f"{label}: reconciled, the rest leaves", status in (0, 1), status, said)
    agrees(bed, label)
    check(f"{label}: all but the doubts have it", len(bed.server.to()) >= len(codes) - 4, len(bed.server.to()))


def taken_away():
    """Some hundreds are still to go. Its log lies beside it when it is deleted: nobody looks for that."""
    codes = [code for department in ("22", "29", "35", "56") for code in ALL[department]][:600]
    for label, what, full in (("deleted", lambda bed: os.remove(bed.path("relais.db")), False), ("replaced", put_back, False), ("replaced, durability = full", put_back, True),
                              ("moved", lambda bed: os.rename(bed.path("relais.db"), bed.path("ailleurs.db")), False)):
        bed = Bed(f"sans-{label[:8]}-{full:d}", [absolute("vague", "20251215")], plain(codes), server=("--delay-dot-ms", "30"), smtp="connections = 4")
        if full:
            bed.configure("[store]\ndurability = full")
        backup(bed)
        sender = bed.begin("send", log="log")
        until(lambda: len(bed.server.accepted()) >= 20)
        what(bed)
        stops(bed, sender, time.monotonic(), label, codes)
        if label == "moved":
            os.rename(bed.path("ailleurs.db"), bed.path("relais.db"))
            status, said = doing(bed.command("send", "--until-idle"))
            check("moved, and put back: the rest leaves", status in (0, 1), status, said)
            agrees(bed, label)
        else:
            status, said = doing(bed.command("send", "--until-idle"))
            check(f"{label}: the next one refuses and says why", status == 2 and "relais : " in said, status, said)
            put_back(bed)
            reconciled(bed, label, codes)


def idle_without():
    """Nothing is due: it notices all the same, and what a command says is not for a file that nobody reads any more."""
    bed = Bed("sans-rien", [absolute("vague", "20251216")], plain(METRO[:5]))
    sender = bed.begin("send", log="log")
    check("it waits", until(lambda: bed.rows("SELECT 1 FROM run")) and sender.poll() is None)
    os.remove(bed.path("relais.db"))
    same("an idle sender whose database goes ends too", sender.wait(5), 1)
    same("nothing has left", len(bed.server.accepted()), 0)


def cut():
    bed = Bed("sans-fin", [absolute("vague", "20251215")], plain(METRO[:40]), server=("--delay-dot-ms", "40"), smtp="connections = 2")
    sender = bed.begin("send", "--until-idle")
    until(lambda: len(bed.server.accepted()) >= 4)
    os.truncate(bed.path("relais.db"), 8192)
    status = sender.wait(60)
    check("cut under a running sender: no signal", status in (0, 1, 2), status)
    copies = bed.server.to()
    same("cut: one copy each", len(copies), len(set(copies)))
    status, said = doing(bed.command("send", "--until-idle"))
    # It may still stand whole in the write-ahead log: then nothing is missing.
    check("cut: the next one refuses and says why, or has lost nothing", status == 0 or (status in (1, 2) and "relais : " in said), status, said)
    copies = bed.server.to()
    same("cut: still one copy each", len(copies), len(set(copies)))


def newer():
    bed = Bed("future", [absolute("vague", "20251215")], plain(METRO[:5]))
    with sqlite3.connect(bed.path("relais.db")) as db:
        db.execute("INSERT INTO schema_version (version) SELECT MAX(version) + 1 FROM schema_version")
    status, said = doing(bed.command("send", "--until-idle"), 10)
    check("a newer schema: refused with a word", status == 2 and "relais : " in said, (status, said))
    same("and nothing is sent", len(bed.server.accepted()), 0)


def flipped():
    bed = Bed("bits", [absolute("vague", "20251215")], plain(METRO[:12]))
    doing(bed.command("send", "--until-idle"))
    sent = len(bed.server.accepted())
    with sqlite3.connect(os.path.join(bed.folder, "relais.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = open(os.path.join(bed.folder, "relais.db"), "rb").read()
    chance, ends = random.Random(20251215), {}
    for _ in range(FLIPS):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        for name in ("relais.db-wal", "relais.db-shm"):
            if os.path.exists(os.path.join(bed.folder, name)):
                os.remove(os.path.join(bed.folder, name))
        with open(os.path.join(bed.folder, "relais.db"), "wb") as file:
            file.write(damaged)
        for words in (("send", "--until-idle"), ("report", "c")):
            status, said = doing(bed.command(*words), 20)
            ends[status] = ends.get(status, 0) + 1
            if status not in (0, 1, 2) or (status == 2 and "relais : " not in said):
                check(f"a flipped bit: {words[0]} ends with a word", False, status, said)
    check(f"{FLIPS} flipped bits: a message or work, never a crash ({ends})", set(ends) <= {0, 1, 2})
    same("and nothing is sent again", len(bed.server.accepted()), sent)


def races():
    one = 0
    for number in range(RACES):
        bed = Bed(f"course{number}", [absolute("vague", "20251215")], plain(METRO[:30]), server=("--delay-dot-ms", "60"), smtp="connections = 2")
        both = [subprocess.Popen(bed.command("send", "--until-idle"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
        began = time.monotonic()
        until(lambda: any(sender.poll() is not None for sender in both), 30)
        took = time.monotonic() - began
        ends = sorted(sender.wait(60) for sender in both)
        copies = bed.server.to()
        one += ends == [0, 2] and len(copies) == len(set(copies)) == 30 and took < 5
        if number + 1 == RACES:
            agrees(bed, "two senders")
    same(f"{RACES} races of two senders: exactly one sends, the other ends with 2", one, RACES)


def named_twice():
    """The same database by another name, with the journal both configurations name, or the one it has by itself."""
    for label, given in (("its own journal", False), ("a journal they share", True)):
        bed = Bed(f"noms-{given:d}", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], plain(METRO[:60]),
                  server=("--delay-dot-ms", "150"), smtp="connections = 8\ndoubt_wait = 0s")
        os.symlink(bed.path("relais.db"), bed.path("autre.db"))
        bed.configure(f"[store]\njournal = {bed.path('journal') if given else ''}")
        shutil.copy(bed.path("relais.ini"), bed.path("autre.ini"))
        with open(bed.path("autre.ini"), "a", encoding="utf-8") as file:
            file.write("[store]\nurl = sqlite:autre.db\n")
        sender = bed.begin("send", "--until-idle")
        until(lambda: len(bed.server.accepted()) >= 8)
        began = time.monotonic()
        status, said = doing([RELAIS, "-c", bed.path("autre.ini"), "send", "--until-idle", "--clock", bed.clock])
        check(f"{label}: a second sender by another name is refused at once", status == 2 and "un autre expéditeur" in said and time.monotonic() - began < 1,
              status, said, time.monotonic() - began)
        same(f"{label}: the first one ends well", sender.wait(60), 0)
        same(f"{label}: everybody has one", (len(bed.server.to()), len(set(bed.server.to()))), (60, 60))
        same(f"{label}: nothing is named after the link", [name for name in os.listdir(bed.folder) if name.startswith("autre.db-")], [])


def lock_removed():
    bed = Bed("verrou", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], plain(METRO[:80]),
              server=("--delay-dot-ms", "250"), smtp="connections = 8\ndoubt_wait = 0s")
    sender = bed.begin("send", log="log")
    until(lambda: len(bed.server.accepted()) >= 10)
    lock = bed.path("relais.db-send")
    note = open(lock, encoding="utf-8").read()
    boot = open("/proc/sys/kernel/random/boot_id", encoding="utf-8").read().strip()
    check("the lock names its holder and this boot", f"pid {sender.pid}," in note and boot in note, note)
    os.remove(lock)
    removed = time.monotonic()
    status, said = doing(bed.command("send", "--until-idle"))
    check("its lock removed: a second sender is refused all the same", status == 2 and "un autre expéditeur" in said, status, said)
    same("… and the first one stops by itself", sender.wait(10), 1)
    said = open(bed.path("log"), encoding="utf-8").read()
    check("… and says why", "relais.db-send" in said and "a été supprimé ou remplacé" in said, said)
    last = max(one["dot_s"] for one in bed.server.accepted()) - removed
    check(f"… no dot later than a second after ({last:+.3f} s)", last <= 1, last)
    to = bed.server.to()  # read once: a dot that was out is answered meanwhile
    same("one copy each until then", len(to), len(set(to)))
    same("then the next one sends", doing(bed.command("send", "--until-idle"))[0], 0)
    doubled = bed.rows("SELECT COUNT(*) FROM delivery WHERE resends > 0")[0][0]
    check("everybody has it, and none twice but the doubts", len(set(bed.server.to())) == 80 and len(bed.server.to()) <= 80 + doubled and doubled <= 8,
          len(bed.server.to()), doubled)


def clock_steps():
    bed = Bed("heures", [absolute("vague", "20251215")], plain(METRO[:10]))
    for clock in ("2025-12-15T10:00:00+01:00", "2025-12-15T09:00:00+01:00", "2025-12-16T10:00:00+01:00", "2025-12-15T10:30:00+01:00",
                  "2026-03-29T02:30:00+01:00", "2025-12-15T10:00:00+01:00"):
        doing([*bed.command("send", "--until-idle")[:-2], "--clock", clock])
    agrees(bed, "a clock that steps to and fro")
    same("… and everybody has had it", len(bed.server.to()), 10)


run((full_disk, held, stream, taken_away, idle_without, cut, newer, flipped, races, named_twice, lock_removed, clock_steps))
