#!/usr/bin/env python3
"""A database restored from a backup, found out by the send journal beside it: nothing leaves until relais reconcile, and then
nothing is sent twice and nothing is lost. Journals that are missing, foreign, damaged or cut short."""
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time

from send_bed import ARMED, Bed, CANCELLED, DEFERRED, FAILED, METRO, SENT, SKIPPED, absolute, address, check, plain, same, scripted, until, run

JOURNAL = "relais.db-send-journal"


def backup(bed, source=None):
    """As sqlite3's .backup does it, also while a sender works."""
    with sqlite3.connect(source or bed.path("relais.db"), timeout=30) as store, sqlite3.connect(bed.path("sauvegarde.db")) as kept:
        store.backup(kept)
    kept.close()
    store.close()


def restore(bed):
    for end in ("-wal", "-shm"):
        if os.path.exists(bed.path("relais.db" + end)):
            os.unlink(bed.path("relais.db" + end))
    shutil.copyfile(bed.path("sauvegarde.db"), bed.path("remise.db"))
    os.replace(bed.path("remise.db"), bed.path("relais.db"))  # a new file: connections of this process knew the old one


def mark(bed):
    """Not read-only: of a database just restored, SQLite first makes the index of an empty WAL."""
    with sqlite3.connect(bed.path("relais.db"), timeout=30) as store:
        return store.execute("SELECT store_id, turn FROM send_journal").fetchall()


def refused(bed, label, code="JOURNAL_AHEAD"):
    before = len(bed.server.accepted())
    said = bed("send", "--until-idle", "--format", "json", want=(2,))
    same(f"{label}: the sender refuses", json.loads(said.stdout)["error"]["code"], code)
    check(f"{label}: it says what to do", "relais reconcile" in said.stderr, said.stderr)
    same(f"{label}: nothing leaves", len(bed.server.accepted()), before)
    outcome, text = checked(bed)
    check(f"{label}: relais check says so too", outcome == "failed" and "relais reconcile" in text, outcome, text)


def checked(bed):
    said = json.loads(bed("check", "--format", "json", want=(0, 2)).stdout)["checks"]
    return next((one["outcome"], one["text"]) for one in said if one["check"] == "journal des envois")


def doubts(bed):
    return json.loads(bed("doubts", "c", "--format", "json").stdout)["doubts"]


def exactly_once(bed, codes, label):
    """Each at the server once, or in doubt; nobody twice."""
    there, doubted = bed.server.to(), {one["party"] for one in doubts(bed)}
    same(f"{label}: nobody twice", len(there), len(set(there)))
    lost = [code for code in codes if address(code) not in there and code not in doubted]
    same(f"{label}: nobody lost", lost, [])
    said = {code for code, state in bed.states().items() if state == SENT}
    check(f"{label}: sent is what the server has", {address(code) for code in said} <= set(there), said)
    return doubted


def reconcile(bed):
    shown = bed("reconcile", want=(1,))
    check("without --yes it shows and changes nothing", "Essai" in shown.stdout, shown.stdout)
    before = mark(bed)
    bed("reconcile", "--dry-run")
    same("nor does --dry-run", mark(bed), before)
    return json.loads(bed("reconcile", "--yes", "--format", "json").stdout)


# -- the stories ------------------------------------------------------------------------------------------------
def before_planning():
    codes = METRO[:30]
    bed = Bed("before", [absolute("vague", "20251215")], plain(codes))
    same("before the first sender there is none", checked(bed), ("ok", "il commencera avec le premier envoi"))
    backup(bed)
    bed.send()
    check("check names journal and turn", re.fullmatch(r"« .*relais\.db-send-journal », étape [1-9]\d*", checked(bed)[1]), checked(bed))
    tokens = dict(bed.rows("SELECT d.party_id, p.message_id FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id"))
    restore(bed)
    refused(bed, "planned after the backup")
    refused(bed, "again")
    said = reconcile(bed)
    same("before planning: all are taken over", (said["standing"], said["sent"], said["planned"], said["in_doubt"], said["dry_run"]),
         ("ahead", 30, 30, 0, False))
    same("under their own Message-IDs", dict(bed.rows("SELECT d.party_id, p.message_id FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id")), tokens)
    bed.send()
    same("before planning: nobody is in doubt", exactly_once(bed, codes, "before planning"), set())
    same("a second look finds them in step", json.loads(bed("reconcile", "--format", "json").stdout)["standing"], "in-step")


