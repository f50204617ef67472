#!/usr/bin/env python3
"""What is forged, what only seems to be ours, and what staff make of what came back; and the answer an MTA gets."""
import csv
import io
import os
import re
import signal
import sqlite3
import subprocess
import time

from returns_bed import (METRO, SENT, TUESDAY, WEDNESDAY, Bed, Dispatch, absolute, address, automatic, check, comes, counts, events,
                         letter, listed, plain, quick, refused, report, run, same, settle, suppressed, told, why, wrote)


def replies():
    held, gone, out, asks = METRO[:4]
    bed = Bed("replies", [absolute("v15", "20251215"), absolute("rappel", "20251216", "selected-unanswered", "rappel-j14.md"),
                          absolute("relance", "20251217", "selected-unanswered", "rappel-j14.md")], plain([held, gone, out, asks]))
    bed.send()
    colleague = "secretariat@ailleurs.example"
    ids = [comes(bed, letter(Dispatch(bed, code), text, sender=colleague)) for code, text in
           ((held, "Bonjour,\n\nNous avons déjà répondu à l'enquête."), (gone, "Nous avons déjà répondu."), (out, "Nous ne sommes pas concernés."),
            (asks, "Qui doit remplir le questionnaire ?"))]
    rows = listed(bed)
    same("each belongs to its commune, whoever wrote it", [rows[id]["party"] for id in ids], [held, gone, out, asks])
    same("all wait for staff", {rows[id]["needs"] for id in ids}, {"reply"})
    same("sorted", rows[ids[0]]["reply_sort"], "answered")
    check("held until", rows[ids[0]]["hold_until"] == "2025-12-18T10:00:00+01:00", rows[ids[0]])
    check("why says so", "suspendus jusqu'au" in told(bed, held) and "elle dit avoir répondu" in told(bed, held), told(bed, held))
    before = len(wrote(bed))
    bed.send(TUESDAY)
    same("the held get no reminder", wrote(bed)[before:].count(address(held)) + wrote(bed)[before:].count(address(gone)), 0)
    settle(bed, ids[0], "none")
    bed.send(TUESDAY)
    same("settled without consequence, it goes at once", bed.states("rappel")[held], SENT)
    settle(bed, ids[1], "answered")
    same("settled as answered", bed.rows("SELECT answered FROM enrolment WHERE party_id = ?", gone), [(1,)])
    same("says no list of respondents is new", bed.rows("SELECT answers_as_of_ms FROM campaign"), [(None,)])
    settle(bed, ids[2], "not-concerned")
    settle(bed, ids[3], "question")
    bed.send(WEDNESDAY)
    states = bed.states("relance")
    same("who is out gets no more", (states.get(gone), states.get(out), states[asks], states[held]), (None, None, SENT, SENT))
    same("nothing is left to look at", listed(bed), {})
    user = bed.rows("SELECT DISTINCT by_whom FROM event WHERE event = 'return_settled'")
    check("the ledger says who and what", len(user) == 1 and user[0][0], user)
    same("one line each", sorted(code for (code,) in bed.rows("SELECT code FROM event WHERE event = 'return_settled'")),
         ["answered", "none", "not-concerned", "question"])
    for verdict in ("answered", "none", "objection"):
        refused(bed, f"settled twice, {verdict}", "ALREADY_SETTLED", ids[1], verdict)
    id = comes(bed, letter(Dispatch(bed, asks), "Bonjour, merci."))
    settle(bed, id, "objection")
    same("an objection found by staff", suppressed(bed), [(address(asks), "objection")])
    same("counted once each", [counts(bed, wave)["replies"] for wave in ("v15", "rappel", "relance")], [4, 0, 1])


