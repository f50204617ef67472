#!/usr/bin/env python3
"""What comes back and what it changes, over the whole program: every rule, what is forged, what only seems to be ours, and what staff
make of it."""
import csv
import io
import json
import os
import re
import signal
import subprocess
import time

from send_bed import Bed, METRO, MONDAY, READY, SENT, SKIPPED, absolute, address, check, plain, relative, same, run

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (f"2025-12-{day}T10:00:00+01:00" for day in (16, 17, 18, 19))
HARD, SOFT, AUTOREPLY, REPLY, OBJECTION, COMPLAINT = 1, 2, 4, 8, 16, 32
numbers = iter(range(1, 100000))


class Dispatch:
    """The last mail planned for a commune, or of one wave."""

    def __init__(self, bed, party, wave=None):
        self.id, self.delivery, self.address, self.message_id, self.token = bed.rows(
            "SELECT p.id, p.delivery_id, p.address, p.message_id, p.token FROM dispatch p JOIN delivery d ON d.id = p.delivery_id "
            "JOIN wave w ON w.id = d.wave_id WHERE d.party_id = ? AND COALESCE(?, w.name) = w.name ORDER BY p.id DESC", party, wave)[0]
        self.bed, self.party, self.path = bed, party, f"retour+{self.token}@amf.example"

    def returned(self):
        return self.bed.rows("SELECT returned FROM delivery WHERE id = ?", self.delivery)[0][0]


def report(dispatch, action, status, said="550 refused", address=None, path=None, others=()):
    """RFC 3464, with one block a recipient."""
    blocks = [(address or dispatch.address, action, status, said), *others]
    path = path or dispatch.path
    fields = "".join(f"\r\nFinal-Recipient: rfc822; {to}\r\nAction: {what}\r\nStatus: {code}\r\nDiagnostic-Code: smtp; {text}\r\n"
                     for to, what, code, text in blocks)
    return (f"Return-Path: <>\r\nDelivered-To: {path}\r\nFrom: MAILER-DAEMON@mx.test\r\nTo: {path}\r\nSubject: Undelivered Mail\r\n"
            f"Message-ID: <{next(numbers)}@mx.test>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=\"q\"\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\n"
            "Your message could not be delivered.\r\n--q\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n"
            f"{fields}\r\n--q--\r\n")


def letter(dispatch, text, subject="Re: Enquête", extra="", to=None, sender=None):
    return (f"Return-Path: <{sender or dispatch.address}>\r\nFrom: {sender or dispatch.address}\r\nTo: {to or dispatch.path}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{next(numbers)}@commune.test>\r\n{extra}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n")


def automatic(dispatch, text):
    return letter(dispatch, text, "Réponse automatique : Enquête", "Auto-Submitted: auto-replied\r\n")


def comes(bed, *messages, clock=None):
    """Through an MTA's pipe. Returns the id of the last one's row."""
    bed.clock = clock or bed.clock
    for message in messages:
        bed("inbox", "--stdin", stdin=message)
    return bed.rows("SELECT MAX(id) FROM inbound")[0][0]


def listed(bed, *words):
    return {one["id"]: one for one in json.loads(bed("returns", "c", "--format", "json", *words).stdout)["returns"]}


def settle(bed, id, *words):
    return json.loads(bed("returns", "c", "settle", str(id), *words, "--format", "json").stdout)


def refused(bed, label, code, id, *words):
    before = bed.rows("SELECT COUNT(*) FROM event"), bed.rows("SELECT id, settled FROM inbound"), bed.rows("SELECT * FROM delivery")
    said = json.loads(bed("returns", "c", "settle", str(id), *words, "--format", "json", want=(2,)).stdout)["error"]
    same(f"{label}: refused", said["code"], code)
    same(f"{label}: nothing changed", (bed.rows("SELECT COUNT(*) FROM event"), bed.rows("SELECT id, settled FROM inbound"),
                                      bed.rows("SELECT * FROM delivery")), before)


def events(bed, party):
    return [json.loads(line) for line in bed("history", party, "--format", "json").stdout.splitlines()]


def why(bed, party):
    return json.loads(bed("why", party, "--campaign", "c", "--format", "json").stdout)


def told(bed, party):
    return "\n".join(why(bed, party)["details"])


def suppressed(bed):
    return sorted(bed.rows("SELECT DISTINCT address, reason FROM suppression"))


def calls(bed):
    return {one["id"]: one["reason"] for one in json.loads(bed("calls", "c", "--format", "json").stdout)["calls"]}