def middle():
    """The backup is taken while the sender works; it is killed some messages later."""
    codes = METRO[:80]
    bed = Bed("middle", [absolute("vague", "20251215")], plain(codes), server=("--delay-dot-ms", "60"))
    sender = bed.begin("send", "--until-idle")
    until(lambda: len(bed.server.accepted()) >= 12)
    backup(bed)
    until(lambda: len(bed.server.accepted()) >= 40)
    sender.kill()
    sender.wait()
    time.sleep(0.3)
    restore(bed)
    refused(bed, "killed after the backup")
    said = reconcile(bed)
    check("middle: what had ended is known, at most one a connection is not", said["sent"] >= 20 and said["in_doubt"] <= 4, said)
    bed.send()
    doubted = exactly_once(bed, codes, "middle")
    check("middle: the doubts are held, as a restored database leaves them",
          all(one["policy"] == "hold" and one["reason"] in ("restored", "killed") for one in doubts(bed)), doubts(bed))
    check("middle: the rest has gone out", len(bed.server.accepted()) >= len(codes) - len(doubted), len(bed.server.accepted()))


def refusals():
    """What was refused for now goes out again, what failed does not, a next contact is not the first, a doubt stays one."""
    codes = METRO[:6]
    people = dict(zip(codes, (address(codes[0]), "mairie@refus-politique.test", "mairie@boite-pleine.test",
                              f"mairie@boite-inconnue.test, {address(codes[3])}", "mairie@coupure.test", "autre@boite-inconnue.test")))
    bed = Bed("refusals", [absolute("vague", "20251215")], people)
    backup(bed)
    bed.send()
    states = bed.states()
    restore(bed)
    refused(bed, "refusals")
    reconcile(bed)
    bed.send("2025-12-15T10:10:00+01:00")
    # The journal does not know that a refusal on principle was believed; asked again, it waits for the relay to take another.
    now = bed.states()
    check("refusals: what was refused on principle is refused or waits", states[codes[1]] == FAILED and now.pop(codes[1]) in (DEFERRED, FAILED), now)
    same("refusals: every other delivery is where it was", now, {code: state for code, state in states.items() if code != codes[1]})
    there = bed.server.to()
    same("refusals: nobody twice, nobody lost", there, sorted([address(codes[0]), address(codes[3])] + ["mairie@coupure.test"] * there.count("mairie@coupure.test")))


def resent():
    """A resend that the backup does not know of is the one there is: held, whatever came of it; there is no third copy."""
    later, much_later = "2025-12-15T11:00:00+01:00", "2025-12-15T15:00:00+01:00"

    def begun(name, *rules):
        return Bed(name, [absolute("rappel", "20251215", "selected-unanswered", "rappel-j14.md")], {METRO[0]: "mairie.x@un.test"},
                   server=scripted("\n".join(rules)) + ("--delay-dot-ms", "500"))

    def held(bed, label, there):
        restore(bed)
        refused(bed, label)
        reconcile(bed)
        bed.send(much_later)
        same(f"{label}: held, its resend used up", [(one["reason"], one["policy"], one["resent"]) for one in doubts(bed)], [("restored", "hold", True)])
        same(f"{label}: and nothing leaves", len(bed.server.accepted()), there)
        bed("settle", str(doubts(bed)[0]["id"]), "resend", want=(2,))
    bed = begun("resent-lost", "DOT x2 /x@/ drop")
    bed.send()
    backup(bed)
    bed.send(later)
    same("in doubt in the backup, lost again since: two copies", len(bed.server.accepted()), 2)
    held(bed, "in doubt in the backup, lost again since", 2)
    bed = begun("resent-refused", "DOT x1 /x@/ drop", "DOT x1 /x@/ 451 4.3.0 later")
    bed.send()
    backup(bed)
    bed.send(later)
    held(bed, "in doubt in the backup, refused since", 1)
    for how in ("lost", "killed"):
        bed = begun(f"resent-armed-{how}", "DOT x1 /x@/ drop", "DOT x1 /x@/ 451 4.3.0 later")
        sender = bed.begin("send", "--until-idle")
        check(f"armed, then {how}: armed", until(lambda: bed.states().get(METRO[0]) == ARMED))
        backup(bed)
        if how == "killed":
            sender.kill()
        sender.wait()
        check(f"armed, then {how}: the server has it", until(lambda: bed.server.accepted()))
        if how == "killed":
            bed.send()  # in doubt from here on, its resend half an hour away
        bed.send(later)
        same(f"armed, then {how}: its resend is refused for now", bed.states()[METRO[0]], DEFERRED)
        held(bed, f"armed in the backup, {how} and refused since", 1)
    # Refused before, armed again since: that is no resend.
    bed = begun("refused-first", "DOT x1 /x@/ 451 4.3.0 later", "DOT x1 /x@/ drop")
    sender = bed.begin("send", "--until-idle")
    check("refused first: armed", until(lambda: bed.states().get(METRO[0]) == ARMED))
    backup(bed)
    sender.wait()
    bed.send(later)
    restore(bed)
    reconcile(bed)
    same("armed in the backup, refused and lost since: its resend is still there", [(one["reason"], one["policy"], one["resent"]) for one in doubts(bed)],
         [("restored", "hold", False)])


