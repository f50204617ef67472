#!/usr/bin/env python3
"""The plan changed on the way: an extension with what it proposes, waves added, moved and dropped, calendars and templates taken in
and written out. What has been sent stays as it is, row by row; a dry run and a refusal change nothing."""
import os
import pty
import shlex
import subprocess

import plan_bed as bed_module
from plan_bed import CANCELLED, SENT, Bed, absolute, address, calendar, check, relative, same, story
from tap import skip

ALL, NAMES = bed_module.communes()
CODES = ALL["29"][:5]
MONDAY = "2025-12-15T10:00:00+01:00"


def fates(answer):
    return {wave["wave"]: wave["state"] for wave in answer["waves"]}


def started(name, waves, due="20260123"):
    bed = Bed(name, calendar(waves, uid=name, due=due), MONDAY, NAMES)
    bed.people(CODES)
    bed("start", "c", "--yes")
    return bed


def unchanged(bed, label, *words, says=(), want=(2,)):
    before = bed.dump()
    done = bed(*words, want=want)
    same(f"{label}: nothing changes", bed.dump(), before)
    for text in says:
        check(f"{label}: says « {text} »", text in done.stdout + done.stderr, done.stdout, done.stderr)


def extension():
    bed = started("extension", [absolute("information", "20251215"), relative("rappel-j14", 14, "rappel-j14.md"), relative("rappel-j7", 7),
                                relative("dernier-jour", 0, "dernier-jour.md")])
    bed.send()
    bed.send("2026-01-09T10:00:00+01:00")
    bed.server.process.terminate() # the relay is away when the second reminder is due: planned, never armed
    bed.server.process.wait()
    bed.send("2026-01-16T09:30:00+01:00", want=(2,))
    frozen = [bed.dump_wave("information"), bed.dump_wave("rappel-j14")]
    said = bed("extend", "c", "2026-01-30", "--announce", "--dry-run").stdout
    command = "relais wave add c rappel-j14-2 --before 14 --audience selected-unanswered --template rappel-j14.md"
    check("a fortnight before the new date lies in the past: nothing proposed", command not in said, said)
    said = bed("extend", "c", "2026-02-06", "--announce", "--dry-run").stdout
    check("the diff says what was sent and does not recur", "rappel-j14" in said and "déjà partie : elle ne repart pas" in said, said)
    check("… proposes its like before the new date, with its day and its command", command in said and "ven. 23/01/2026 à 09:30" in said, said)
    check("… and counts what was planned and goes back", "5 envois planifiés et pas encore partis" in said, said)
    unchanged(bed, "extend --dry-run", "extend", "c", "2026-02-06", "--announce", "--dry-run", want=(0,))
    answer = bed.json("extend", "c", "2026-02-06", "--announce")
    same("what becomes of each", fates(answer), {"information": "sent", "rappel-j14": "sent", "prolongation": "added", "rappel-j7": "moved",
                                                 "dernier-jour": "moved"})
    same("SEQUENCE is raised", (answer["sequence"], "SEQUENCE:2" in bed.rows("SELECT CAST(bytes AS TEXT) FROM document d JOIN campaign c ON "
                                                                          "c.schedule = d.sha256")[0][0]), (2, True))
    same("five were planned and go back", (answer["cancelled"], bed.rows("SELECT COUNT(*) FROM delivery WHERE state = ?", CANCELLED)), (5, [(5,)]))
    same("frozen waves' rows are the same before and after", [bed.dump_wave("information"), bed.dump_wave("rappel-j14")], frozen)
    same("a confirmed extension approves anew", answer["approval"], "renewed")
    same("the proposal for machines", [(one["wave"], one["at"], one["command"]) for one in answer["proposed"]],
         [("rappel-j14-2", "2026-01-23T09:30:00+01:00", command)])
    same("the proposed command works as it stands", fates(bed.json(*shlex.split(answer["proposed"][0]["command"])[1:]))["rappel-j14-2"], "added")
    same("a wave that stands in is not proposed again", bed.json("extend", "c", "2026-02-10", "--dry-run")["proposed"], [])
    shorter = bed("extend", "c", "2026-01-20", "--dry-run").stdout
    check("shortening names what it drops", "Ces vagues ne partiront pas : rappel-j14-2, rappel-j7." in shorter, shorter)
    shorter = bed.json("extend", "c", "2026-01-20", "--dry-run")
    same("… for machines too", {wave["wave"]: wave["will_not_go"] for wave in shorter["waves"] if "will_not_go" in wave},
         {"rappel-j14-2": "late", "rappel-j7": "late"})
    bed.server = bed_module.Server(bed.path("serveur-2"))
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{bed.server.port}")
    bed("start", "c", "--yes") # the wave that was added voided the approval
    bed.send("2026-01-30T09:30:00+01:00")
    texts = [bed.server.text(one) for one in bed.server.accepted()]
    check("what was planned for the old date goes out with the new one", texts and all("6 février" in text and "23 janvier" not in text for text in texts),
          texts[:1])