def counts(bed, wave):
    return next(one for one in json.loads(bed("report", "c", "--format", "json").stdout)["waves"] if one["wave"] == wave)


def wrote(bed, count=None):
    """To whom, in the order the server took it; the last `count`, sorted."""
    to = [one["rcpt"] for one in bed.server.accepted()]
    return sorted(to[-count:]) if count else to


# -- the rules ------------------------------------------------------------------------------------------------------
def dead():
    two, one = METRO[:2]
    bed = Bed("dead", [absolute("vague", "20251215")], {two: f"{address(two)}, secours@commune.example", one: address(one)})
    bed.send()
    comes(bed, report(Dispatch(bed, two), "failed", "5.1.1", "550 5.1.1 User unknown"), report(Dispatch(bed, one), "failed", "5.1.1", "550 5.1.1 User unknown"))
    same("both addresses are dead", suppressed(bed), sorted([(address(one), "dead"), (address(two), "dead")]))
    bed.send()
    same("the next contact gets the same wave", bed.server.to(), sorted([address(one), address(two), "secours@commune.example"]))
    same("whoever has none is to be telephoned", calls(bed), {one: "dead-address"})
    check("why says so", "n'existe plus" in told(bed, one) and "téléphonez" in told(bed, one), told(bed, one))
    check("history too", {"bounced_hard", "next_contact"} <= {event["event"] for event in events(bed, two)})
    same("nobody need look at them", listed(bed), {})
    same("but they are there", [one["settled"] for one in listed(bed, "--all").values()], ["auto", "auto"])
    same("counted once", (counts(bed, "vague")["bounced_hard"], counts(bed, "vague")["sent"]), (1, 2))


def recipients():
    own, forward, host, mixed = METRO[:4]
    bed = Bed("recipients", [absolute("vague", "20251215")], {**plain([own, host]), forward: f"{address(forward)}, secours@commune.example", mixed: address(mixed)})
    bed.send()
    ours = Dispatch(bed, own)
    comes(bed, report(ours, "delivered", "2.0.0", "250 ok", others=[("jean@ailleurs.test", "failed", "5.1.1", "550 5.1.1 unknown")]))
    same("ours was delivered, another one is dead: ours is not", suppressed(bed), [])
    elsewhere = comes(bed, report(Dispatch(bed, forward), "failed", "5.1.1", "550 5.1.1 unknown", address="jean@ailleurs.test"))
    same("an address ours forwards to is dead: nothing is buried", suppressed(bed), [])
    same("it counts for our dispatch", Dispatch(bed, forward).returned(), HARD)
    same("and a person is asked", listed(bed)[elsewhere]["needs"], "forward")
    check("history names whom", any("renvoyé vers jean@ailleurs.test" in event["text"] for event in events(bed, forward)))
    comes(bed, report(Dispatch(bed, host), "failed", "5.1.1", "550 5.1.1 unknown", address=address(host).replace("@", "@mail.")))
    same("the same mailbox under its server's name is ours", suppressed(bed), [(address(host), "dead")])
    comes(bed, report(Dispatch(bed, mixed), "failed", "5.2.2", "552 full", others=[("jean@ailleurs.test", "failed", "5.1.1", "550 5.1.1 unknown")]))
    same("of two failures each keeps its own", suppressed(bed), [(address(host), "dead")])
    settle(bed, elsewhere, "dead")
    same("a person may say that ours is", suppressed(bed), sorted([(address(host), "dead"), (address(forward), "dead")]))
    bed.send()
    check("then the next contact's turn comes", "secours@commune.example" in bed.server.to(), bed.server.to())