def rejoined():
    """Skipped in the backup for it had answered, then not answered after all, and sent: it is sent, and counted so."""
    bed = Bed("rejoined", [absolute("rappel", "20251215", "selected-unanswered", "rappel-j14.md")], plain(METRO[:2]))
    bed.configure("[schedule]\nmessages_a_day = 1")
    bed.send()
    late = next(code for code, state in bed.states().items() if state != SENT)
    bed("answered", "c", late)
    bed.send("2025-12-16T09:00:00+01:00")
    same("rejoined: skipped", (bed.states()[late], bed.reasons("rappel")[late]), (SKIPPED, "answered"))
    backup(bed)
    bed("unanswered", "c", late)
    bed.send()
    same("rejoined: sent", bed.states()[late], SENT)
    restore(bed)
    said = reconcile(bed)
    same("rejoined: taken over", (said["sent"], said["planned"], said["kept"]), (1, 1, 0))
    same("rejoined: sent, and the other one cancelled", (bed.states()[late], bed.rows("SELECT state, reason FROM delivery WHERE party_id = ? ORDER BY id", late)),
         (SENT, [(CANCELLED, "rejoined"), (SENT, "")]))
    bed("unanswered", "c", late)
    bed.send("2025-12-16T10:00:00+01:00")
    same("rejoined: everybody once", bed.server.to(), sorted(map(address, METRO[:2])))
    wave, = json.loads(bed("report", "c", "--format", "json").stdout)["waves"]
    same("rejoined: and counted so", [wave[key] for key in ("planned", "sent", "skipped")], [2, 2, 0])


def unwritable():
    """A journal that may be read and not written: refused before anything has changed."""
    codes = METRO[:5]
    bed = Bed("unwritable", [absolute("vague", "20251215")], plain(codes))
    backup(bed)
    bed.send()
    restore(bed)
    nobody = []
    if not os.geteuid():  # who may write everything: another user's eyes
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        os.chmod(os.path.dirname(bed.folder), 0o711)
        for folder, _, files in os.walk(bed.folder):
            for one in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(one, 65534, 65534)

    def applied(label, want):
        done = subprocess.run([*nobody, *bed.command("reconcile", "--yes")], capture_output=True, text=True, check=False)
        same(label, done.returncode, want)
        return done
    if nobody and subprocess.run([*nobody, *bed.command("check")], capture_output=True, check=False).returncode not in (0, 1, 2):
        return check("a journal that may not be written # SKIP no other user may run relais here", True)
    os.chmod(bed.path(JOURNAL), 0o400)
    before = mark(bed)
    check("a journal that may not be written: refused, named", JOURNAL in applied("a journal that may not be written: refused", 2).stderr)
    same("and nothing has changed", (mark(bed), bed.states()), (before, {}))
    os.chmod(bed.path(JOURNAL), 0o600)
    applied("when it may be: done", 0)
    same("and all is known", list(bed.states().values()), [SENT] * 5)