def forged():
    party, other = METRO[:2]
    bed = Bed("forged", [absolute("v15", "20251215"), absolute("rappel", "20251216", "selected-unanswered", "rappel-j14.md")], plain([party, other]))
    bed.send()
    sent = Dispatch(bed, party)

    def state():
        return bed.rows("SELECT id, state, returned, dispatch_id FROM delivery"), bed.rows("SELECT * FROM suppression_fact"), bed.rows("SELECT * FROM hold"), \
            bed.rows("SELECT * FROM enrolment"), bed.rows("SELECT * FROM soft_failure")

    before = state()
    wrong = sent.token[:-1] + ("a" if sent.token[-1] != "a" else "q")
    swapped = Dispatch(bed, other).token[:13] + sent.token[13:]
    paths = [f"retour+{token}@amf.example" for token in (wrong, swapped, sent.token[:-1], sent.token + "a")] + ["retour@amf.example"]
    comes(bed, *(report(sent, "failed", "5.1.1", "550 5.1.1 User unknown", path=path) for path in paths),
          letter(sent, "Merci de ne plus nous écrire.", to="relais@amf.example"), letter(sent, "Nous avons déjà répondu.", to="relais@amf.example"))
    same("altered and missing proofs change nothing", state(), before)
    same("but a person sees what is likely", ({one["needs"] for one in listed(bed).values()}, {one["party"] for one in listed(bed).values()}), ({"likely"}, {party}))
    message = report(sent, "failed", "5.2.2", "552 5.2.2 full")
    comes(bed, message)
    rows = bed.rows("SELECT COUNT(*) FROM inbound"), bed.rows("SELECT COUNT(*) FROM event"), state()
    comes(bed, message, message)
    same("replayed, it counts once", (bed.rows("SELECT COUNT(*) FROM inbound"), bed.rows("SELECT COUNT(*) FROM event"), state()), rows)
    # Whoever has our mail can write a false report about it: it reaches his own dispatch and no other address.
    comes(bed, report(sent, "failed", "5.1.1", "550 5.1.1 User unknown", address=address(other)))
    same("with a valid token too, another's address is not buried", suppressed(bed), [])
    # A token nobody can have seen: its mail waits, held.
    comes(bed, letter(sent, "Nous avons déjà répondu."), clock="2025-12-15T11:00:00+01:00")
    bed.send(TUESDAY)
    waiting = Dispatch(bed, party, "rappel")
    same("a mail that waits has its token", bed.rows("SELECT armed_ms FROM dispatch WHERE id = ?", waiting.id), [(None,)])
    before = state()
    id = comes(bed, report(waiting, "failed", "5.1.1", "550 5.1.1 User unknown"))
    same("which proves nothing before it has left", state(), before)
    same("and is shown", listed(bed)[id]["needs"], "likely")
    # Its dot may be out: the sender tells the dispatch when it has ended, and what comes back waits for that.
    with sqlite3.connect(bed.path("relais.db")) as store:
        store.execute("UPDATE delivery SET state = 2, armed_ms = 1 WHERE id = ?", (waiting.delivery,))
    quick(bed, "inbox", "--stdin", stdin=report(waiting, "failed", "5.1.1", "550 5.1.1 User unknown"), want=75)