def waves():
    bed = started("waves", [absolute("information", "20251215"), relative("rappel-j7", 7), relative("dernier-jour", 0, "dernier-jour.md")])
    bed.send()
    bed.send("2025-12-16T10:00:00+01:00") # done, overseas too
    frozen = bed.dump_wave("information")
    unchanged(bed, "wave add --dry-run", "wave", "add", "c", "rappel-j3", "--before", "3", "--audience", "selected-unanswered", "--template",
              "rappel-j2.md", "--dry-run", want=(0,), says=["+ rappel-j3", "mar. 20/01/2026 à 09:30", "essai"])
    answer = bed.json("wave", "add", "c", "rappel-j3", "--before", "3", "--audience", "selected-unanswered", "--template", "rappel-j2.md",
                      "--title", "À trois jours ; vite, s'il vous plaît")
    same("wave add", fates(answer), {"information": "sent", "rappel-j7": "unchanged", "rappel-j3": "added", "dernier-jour": "unchanged"})
    same("… raises SEQUENCE and voids the approval", (answer["sequence"], answer["approval"]), (2, "void"))
    bed.send("2026-01-16T10:00:00+01:00")
    same("… so that nothing goes out", [wave for wave, *_ in bed.sent() if wave == "rappel-j7"], [])
    bed("start", "c", "--yes")
    bed.send("2026-01-16T10:00:00+01:00")
    same("… before a new start", len([wave for wave, *_ in bed.sent() if wave == "rappel-j7"]), 5)
    for text, at in (("2026-01-19", "2026-01-19T09:30:00+01:00"), ("2026-01-19 14:05", "2026-01-19T14:05:00+01:00"),
                     ("2026-01-19T14:05:00+01:00", "2026-01-19T14:05:00+01:00"), ("2026-01-18 10:00", "2026-01-19T08:30:00+01:00")):
        same(f"wave move --at {text}", [wave["becomes"] for wave in bed.json("wave", "move", "c", "rappel-j3", "--at", text, "--dry-run")["waves"]
                                       if wave["wave"] == "rappel-j3"], [at])
    answer = bed.json("wave", "move", "c", "RAPPEL-J3", "--at", "2026-01-19 14:05")
    same("wave move", fates(answer), {"information": "sent", "rappel-j7": "sent", "rappel-j3": "moved", "dernier-jour": "unchanged"})
    same("a change of template is one too", fates(bed.json("wave", "move", "c", "rappel-j3", "--template", "rappel-j7.md"))["rappel-j3"], "changed")
    plan = {wave["wave"]: wave for wave in bed.json("plan", "c")["waves"]}
    same("plan says so", (plan["rappel-j3"]["at"], plan["rappel-j3"]["template"]), ("2026-01-19T14:05:00+01:00", "rappel-j7.md"))
    # Planned and never armed, then dropped: the ledger goes on naming it.
    bed("start", "c", "--yes")
    bed.server.process.terminate()
    bed.server.process.wait()
    bed.send("2026-01-19T14:05:00+01:00", want=(2,))
    said = bed("wave", "drop", "c", "rappel-j3").stdout
    check("wave drop says what goes back", "- rappel-j3" in said and "5 envois" in said and "relais start c" in said, said)
    same("… its deliveries are cancelled", bed.rows("SELECT DISTINCT d.state, d.reason FROM delivery d JOIN wave w ON w.id = d.wave_id WHERE w.name = "
                                                  "'rappel-j3'"), [(CANCELLED, "dropped")])
    plan = {wave["wave"]: (wave["state"], wave["reason"]) for wave in bed.json("plan", "c")["waves"]}
    same("… the plan says it was dropped", plan["rappel-j3"], ("skipped", "dropped"))
    same("… a later change speaks of it no more", "rappel-j3" in fates(bed.json("extend", "c", "2026-01-30", "--dry-run")), False)
    same("a name that was dropped may be used again", fates(bed.json("wave", "add", "c", "rappel-j3", "--before", "1", "--audience", "selected-unanswered",
                                                                     "--template", "rappel-j2.md"))["rappel-j3"], "added")
    bed("wave", "drop", "c", "dernier-jour")
    same("a wave nothing was planned of leaves no row", bed.rows("SELECT name FROM wave ORDER BY name"), [("information",), ("rappel-j3",), ("rappel-j7",)])
    same("all this time the frozen wave's rows stayed as they were", bed.dump_wave("information"), frozen)
    same("every wave adds up", bed.adds_up(), [])
    add = ("wave", "add", "c", "x", "--audience", "selected", "--template", "rappel-j2.md")
    for label, words, says in (
            ("drop what was sent", ("wave", "drop", "c", "information"), ["déjà partie", "relais wave add"]),
            ("move what was sent", ("wave", "move", "c", "information", "--before", "1"), ["déjà partie"]),
            ("drop what is not there", ("wave", "drop", "c", "rien"), ["rappel-j3"]),
            ("add a name twice", ("wave", "add", "c", "Rappel-J7", "--before", "1", "--audience", "selected", "--template", "rappel-j2.md"), ["déjà"]),
            ("add without a day", add, ["--before"]),
            ("add with two days", (*add, "--before", "2", "--at", "2026-01-19"), ["--at et --before"]),
            ("add too late", (*add, "--before", "300"), ["trop tard"]),
            ("add behind the deadline", (*add, "--at", "2026-01-26"), ["après l'échéance"]),
            ("add with a bad day", (*add, "--at", "2026-02-30"), ["2026-02-30"]),
            ("add with bad days", (*add, "--before", "-3"), ["-3"]),
            ("add with a bad audience", ("wave", "add", "c", "x", "--before", "2", "--audience", "tous", "--template", "rappel-j2.md"), ["selected-unanswered"]),
            ("add with an unknown template", ("wave", "add", "c", "x", "--before", "2", "--audience", "selected", "--template", "absent.md"), ["absent.md"]),
            ("add with a bad name", ("wave", "add", "c", "à la fin", "--before", "2", "--audience", "selected", "--template", "rappel-j2.md"), ["à la fin"]),
            ("add with two lines of title", (*add, "--before", "2", "--title", "a\nb"), ["--title"]),
            ("move nothing", ("wave", "move", "c", "rappel-j3"), ["--at"]),
            ("move to where it is", ("wave", "move", "c", "rappel-j3", "--before", "1"), ["déjà"]),
            ("a fourth word", ("wave", "copy", "c", "x"), ["add, move ou drop"])):
        unchanged(bed, label, *words, says=says)