def no_campaign():
    """The backup does not even know the campaign: created again under its name, nothing of it goes out twice."""
    codes = METRO[:12]
    bed = Bed("campaign", [absolute("vague", "20251215")], plain(codes))
    names = [row[0] for row in mark(bed)]
    bed.send()
    # The backup is that of an empty folder of the same database.
    backup(bed, os.path.join(os.path.dirname(bed.folder), "vide", "relais.db"))
    restore(bed)
    same("a database keeps its name from the beginning", [row[0] for row in mark(bed)], names)
    refused(bed, "no campaign")
    said = reconcile(bed)
    same("no campaign: what it knows waits", (said["waiting"], said["sent"]), (12, 0))
    bed("campaign", "create", "c", "--schedule", bed.path("c.ics"))
    bed("import", bed.path("liste.csv"), "--campaign", "c")
    with open(bed.path("plus.csv"), "w", encoding="utf-8") as file:
        file.write(f"code_insee;nom;emails;statut\n{METRO[12]};;{address(METRO[12])};selectionnee\n")
    bed("import", bed.path("plus.csv"), "--campaign", "c", want=(0, 1))
    bed("start", "c", "--yes")
    bed.send()
    same("no campaign: only who is new gets it", sorted(bed.server.to()), sorted(map(address, METRO[:13])))
    same("no campaign: nothing waits any more", bed.rows("SELECT COUNT(*) FROM journal_fact"), [(0,)])


def plain_copies():
    """While nobody works, the file alone is the database: copied by cp it is a backup, and put back by cp, whatever lies beside, it is restored."""
    codes = METRO[:30]
    bed = Bed("copies", [absolute("un", "20251215"), absolute("deux", "20251217")], plain(codes))
    bed.send()
    same("its log is empty", os.path.getsize(bed.path("relais.db-wal")), 0)
    shutil.copyfile(bed.path("relais.db"), bed.path("copie.db"))
    bed.send("2025-12-17T10:00:00+01:00")
    shutil.copyfile(bed.path("copie.db"), bed.path("relais.db"))
    refused(bed, "plain copies")
    said = reconcile(bed)
    same("plain copies: all is taken over", (said["sent"], said["planned"], said["in_doubt"]), (30, 30, 0))
    bed.send()
    same("plain copies: both waves once", (len(bed.server.accepted()), len({one["message_id"] for one in bed.server.accepted()})), (60, 60))
    same("plain copies: the file is sound", bed.rows("PRAGMA integrity_check"), [("ok",)])


def another_campaign():
    """What waits for a campaign that is not made again keeps no other one from being sent, nor its numbers from being its own."""
    bed = Bed("another", [absolute("vague", "20251215")], plain(METRO[:6]))
    bed.send()
    backup(bed, os.path.join(os.path.dirname(bed.folder), "vide", "relais.db"))
    restore(bed)
    same("another campaign: what the journal knows waits", reconcile(bed)["waiting"], 6)
    bed("campaign", "create", "autre", "--schedule", bed.path("c.ics"))
    with open(bed.path("autre.csv"), "w", encoding="utf-8") as file:
        file.write("code_insee;nom;emails;statut\n" + "".join(f"{code};;{address(code)};selectionnee\n" for code in METRO[6:9]))
    bed("import", bed.path("autre.csv"), "--campaign", "autre")
    bed("start", "autre", "--yes")
    bed.send()
    same("another campaign: it goes out", bed.server.to(), sorted(map(address, METRO[:9])))
    paths = [one["mail_from"] for one in bed.server.accepted()]
    same("another campaign: under tokens of its own", len(set(paths)), 9)
    bed("campaign", "create", "c", "--schedule", bed.path("c.ics"))
    bed("import", bed.path("liste.csv"), "--campaign", "c")
    bed("start", "c", "--yes")
    bed.send()
    same("another campaign: the one that waited has been sent already", len(bed.server.accepted()), 9)
    same("another campaign: each token leads to whom it was sent", dict(bed.rows("SELECT address, token FROM dispatch")),
         {one["rcpt"]: one["mail_from"].split("+")[1].split("@")[0] for one in bed.server.accepted()})


def nothing_armed():
    """The journal is ahead by turns in which nothing was armed: no recipient was accepted."""
    bed = Bed("nothing-armed", [absolute("vague", "20251215")], {METRO[0]: "mairie@boite-pleine.test"})
    backup(bed)
    bed.send()
    restore(bed)
    refused(bed, "nothing armed")
    said = reconcile(bed)
    same("nothing armed: nothing to take over", [said[key] for key in ("standing", "sent", "in_doubt", "waiting", "planned")], ["ahead", 0, 0, 0, 0])
    bed.send()
    same("nothing armed: sending goes on", bed.states()[METRO[0]], DEFERRED)