def likely():
    party, other = METRO[:2]
    bed = Bed("likely", [absolute("v15", "20251215"), absolute("rappel", "20251216", "selected-unanswered", "rappel-j14.md")], plain([party, other]))
    bed.send()
    sent = Dispatch(bed, party)
    probable = comes(bed, letter(sent, "Nous avons déjà répondu.", to="relais@amf.example"))
    unknown = comes(bed, letter(sent, "Bonjour,\n\nqui\x1b[2J êtes-vous ?", subject="=cmd|' /C calc'!A0\x07", to="relais@amf.example", sender="inconnu@ailleurs.example"))
    dead_one = comes(bed, report(sent, "failed", "5.1.1", "550 5.1.1 User unknown", path="retour@amf.example"))
    rows = listed(bed)
    same("what each needs", [rows[id]["needs"] for id in (probable, unknown, dead_one)], ["likely", "unmatched", "likely"])
    same("counted by nobody yet", counts(bed, "v15")["replies"], 0)
    refused(bed, "whose is unknown", "UNMATCHED", unknown, "answered")
    refused(bed, "attached to nobody", "UNMATCHED", unknown, "attach")
    refused(bed, "a party that does not exist", "UNKNOWN_PARTY", unknown, "attach", "99999")
    refused(bed, "a party nobody wrote to", "NOTHING_SENT", unknown, "attach", METRO[5])
    done = settle(bed, probable, "attach")
    same("confirmed, its rule acts", (done["open"], bed.rows("SELECT party_id FROM hold")), (True, [(party,)]))
    same("it counts, and says who vouches for it", (counts(bed, "v15")["replies"], listed(bed)[probable]["proof"], listed(bed)[probable]["needs"]), (1, "person", "reply"))
    refused(bed, "attached twice", "ALREADY_ATTACHED", probable, "attach")
    settle(bed, probable, "answered")
    settle(bed, dead_one, "attach")
    same("a bounce a person vouches for buries", suppressed(bed), [(address(party), "dead")])
    same("and is settled by that", dead_one in listed(bed), False)
    done = settle(bed, unknown, "attach", other)
    same("attached to whom a person names", (done["party"], listed(bed)[unknown]["party"]), (other, other))
    shown = quick(bed, "returns", "c", "show", str(unknown)).stdout
    check("shown with its text, harmless for a terminal", "êtes-vous" in shown and "\x1b" not in shown and "\x07" not in shown, shown)
    check("the list too", "\x1b" not in quick(bed, "returns", "c").stdout)
    raw = bed.rows("SELECT raw FROM inbound WHERE id = ?", unknown)[0][0]
    for words in (("--raw",), ("--part", "source")):
        done = subprocess.run(bed.command("returns", "c", "show", str(unknown), *words), capture_output=True, check=False)
        same(f"the original, byte for byte ({words[0]})", done.stdout, raw)
    cells = list(csv.reader(io.StringIO(quick(bed, "returns", "c", "--format", "csv", "--all").stdout.lstrip("\ufeff")), delimiter=";"))
    check("cells that are no formula", all(cell[:1] not in ("=", "+", "-", "@") or re.fullmatch('="[0-9]+"', cell) for row in cells for cell in row), cells)
    same("by department", (list(listed(bed, "--department", "29")), list(listed(bed, "--department", "22"))), ([unknown], []))
    same("by kind", (list(listed(bed, "--kind", "reply")), list(listed(bed, "--kind", "hard", "--all"))), ([unknown], [dead_one]))
    for words in (("--kind", "nonsense"), ("--department", "999"), ("show",), ("show", "0"), ("show", "4242"), ("settle", str(unknown)),
                  ("settle", str(unknown), "peut-etre"), ("settle", str(unknown), "none", "de trop"), ("tourne",)):
        quick(bed, "returns", "c", *words, want=2)
    settle(bed, unknown, "none")
    same("nothing is left", listed(bed), {})
    check("said in words", "aucun retour à regarder" in quick(bed, "returns", "c").stdout)
    check("why and history know", any(event["event"] == "return_attached" and event["by"] for event in events(bed, other)))