def differing(bed):
    return [os.path.basename(name) for name in bed.json("plan", "c")["files_differing"]]


def files():
    parts = [absolute("information", "20251215"), relative("rappel-j7", 7), relative("dernier-jour", 0, "dernier-jour.md")]
    bed = started("files", parts)
    bed.send()
    bed.send("2025-12-16T10:00:00+01:00")
    frozen = bed.dump_wave("information")
    original = bed.read("c.ics")
    same("no file differs at first", differing(bed), [])
    # A template's text, changed in the folder it was read from.
    template = bed.read("templates/rappel-j7.md")
    bed.write("templates/rappel-j7.md", template.replace("---\n", "---\n", 1) + "\nUne phrase de plus.\n")
    same("plan names a template that differs", differing(bed), ["rappel-j7.md"])
    check("… in its text, with the remedy", "relais campaign update c" in bed("plan", "c").stdout and "rappel-j7.md" in bed("plan", "c").stdout)
    warned = [one["text"] for one in bed.json("check", want=(0, 2))["checks"] if one["outcome"] == "warning" and one["check"] == "campagne c"]
    check("check warns of it", len(warned) == 1 and "rappel-j7.md" in warned[0], warned)
    unchanged(bed, "update --dry-run", "campaign", "update", "c", "--dry-run", want=(0,), says=["~ modèle rappel-j7.md", "relais start c"])
    answer = bed.json("campaign", "update", "c")
    same("update takes it", (answer["templates"], fates(answer)),
         ([{"template": "rappel-j7.md", "state": "changed"}], {"information": "sent", "rappel-j7": "changed", "dernier-jour": "unchanged"}))
    same("… voids the approval, SEQUENCE as it was", (answer["approval"], answer["sequence"]), ("void", 1))
    same("… and no file differs any more", differing(bed), [])
    bed.send("2026-01-16T10:00:00+01:00")
    same("nothing goes out before a new start", [wave for wave, *_ in bed.sent() if wave != "information"], [])
    bed("start", "c", "--yes")
    bed.send("2026-01-16T10:00:00+01:00")
    texts = [bed.server.text(one) for one in bed.server.accepted()[5:]]
    check("then with the new text", len(texts) == 5 and all("Une phrase de plus." in text for text in texts), texts)
    unchanged(bed, "update of what is the same", "campaign", "update", "c", says=["rien n'est à prendre"])
    # Out and in again.
    written = bed.json("campaign", "export", "c", bed.path("sortie"))
    same("export writes the calendar byte for byte", bed.read("sortie/c.ics"), original)
    same("… and the templates", bed.read("sortie/templates/rappel-j7.md"), bed.read("templates/rappel-j7.md"))
    check("… and says what", bed.path("sortie") + "/c.ics" in written["written"] and not written["unchanged"], written)
    again = bed.json("campaign", "export", "c", bed.path("sortie"))
    check("again: unchanged", not again["written"] and len(again["unchanged"]) == len(written["written"]), again)
    unchanged(bed, "what was exported is what is known", "campaign", "update", "c", "--schedule", bed.path("sortie/c.ics"), "--templates",
              bed.path("sortie/templates"), says=["rien n'est à prendre"])
    bed.write("sortie/c.ics", original + " ")
    unchanged(bed, "export over a file that differs", "campaign", "export", "c", bed.path("sortie"), says=["sortie/c.ics", "--force"])
    same("… the file is as it was", bed.read("sortie/c.ics"), original + " ")
    bed("campaign", "export", "c", bed.path("sortie"), "--force")
    same("… until it is said", bed.read("sortie/c.ics"), original)
    # The calendar, changed in an editor: a wave moved, one new, one gone, a title of accents.
    changed = calendar([parts[0], parts[1], relative("rappel-j2", 2, "rappel-j2.md", title="À deux jours\\, « vite »")], uid="files")
    bed.write("c.ics", changed)
    same("plan names a calendar that differs", differing(bed), ["c.ics"])
    answer = bed.json("campaign", "update", "c")
    same("update takes it", fates(answer), {"information": "sent", "rappel-j7": "sent", "rappel-j2": "added", "dernier-jour": "dropped"})
    same("… raises SEQUENCE itself, and the file is then the same", (answer["sequence"], differing(bed)), (2, []))
    bed.write("c.ics", changed.replace("SEQUENCE:1", "SEQUENCE:7").replace("X-RELAIS-LATE:P1D", "X-RELAIS-LATE:P2D"))
    same("a file that raised its own", bed.json("campaign", "update", "c")["sequence"], 7)
    bed("campaign", "export", "c", bed.path("sortie-2"))
    same("… is kept byte for byte", bed.read("sortie-2/c.ics"), bed.read("c.ics"))
    bed("extend", "c", "2026-01-30")
    same("an extension leaves the file behind, and plan says so", differing(bed), ["c.ics"])
    bed("campaign", "export", "c", bed.path("sortie-3"))
    bed.write("c.ics", bed.read("sortie-3/c.ics"))
    same("… until it is written out", differing(bed), [])
    bed("campaign", "create", "d", "--schedule", bed.path("sortie-3/c.ics"), "--templates", bed.path("sortie-3/templates"))
    bed("campaign", "export", "d", bed.path("sortie-4"))
    same("what was written is read back and written the same", bed.read("sortie-4/d.ics"), bed.read("sortie-3/c.ics"))
    for label, text, says in (
            ("without what was sent", calendar([parts[1]], uid="files"), ["information", "déjà partie"]),
            ("with what was sent moved", calendar([absolute("information", "20251216"), parts[1]], uid="files"), ["information", "déjà partie", "autre.ics:"]),
            ("of another campaign", calendar(parts, uid="autre"), ["autre campagne"]),
            ("with a deadline in the past", calendar(parts[:2], uid="files", due="20260102"), ["passée"]),
            ("with a template that is not there", calendar([*parts[:2], relative("x", 1, "absent.md")], uid="files"), ["absent.md", "autre.ics:"]),
            ("that cannot be read", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", ["autre.ics:"])):
        bed.write("autre.ics", text)
        unchanged(bed, f"update by a calendar {label}", "campaign", "update", "c", "--schedule", bed.path("autre.ics"), says=says)
    same("all this time the frozen wave's rows stayed as they were", bed.dump_wave("information"), frozen)


def asked(bed, answer, *words):
    """The command before a terminal, where somebody types the answer."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([bed_module.RELAIS, "-c", bed.path("relais.ini"), *words, "--clock", bed.clock], stdin=theirs, stdout=theirs,
                               stderr=subprocess.STDOUT)
    os.close(theirs)
    os.write(ours, answer)
    said = b""
    try:
        while block := os.read(ours, 65536):
            said += block
    except OSError: # Linux says so when the other side has closed
        pass
    os.close(ours)
    return process.wait(), said.decode()


def terminal():
    try:
        os.close(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))
    except OSError as why:
        return skip("the question before a plan changes, on a terminal", f"no terminal to be had here: {why.strerror}")
    bed = started("terminal", [absolute("information", "20251215"), relative("rappel-j7", 7)])
    before = bed.dump()
    status, said = asked(bed, b"n\n", "extend", "c", "2026-01-30")
    check("on a terminal the difference is shown first, and asked about", status == 2 and "devient" in said and "Appliquer ?" in said, status, said)
    same("… no changes nothing", bed.dump(), before)
    status, said = asked(bed, b"o\n", "extend", "c", "2026-01-30")
    check("… yes applies it", status == 0 and "Appliqué." in said and bed.json("campaign", "show", "c")["deadline"] == "2026-01-30", status, said)
    status, said = asked(bed, b"", "extend", "c", "2026-02-06", "--yes")
    check("… --yes does not ask", status == 0 and "Appliquer ?" not in said, status, said)


story(extension, waves, files, terminal)