def journals():
    codes = METRO[:6]
    bed = Bed("journals", [absolute("un", "20251215"), absolute("deux", "20251217")], plain(codes))
    bed.send()
    lines = open(bed.path(JOURNAL), encoding="ascii").read()
    check("no address is in the journal", "@" not in lines and "commune.example" not in lines, lines)
    same("each dispatch is armed and ended", (lines.count("\nA "), lines.count("\nR ")), (6, 6))
    os.rename(bed.path(JOURNAL), bed.path("ailleurs"))
    refused(bed, "missing", "JOURNAL_MISSING")
    os.rename(bed.path("ailleurs"), bed.path(JOURNAL))
    bed.send()
    # Another database's.
    other = Bed("other", [absolute("un", "20251215")], plain(codes))
    with sqlite3.connect(other.path("relais.db")) as store:
        store.execute("UPDATE send_journal SET store_id = '00112233445566778899aabbccddeeff'")
    store.close()
    other.send()
    shutil.copyfile(other.path(JOURNAL), bed.path("ailleurs"))
    bed.configure("[store]\njournal = ailleurs")
    said = bed("send", "--until-idle", want=(2,))
    check("a journal of another database is refused, with a remedy", "autre base" in said.stderr, said.stderr)
    bed("reconcile", "--yes", want=(2,))
    os.unlink(bed.path("ailleurs"))
    refused(bed, "moved by the configuration", "JOURNAL_MISSING")
    said = json.loads(bed("reconcile", "--yes", "--format", "json").stdout)
    same("a person may begin a new one", said["standing"], "missing")
    bed.send("2025-12-17T10:00:00+01:00")
    same("and sending goes on", len(bed.server.accepted()), 12)
    backup(bed)
    os.chmod(bed.path("ailleurs"), 0o400)
    if os.geteuid():
        said = bed("send", "--until-idle", want=(2,))
        check("a journal that may not be written: refused", "ailleurs" in said.stderr, said.stderr)
    else:
        check("a journal that may not be written: refused # SKIP root may write everything", True)
    os.chmod(bed.path("ailleurs"), 0o600)


def taken_away():
    """The journal removed, or emptied, under a sender at work: it stops within a second, for nothing would tell of what left then."""
    for how, take, code in (("removed", os.unlink, "JOURNAL_MISSING"), ("emptied", lambda path: os.truncate(path, 0), "JOURNAL_FOREIGN")):
        bed = Bed(how, [absolute("vague", "20251215")], plain(METRO[:120]), server=("--delay-dot-ms", "100"))
        sender = bed.begin("send", "--until-idle", log="log")
        until(lambda: len(bed.server.accepted()) >= 10)
        shutil.copyfile(bed.path(JOURNAL), bed.path("copie"))
        take(bed.path(JOURNAL))
        taken = time.monotonic()
        same(f"{how}: the sender stops", sender.wait(30), 1)
        last = max(one["dot_s"] for one in bed.server.accepted()) - taken
        check(f"{how}: no dot later than a second after ({last:+.3f} s)", last <= 1 and len(bed.server.to()) < 120, last)
        said = open(bed.path("log"), encoding="utf-8").read()
        check(f"{how}: and says why", JOURNAL in said and "pendant que Relais y écrivait" in said, said)
        error = json.loads(bed("send", "--until-idle", "--format", "json", want=(2,)).stdout)["error"]["code"]
        same(f"{how}: the next one does not begin", error, code)
        os.replace(bed.path("copie"), bed.path(JOURNAL))
        bed.send()
        exactly_once(bed, METRO[:120], f"{how}, and put back as it was before")
        told = {line.split()[1] for line in open(bed.path(JOURNAL), encoding="ascii") if line.startswith("A ")}
        same(f"{how}: everything is told again", told, {str(id_) for id_, in bed.rows("SELECT id FROM dispatch")})


def torn():
    """A last turn torn by a power cut, and zeroes behind it: cut away, and caught up from the database."""
    codes = METRO[:10]
    bed = Bed("torn", [absolute("un", "20251215")], plain(codes))
    bed.send()
    bytes_ = open(bed.path(JOURNAL), "rb").read()
    last = bytes_.rindex(b"\nT ") + 1
    with open(bed.path(JOURNAL), "wb") as file:
        file.write(bytes_[:last + 40] + bytes(4096))
    check("torn: check sees it", checked(bed)[0] == "warning" and "illisibles" in checked(bed)[1], checked(bed))
    bed.send()
    lines = open(bed.path(JOURNAL), "rb").read()
    check("torn: what was torn is gone", b"\0" not in lines and lines.startswith(bytes_[:last]), lines[-300:])
    same("torn: and everybody is in it", {line.split()[1] for line in lines.split(b"\n") if line[:2] == b"A "},
         {str(id_).encode() for id_, in bed.rows("SELECT id FROM dispatch")})
    same("torn: nobody twice", len(bed.server.accepted()), 10)
    # Cut back further than one turn: what is missing is written again, so that a restore is still found out later.
    backup(bed)
    first = bytes_.index(b"\nT ") + 1
    with open(bed.path(JOURNAL), "wb") as file:
        file.write(bytes_[:first])
    check("cut short: check sees it", checked(bed)[0] == "warning" and "récrira" in checked(bed)[1], checked(bed))
    bed.send()
    same("cut short: and then no more", checked(bed)[0], "ok")
    lines = open(bed.path(JOURNAL), "rb").read()
    same("cut short: everybody is in it again", {line.split()[1] for line in lines.split(b"\n") if line[:2] == b"R "},
         {str(id_).encode() for id_, in bed.rows("SELECT id FROM dispatch")})