def pipe():
    party = METRO[0]
    bed = Bed("pipe", [absolute("v15", "20251215")], plain([party]))
    bed.send()
    message, store = letter(Dispatch(bed, party), "Bonjour."), bed.path("relais.db")
    count = bed.rows("SELECT COUNT(*) FROM inbound")
    lock = subprocess.Popen(["python3", "-c", "import fcntl, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); time.sleep(60)",
                             store + "-writer"], stdout=subprocess.PIPE)
    lock.stdout.readline()
    held = subprocess.Popen(bed.command("inbox", "--stdin"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    held.stdin.write(message)
    held.stdin.close()
    time.sleep(1)
    check("while somebody else has the store it waits", held.poll() is None)
    held.send_signal(signal.SIGALRM) # what it has asked for in a minute
    same("then it says: later", held.wait(20), 75)
    lock.kill()
    lock.wait()
    os.rename(store, store + ".away")
    bed("inbox", "--stdin", stdin=message, want=(75,))
    check("a store that is gone is not made anew", not os.path.exists(store))
    os.rename(store + ".away", store)
    done = subprocess.run(["prlimit", "--fsize=8192", *bed.command("inbox", "--stdin")], input=message, capture_output=True, text=True, check=False, timeout=60)
    check("no room left: later", done.returncode in (75,), done.returncode, done.stderr)
    same("nothing was taken by any of that", bed.rows("SELECT COUNT(*) FROM inbound"), count)
    bed("inbox", "--stdin", stdin=message)
    same("then it is", bed.rows("SELECT COUNT(*) FROM inbound")[0][0], count[0][0] + 1)


def addresses():
    moved, twice = METRO[:2]
    bed = Bed("addresses", [absolute("v15", "20251215"), absolute("v16", "20251216"), absolute("v17", "20251217")], plain([moved, twice]))
    bed.send()
    said = "Bonjour,\n\nJ'ai quitté la mairie. Merci d'écrire désormais à ma nouvelle adresse : accueil@nouvelle.example\n"
    id = comes(bed, automatic(Dispatch(bed, moved), said), automatic(Dispatch(bed, twice), said))
    first = id - 1
    same("a person decides", (listed(bed)[id]["needs"], listed(bed)[id]["new_address"]), ("new-address", "accueil@nouvelle.example"))
    check("why tells of it", "accueil@nouvelle.example" in told(bed, moved), told(bed, moved))
    again = comes(bed, automatic(Dispatch(bed, moved), said + "\nMerci."))
    check("the same proposal is made once", again not in listed(bed), listed(bed))
    done = settle(bed, first, "accept-address")
    same("accepted", (done["address"], done["party"], done["open"]), ("accueil@nouvelle.example", moved, False))
    settle(bed, id, "refuse-address")
    refused(bed, "deciding again", "ALREADY_SETTLED", first, "refuse-address")
    bed.send(TUESDAY)
    same("the next wave goes there, the refused one not", wrote(bed, 2), sorted(["accueil@nouvelle.example", address(twice)]))
    bed("undo", str(done["import_id"]))
    bed.send(WEDNESDAY)
    same("undone, the old address is the first again", wrote(bed, 2), sorted([address(moved), address(twice)]))
    id = comes(bed, letter(Dispatch(bed, moved), "Écrivez plutôt à marie@nouvelle.example pour ces enquêtes."))
    same("a person may give the address of a reply", settle(bed, id, "accept-address", "marie@nouvelle.example")["address"], "marie@nouvelle.example")
    id = comes(bed, letter(Dispatch(bed, twice), "Merci de ne plus nous écrire."), letter(Dispatch(bed, twice), "Bonjour, encore nous."))
    refused(bed, "round an objection", "OBJECTED", id, "accept-address", "autre@nouvelle.example")
    refused(bed, "no address", "ADDRESS", id, "accept-address", "personne")


def unattended():
    """Nobody wrote them: no reply to be read."""
    party = METRO[0]
    bed = Bed("unattended", [absolute("v15", "20251215")], plain([party]))
    bed.send()
    sent = Dispatch(bed, party)
    daily = comes(bed, letter(sent, "This is an aggregate report.", "Report Domain: amf.example Submitter: mx.test Report-ID: 1", to="retour@amf.example", sender="dmarc@mx.test"))
    notice = comes(bed, letter(sent, "Un document est disponible.", "Votre espace", to="retour@amf.example", sender="noreply@plateforme.test"))
    ours = comes(bed, letter(sent, "Votre demande est prise en compte par nos services.", "Votre espace", sender="noreply@plateforme.test"))
    rows = listed(bed)
    same("the daily report of a mail system is not shown, the others are, as no reply", {id: (one["kind"], one["needs"], one["reply_sort"]) for id, one in rows.items()},
         {notice: ("other", "unmatched", None), ours: ("other", "other", None)})
    same("the report is there all the same", (listed(bed, "--all")[daily]["kind"], listed(bed, "--all")[daily]["settled"]), ("other", "auto"))
    same("none of them counts as a reply", counts(bed, "v15")["replies"], 0)


run([replies, forged, likely, pipe, addresses, unattended])