def soft():
    two, one, well = METRO[:3]
    bed = Bed("soft", [absolute(f"v{day}", f"202512{day}") for day in (15, 16, 17, 19)],
              {two: f"{address(two)}, secours@commune.example", one: address(one), well: address(well)}, due="20251224")
    bed.configure("[inbox]\nsoft_limit = 2\nsoft_window = 10d\nsoft_rest = 4d")
    bed.send()
    first = Dispatch(bed, two)
    comes(bed, *(report(first, "delayed", "4.4.1", f"timed out {i}") for i in range(3)))
    same("however many reports speak of it, a mail counts once", bed.rows("SELECT COUNT(*) FROM soft_failure"), [(1,)])
    bed.send(TUESDAY)
    delayed = Dispatch(bed, well)
    comes(bed, report(Dispatch(bed, well, "v15"), "delayed", "4.4.1"), report(delayed, "delayed", "4.4.1", "timed out"))
    same("two in time put a mailbox to rest", bed.rows("SELECT address, until_ms - from_ms, failures FROM mailbox_rest"), [(address(well), 4 * 86400000, 2)])
    comes(bed, report(Dispatch(bed, two), "failed", "5.2.2", "552 5.2.2 full"), report(Dispatch(bed, one, "v15"), "delayed", "4.4.1"),
          report(Dispatch(bed, one), "failed", "4.4.7", "expired"))
    same("all three by now", bed.rows("SELECT COUNT(*) FROM mailbox_rest"), [(3,)])
    same("nothing is suppressed", suppressed(bed), [])
    check("why says until when", "est au repos jusqu'au samedi 20 décembre" in told(bed, one), told(bed, one))
    check("and to whom instead", "On lui écrit à secours@commune.example" in told(bed, two), told(bed, two))
    check("history has its line", any(event["event"] == "mailbox_rested" and "2 échecs" in event["text"] for event in events(bed, one)))
    same("whose mailboxes all rest is to be telephoned", calls(bed)[well], "resting")
    check("not whose next contact is written to", two not in calls(bed) or calls(bed)[two] == "undelivered", calls(bed))
    before = len(wrote(bed))
    bed.send(WEDNESDAY)
    same("the next contact is written to", wrote(bed)[before:], ["secours@commune.example"])
    same("who has none waits for the end of the rest", sorted(bed.rows(
        "SELECT d.party_id, d.reason, strftime('%d %H:%M', d.not_before_ms / 1000, 'unixepoch') FROM delivery d JOIN wave w ON w.id = d.wave_id "
        "WHERE w.name = 'v17' AND d.state = 0")), sorted([(one, "resting", "22 07:30"), (well, "resting", "22 07:30")]))
    bed.send("2025-12-19T10:00:00+01:00")
    same("a later wave overtakes what waits", (bed.reasons("v17")[one], bed.states("v17")[one], bed.reasons("v19")[one]), ("superseded", SKIPPED, "resting"))
    bed.send("2025-12-22T10:00:00+01:00")
    same("after the rest it is written to again", wrote(bed, 2), sorted([address(one), address(well)]))
    comes(bed, report(Dispatch(bed, one), "delayed", "4.4.1"))
    same("and failures count from then on", bed.rows("SELECT COUNT(*) FROM mailbox_rest"), [(3,)])


def refusals():
    rude, sorry = METRO[:2]
    bed = Bed("refusals", [absolute("v15", "20251215"), absolute("v16", "20251216")], {code: f"{address(code)}, secours.{code.lower()}@commune.example" for code in (rude, sorry)})
    bed.send()
    comes(bed, letter(Dispatch(bed, sorry), "Merci de ne plus nous écrire."))
    complained = Dispatch(bed, rude)
    comes(bed, f"From: fbl@provider.test\r\nTo: {complained.path}\r\nSubject: FW: Enquete\r\nMessage-ID: <arf@provider.test>\r\nMIME-Version: 1.0\r\n"
          "Content-Type: multipart/report; report-type=feedback-report; boundary=q\r\n\r\n--q\r\nContent-Type: message/feedback-report\r\n\r\n"
          f"Feedback-Type: abuse\r\nVersion: 1\r\nOriginal-Rcpt-To: {complained.address}\r\n\r\n--q--\r\n")
    same("both are suppressed at once", suppressed(bed), sorted([(address(rude), "complaint"), (address(sorry), "objection")]))
    before = len(wrote(bed))
    bed.send(TUESDAY)
    same("and nobody else of theirs is written to", len(wrote(bed)), before)
    same("nobody need look at them", listed(bed), {})
    same("told for the telephone", calls(bed), {rude: "complaint", sorry: "objection"})