def hole():
    """A turn in the middle that a power cut took, with whole ones behind it: what it said is written again."""
    codes = METRO[:10]
    bed = Bed("hole", [absolute("un", "20251215")], plain(codes), smtp="connections = 2")
    bed.send()
    bytes_ = open(bed.path(JOURNAL), "rb").read()
    turns = [at + 1 for at in range(len(bytes_)) if bytes_.startswith(b"\nT ", at)]
    lost = next(at for at in turns[1:-1] if bytes_[bytes_.index(b"\n", at) + 1:].startswith((b"A ", b"R ")))
    gone = bytes_.index(b"\n", lost) + 1
    with open(bed.path(JOURNAL), "wb") as file:
        file.write(bytes_[:lost] + bytes(gone - lost) + bytes_[gone:])
    bed.send()
    lines = open(bed.path(JOURNAL), "rb").read()
    behind = lines[len(bytes_):]
    same("hole: everybody is told of behind it", {line.split()[1] for line in behind.split(b"\n") if line[:2] == b"A "},
         {str(id_).encode() for id_, in bed.rows("SELECT id FROM dispatch")})
    same("hole: nobody twice", (len(bed.server.accepted()), bed.rows("SELECT turn > 0, arming FROM send_journal")), (10, [(1, "")]))


def power_cut():
    """Another boot, and a database that lost its last turns (its last lease was durable): the journal is evidence."""
    codes = METRO[:20]
    bed = Bed("power", [absolute("un", "20251215")], plain(codes), server=("--delay-dot-ms", "60"))
    sender = bed.begin("send", "--until-idle")
    until(lambda: len(bed.server.accepted()) >= 3)
    backup(bed)  # within the one lease of these 20
    until(lambda: len(bed.server.accepted()) >= 9)
    sender.kill()
    sender.wait()
    time.sleep(0.3)
    restore(bed)
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    another(bed, boot, "11111111-2222-3333-4444-555555555555")
    with sqlite3.connect(bed.path("relais.db")) as store: # as when the turn that froze the wave is among those lost
        store.execute("UPDATE wave SET frozen_ms = NULL")
    bed.send()
    same("power cut: a wave of which something has left moves no more", bed.rows("SELECT COUNT(*) FROM wave WHERE frozen_ms IS NULL"), [(0,)])
    doubted = exactly_once(bed, codes, "power cut")
    check("power cut: what the journal knows is no doubt", len(bed.server.accepted()) - len([c for c in codes if address(c) in bed.server.to() and c in doubted]) >= 8
          and all(one["reason"] == "lease" for one in doubts(bed)), doubts(bed), len(bed.server.accepted()))
    check("power cut: sent is what the journal says", list(bed.states().values()).count(SENT) >= 8, bed.states())


def another(bed, boot, other):
    """Journal and run as if they had been written in another boot; the sums are made anew."""
    def mix(total, data):
        mask, factor = (1 << 64) - 1, 0x9e3779b97f4a7c15
        total ^= len(data) * factor & mask
        for at in range(0, len(data), 8):
            total = (total ^ int.from_bytes(data[at:at + 8], "little")) * factor & mask
            total ^= total >> 29
        return total
    data, out = open(bed.path(JOURNAL), "rb").read(), b""
    at = data.index(b"\n") + 1
    out += data[:at]
    while at < len(data):
        end = data.index(b"\n", at)
        words = data[at:end].replace(boot.encode(), other.encode()).split()
        size = int(words[5])
        body = data[end + 1:end + 1 + size]
        head = b" ".join(words[:6]) + b" "
        out += head + b"%016x\n" % mix(mix(0, head), body) + body
        at = end + 1 + size
    with open(bed.path(JOURNAL), "wb") as file:
        file.write(out)
    with sqlite3.connect(bed.path("relais.db")) as store:
        store.execute("UPDATE run SET boot_id = ?", (other,))
    store.close()


def killed_at_journal(bed, write, clock=None, behind=1):
    """kill -9 as the sender is about to write its journal for the N-th time: the turn's commit stands, none of its dots has left.
    The dispatches that turn had armed."""
    bed.clock = clock or bed.clock
    words = ["strace", "-f", "-qq", "-o", bed.path("strace"), "-P", bed.path(JOURNAL), "-e", "trace=write", "-e", f"inject=write:signal=KILL:when={write}"]
    done = subprocess.run([*words, *bed.command("send", "--until-idle")], capture_output=True, text=True, check=False, timeout=60)
    (turn, arming), = bed.rows("SELECT turn, arming FROM send_journal")
    with open(bed.path(JOURNAL), encoding="ascii") as file:
        last = [int(line.split()[1]) for line in file if line.startswith("T ")][-1:]
    same(f"killed between commit and journal, {behind} apart", (done.returncode, last), (-signal.SIGKILL, [turn - behind]))
    return [int(one) for one in arming.split()[1:]]


def events(bed, dispatch):
    return bed.rows("SELECT event, text FROM event WHERE dispatch_id = ? AND origin = 'recovery'", dispatch)


def between():
    """Between commit and journal: armed, and certainly never sent, while nothing else speaks against it."""
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        return check("killed between commit and journal # SKIP strace may not trace here", True)
    codes = METRO[:6]
    bed = Bed("between", [absolute("un", "20251215")], plain(codes))
    armed = killed_at_journal(bed, 2)
    check("it was arming", armed and not bed.server.accepted(), armed)
    same("as the store has it", bed.rows("SELECT dispatch_id FROM delivery WHERE state = 2 ORDER BY 1"), [(one,) for one in sorted(armed)])
    bed.send()
    same("between: proved unsent, once and for all", [events(bed, one) for one in armed], [[("released", "journal")]] * len(armed))
    same("between: everybody once", (bed.server.to(), doubts(bed)), (sorted(map(address, codes)), []))
    same("between: under the same Message-ID", bed.rows("SELECT COUNT(*) FROM dispatch"), [(6,)])
    # A copy of the journal put in its place may lack turns whose dots have left: it proves nothing either.
    bed = Bed("between-copy", [absolute("un", "20251215")], plain(codes))
    armed = killed_at_journal(bed, 2)
    with open(bed.path(JOURNAL), "rb") as file:
        was = file.read()
    os.unlink(bed.path(JOURNAL))  # the number of its file may be given to the next
    with open(bed.path(JOURNAL), "wb") as file:
        file.write(was)
    bed.send(want=(0, 1))
    same("put back: what was armed is in doubt", (bed.rows("SELECT dispatch_id FROM delivery WHERE state = 7 ORDER BY 1"), len(doubts(bed))),
         ([(one,) for one in sorted(armed)], len(armed)))
    # With durable turns the journal follows one turn behind, so there it proves nothing.
    bed = Bed("between-durable", [absolute("un", "20251215")], plain(codes))
    bed.configure("[store]\ndurability = full")
    armed = killed_at_journal(bed, 2)
    bed.send(want=(0, 1))
    same("durable: what was armed is in doubt", (bed.rows("SELECT dispatch_id FROM delivery WHERE state = 7 ORDER BY 1"), len(doubts(bed))),
         ([(one,) for one in sorted(armed)], len(armed)))
    same("durable: the others have one", len(bed.server.to()), len(codes) - len(armed))
    # Twice in a row: the next sender is killed as it writes down what it has learnt.
    bed = Bed("between-twice", [absolute("un", "20251215")], plain(codes))
    killed_at_journal(bed, 2)
    same("twice: the second one arms nothing", killed_at_journal(bed, 1, behind=2), [])
    bed.send()
    same("twice: everybody once", (bed.server.to(), doubts(bed)), (sorted(map(address, codes)), []))
    # In another boot it proves nothing: pages of the journal may be lost.
    bed = Bed("between-boots", [absolute("un", "20251215")], plain(codes))
    killed_at_journal(bed, 2)
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        another(bed, file.read().strip(), "11111111-2222-3333-4444-555555555555")
    bed.send()
    same("another boot: all that was leased is held, nothing leaves", ({one["reason"] for one in doubts(bed)}, len(doubts(bed)), bed.server.to()), ({"lease"}, 6, []))
    # Nor where the journal is torn: what is cut away may have been that very turn.
    bed = Bed("between-torn", [absolute("un", "20251215")], plain(codes))
    armed = killed_at_journal(bed, 2)
    with open(bed.path(JOURNAL), "ab") as file:
        file.write(b"T 2 1 1765789200000 ")
    bed.send()
    same("torn: what was armed is in doubt, the rest goes out", ({one["dispatch"] for one in doubts(bed) if one["relay"] == "smtp"}, len(bed.server.accepted())), (set(armed), 6 - len(armed)))
    # Nor where an earlier copy may have arrived.
    bed = Bed("between-resent", [absolute("un", "20251215", "selected-unanswered", "rappel-j14.md")], {codes[0]: "mairie@coupure.test"})
    bed.send()
    same("resent: a doubt", len(doubts(bed)), 1)
    armed = killed_at_journal(bed, 2, "2025-12-15T11:00:00+01:00")
    same("resent: its one resend was being armed", [(one,) for one in armed], bed.rows("SELECT dispatch_id FROM event WHERE event = 'in_doubt'"))
    bed.send()
    same("resent: in doubt again, no third copy", ([one["resent"] for one in doubts(bed)], len(bed.server.accepted())), ([True], 1))