def absence():
    away, planned, long_away, overseas = METRO[0], METRO[1], METRO[2], METRO[3]
    bed = Bed("absence", [absolute("v15", "20251215"), absolute("rappel", "20251222", "selected-unanswered", "rappel-j14.md")],
              plain([away, planned, long_away, overseas]), due="20260109")
    bed.send()
    comes(bed, automatic(Dispatch(bed, away), "Bonjour,\n\nJe suis absent jusqu'au 2 janvier 2026. Je serai de retour le 5 janvier 2026.\n"),
          automatic(Dispatch(bed, long_away), "Bonjour,\n\nJe suis en congé. De retour le 16 février 2026.\n"))
    same("auto-replies are settled", listed(bed), {})
    same("the day of return is known", [day for (day,) in bed.rows("SELECT date(back_day * 86400, 'unixepoch') FROM mailbox_absence ORDER BY 1")],
         ["2026-01-05", "2026-02-16"])
    check("why says what it means", "il revient le lundi 5 janvier 2026" in told(bed, away), told(bed, away))
    same("and when the reminder goes", why(bed, away)["next"], {"wave": "rappel", "at": "2026-01-06T09:30:00+01:00"})
    bed("pause", "c")
    bed("resume", "c")
    bed.send("2025-12-22T08:35:00+01:00")
    bed.send("2025-12-22T10:00:00+01:00")
    same("the others have theirs", wrote(bed, 2), sorted([address(planned), address(overseas)]))
    waits = dict(bed.rows("SELECT d.party_id, strftime('%m-%d %H:%M', d.not_before_ms / 1000, 'unixepoch') || ' ' || d.reason FROM delivery d "
                          "JOIN wave w ON w.id = d.wave_id WHERE w.name = 'rappel' AND d.state = 0"))
    same("moved to the working day after, never past the last useful day", waits, {away: "01-06 08:30 away", long_away: "01-09 08:30 away"})
    check("plan says how many were moved", "déplacé" in bed("plan", "c").stdout, bed("plan", "c").stdout)
    bed.send("2026-01-06T10:00:00+01:00")
    same("then it goes", wrote(bed)[-1], address(away))
    bed.send("2026-01-09T10:00:00+01:00")
    same("the last one on the last day", wrote(bed)[-1], address(long_away))
    # Planned already and not armed: the window is shut when it is planned.
    bed = Bed("planned", [absolute("v15", "20251215"), absolute("rappel", "20251222", "selected-unanswered", "rappel-j14.md")], plain([away]), due="20260109")
    bed.send()
    first = Dispatch(bed, away)
    comes(bed, letter(first, "Nous avons déjà répondu."), clock="2025-12-22T09:00:00+01:00")
    bed.send("2025-12-22T09:35:00+01:00")
    same("held, so it is planned and does not leave", bed.reasons("rappel"), {away: "hold"})
    comes(bed, automatic(first, "Bonjour,\n\nJe serai de retour le 5 janvier 2026.\n"))
    same("a mail that waits is moved too", bed.reasons("rappel"), {away: "away"})
    check("history says so", any(event["event"] == "postponed" and event["text"] == "away" for event in events(bed, away)))


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
    shown = bed("returns", "c", "show", str(unknown)).stdout
    check("shown with its text, harmless for a terminal", "êtes-vous" in shown and "\x1b" not in shown and "\x07" not in shown, shown)
    check("the list too", "\x1b" not in bed("returns", "c").stdout)
    raw = bed.rows("SELECT raw FROM inbound WHERE id = ?", unknown)[0][0]
    for words in (("--raw",), ("--part", "source")):
        done = subprocess.run(bed.command("returns", "c", "show", str(unknown), *words), capture_output=True, check=False)
        same(f"the original, byte for byte ({words[0]})", done.stdout, raw)
    cells = list(csv.reader(io.StringIO(bed("returns", "c", "--format", "csv", "--all").stdout.lstrip("\ufeff")), delimiter=";"))
    check("cells that are no formula", all(cell[:1] not in ("=", "+", "-", "@") or re.fullmatch('="[0-9]+"', cell) for row in cells for cell in row), cells)
    same("by department", (list(listed(bed, "--department", "29")), list(listed(bed, "--department", "22"))), ([unknown], []))
    same("by kind", (list(listed(bed, "--kind", "reply")), list(listed(bed, "--kind", "hard", "--all"))), ([unknown], [dead_one]))
    for words in (("--kind", "nonsense"), ("--department", "999"), ("show",), ("show", "0"), ("show", "4242"), ("settle", str(unknown)),
                  ("settle", str(unknown), "peut-etre"), ("settle", str(unknown), "none", "de trop"), ("tourne",)):
        bed("returns", "c", *words, want=(2,))
    settle(bed, unknown, "none")
    same("nothing is left", listed(bed), {})
    check("said in words", "aucun retour à regarder" in bed("returns", "c").stdout)
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


run([dead, recipients, soft, refusals, replies, forged, likely, pipe, absence, addresses])