def bounce(one):
    """What a server says of a message that it took and cannot deliver."""
    return (f"Return-Path: <>\nDelivered-To: {one['mail_from']}\nFrom: MAILER-DAEMON@mx.test\nTo: {one['mail_from']}\nSubject: Undelivered\n"
            f"Message-ID: <retour-{one['message_id'][1:]}\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=q\n\n"
            "--q\n\nno\n--q\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
            f"Final-Recipient: rfc822; {one['rcpt']}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\n\n"
            f"--q\nContent-Type: message/rfc822\n\nMessage-ID: {one['message_id']}\n\n--q--\n")


def returns_meanwhile():
    """What comes back between a restore and reconcile waits, from a pipe and in a Maildir, and counts afterwards; what proves nothing does not wait."""
    codes = METRO[:4]
    for name, when in (("unplanned", "before"), ("planned", "after")):
        bed = Bed("retours-" + name, [absolute("un", "20251215")], plain(codes))
        if when == "after":
            bed.configure("[smtp]\nurl = smtp://127.0.0.1:1")
            bed.send(want=(0, 1, 2))
            bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{bed.server.port}")
        backup(bed)
        bed.send("2025-12-15T15:00:00+01:00")
        same(f"{name}: all are sent", len(bed.server.accepted()), 4)
        restore(bed)
        first, second = (bounce(one) for one in bed.server.accepted()[:2])
        said = bed("inbox", "--stdin", stdin=first, want=(75,))
        check(f"{name}: a pipe is told to try again, and why", "seul le journal" in said.stderr and "relais reconcile" in said.stderr, said.stderr)
        box = bed.path("retours")
        for folder in ("cur", "new", "tmp"):
            os.makedirs(os.path.join(box, folder))
        with open(os.path.join(box, "new", "1.retour"), "w", encoding="utf-8") as file:
            file.write(second)
        bed.configure(f"[inbox]\nmaildir = {box}")
        begun = time.monotonic()
        bed("inbox", "--once", want=(1,))
        check(f"{name}: nobody waits for it", time.monotonic() - begun < 4)
        same(f"{name}: in a Maildir it stays", (os.listdir(os.path.join(box, "new")), bed.rows("SELECT COUNT(*) FROM inbound")), (["1.retour"], [(0,)]))
        bed("inbox", "--stdin", stdin="From: a@mairie.example\nSubject: bonjour\n\nmerci\n")
        reconcile(bed)
        bed("inbox", "--stdin", stdin=first)
        bed("inbox", "--once")
        same(f"{name}: after reconcile both count", bed.rows("SELECT proof, COUNT(*) FROM inbound GROUP BY proof ORDER BY proof"), [("none", 1), ("token", 2)])
        same(f"{name}: the dead addresses are known", bed.rows("SELECT COUNT(*) FROM suppression"), [(2,)])


run((returns_meanwhile, before_planning, middle, refusals, resent, rejoined, unwritable, no_campaign, plain_copies, another_campaign, nothing_armed, journals, taken_away, torn, hole, power_cut, between))
