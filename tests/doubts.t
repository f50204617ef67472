#!/usr/bin/env python3
"""Deliveries in doubt: listed with what is known of them, settled by a person or by evidence (what comes back with the token, the
log of Postfix), resent once at most, the same bytes under the same Message-ID."""
import csv
import getpass
import glob
import io
import json
import os
import select
import signal
import socket
import sqlite3
import subprocess
import threading

from send_bed import (ARMED, Bed, CLAIMED, DEFERRED, FAILED, HERE, IN_DOUBT, METRO, READY, SENT, absolute, check, plain, relative, same, run, scripted,
                      tmp, until)

LATER = "2025-12-15T11:00:00+01:00"  # a doubt's own resend is due 30 minutes after the first


def lost(codes):
    """The scripted server takes what goes to this domain, and hangs up instead of saying so."""
    return {code: f"mairie.{code.lower()}@coupure.test" for code in codes}


def doubts(bed, campaign="c"):
    return json.loads(bed("doubts", campaign, "--format", "json").stdout)["doubts"]


def refused(bed, label, code, *words):
    said = json.loads(bed("settle", *words, "--format", "json", want=(2,)).stdout)["error"]
    same(f"{label}: refused", said["code"], code)


def copies(bed, code):
    return [(one["message_id"], one["sha256"]) for one in bed.server.accepted() if f"mairie.{code.lower()}@" in one["rcpt"]]


def ledger(bed, delivery):
    return bed.rows("SELECT event, text, origin, by_whom FROM event WHERE delivery_id = ? ORDER BY id DESC LIMIT 1", delivery)[0]


# -- the stories ------------------------------------------------------------------------------------------------
def listed():
    held, resent = METRO[:2], METRO[2:4]
    bed = Bed("listed", [absolute("information", "20251215", "informed"), absolute("rappel", "20251215", "selected-unanswered", "rappel-j14.md")],
              {**lost(held[:1]), **plain(held[1:])})
    check("nothing is in doubt before", "aucun envoi en doute" in bed("doubts", "c").stdout)
    bed.send()
    rows = doubts(bed)
    same("one a wave", [(one["wave"], one["party"], one["reason"]) for one in rows],
         [("information", held[0], "link-lost"), ("rappel", held[0], "link-lost")])
    same("what is done about it", [(one["policy"], one["resend_at"]) for one in rows], [("hold", None), ("resend", "2025-12-15T10:30:00+01:00")])
    message_ids = dict(bed.rows("SELECT id, message_id FROM dispatch"))
    same("under which number and Message-ID", [(one["message_id"], one["id"]) for one in rows],
         [(message_ids[one["dispatch"]], bed.rows("SELECT id FROM delivery WHERE dispatch_id = ?", one["dispatch"])[0][0]) for one in rows])
    same("since when, to whom, with what reply", [(one["since"], one["address"], one["code"], one["resent"], one["relay"]) for one in rows],
         [("2025-12-15T10:00:00+01:00", f"mairie.{held[0].lower()}@coupure.test", None, False, "smtp")] * 2)
    text = bed("doubts", "c").stdout
    check("in words, with the commands", all(word in text for word in ("envois en doute", "liaison coupée", "retenu", "renvoyé une fois le", "relais settle N° resend")), text)
    cells = list(csv.reader(io.StringIO(bed("doubts", "c", "--format", "csv").stdout.lstrip("\ufeff")), delimiter=";"))
    same("as a table", [row[:3] for row in cells], [["N°", "Vague", "Code"]] + [[str(one["id"]), one["wave"], one["party"] if one["party"][0] != "0" else cells[1][2]] for one in rows])
    bed("doubts", "autre", want=(2,))
    bed.send(LATER)
    rows = {one["wave"]: one for one in doubts(bed)}
    same("its one resend is used up", (rows["rappel"]["policy"], rows["rappel"]["resent"]), ("hold", True))
    sent = copies(bed, held[0])
    same("the same bytes, the same Message-ID", sorted(sent.count(one) for one in set(sent)), [1, 2])
    refused(bed, "a second resend", "RESEND_REFUSED", str(rows["rappel"]["id"]), "resend")


def settled():
    codes = METRO[:4]
    bed = Bed("settled", [absolute("vague", "20251215")], lost(codes))
    bed.send()
    ids = {one["party"]: one["id"] for one in doubts(bed)}
    user = getpass.getuser()
    bed("settle", str(ids[codes[0]]), "sent")
    same("sent", (bed.states()[codes[0]], ledger(bed, ids[codes[0]])[0::2], ledger(bed, ids[codes[0]])[3]), (SENT, ("sent", "settle"), user))
    bed("settle", str(ids[codes[1]]), "drop")
    same("drop", (bed.states()[codes[1]], bed.reasons("vague")[codes[1]]), (FAILED, "dropped-by-person"))
    same("and the ledger says who", ledger(bed, ids[codes[1]]), ("failed", "dropped-by-person", "settle", user))
    said = json.loads(bed("settle", str(ids[codes[2]]), "resend", "--format", "json").stdout)
    same("resend", (said, bed.states()[codes[2]]), ({"id": ids[codes[2]], "settled": "resend"}, READY))
    refused(bed, "twice", "NOT_IN_DOUBT", str(ids[codes[2]]), "resend")
    refused(bed, "no such delivery", "UNKNOWN_DELIVERY", "424242", "sent")
    refused(bed, "no number", "USAGE", "un", "sent")
    refused(bed, "no verdict", "USAGE", str(ids[codes[3]]), "peut-être")
    bed.send(LATER)
    same("even of a wave that holds: once more, the same message", (len(copies(bed, codes[2])), len(set(copies(bed, codes[2])))), (2, 1))
    same("nobody else", [len(copies(bed, code)) for code in codes], [1, 1, 2, 1])
    same("and it is in doubt again", bed.states()[codes[2]], IN_DOUBT)
    refused(bed, "once is all", "RESEND_REFUSED", str(ids[codes[2]]), "resend")
    bed("pause", "c")
    bed("settle", str(ids[codes[3]]), "resend")
    bed.send()
    same("a pause makes it wait", (bed.states()[codes[3]], len(copies(bed, codes[3]))), (READY, 1))
    bed("cancel", "c")
    bed.send()
    same("and a cancelled campaign leaves it in doubt, never skipped", bed.states()[codes[3]], IN_DOUBT)


def shut():
    """What will not go out is said at once."""
    codes = METRO[:4]
    bed = Bed("shut", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], lost(codes), smtp="doubt_wait = 1d")
    bed.send()
    ids = {one["party"]: str(one["id"]) for one in doubts(bed)}
    bed("answered", "c", codes[0])
    refused(bed, "who has answered", "RESEND_REFUSED", ids[codes[0]], "resend")
    bed("withdraw", "c", codes[1])
    refused(bed, "who was taken out", "RESEND_REFUSED", ids[codes[1]], "resend")
    bed("undo", "1")
    refused(bed, "whose address was taken back", "RESEND_REFUSED", ids[codes[2]], "resend")
    same("nothing has changed", sorted(set(bed.states().values())), [IN_DOUBT])
    late = Bed("late", [absolute("vague", "20251215")], lost(codes[:1]))
    late.send()
    late.clock = "2026-02-01T10:00:00+01:00"
    refused(late, "past the deadline", "RESEND_REFUSED", str(doubts(late)[0]["id"]), "resend")
    late("settle", str(doubts(late)[0]["id"]), "drop")
    same("but it can be settled", doubts(late), [])


def returned(bed, code, kind, token=True):
    """A message that came back, of each kind that proves the first one arrived."""
    who, key = bed.rows("SELECT p.address, p.token FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id WHERE d.party_id = ?", code)[0]
    to = f"retour+{key}@amf.example" if token else "retour@amf.example"
    head = f"Return-Path: <{who if kind == 'reply' else ''}>\r\nDelivered-To: {to}\r\nTo: {to}\r\nMessage-ID: <{kind}.{code}@coupure.test>\r\nMIME-Version: 1.0\r\n"
    if kind in ("failed", "delivered"):
        status = "5.1.1" if kind == "failed" else "2.1.5"
        text = (f"From: MAILER-DAEMON@coupure.test\r\nSubject: {kind}\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
                f"--b\r\n\r\nVoir.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.coupure.test\r\n\r\n"
                f"Final-Recipient: rfc822; {who}\r\nAction: {kind}\r\nStatus: {status}\r\n--b--\r\n")
    elif kind == "autoreply":
        text = f"From: <{who}>\r\nSubject: Absence\r\nAuto-Submitted: auto-replied\r\n\r\nDe retour lundi.\r\n"
    else:
        text = f"From: <{who}>\r\nSubject: Re: Enquete\r\n\r\nBien recu, merci.\r\n"
    bed("inbox", "--stdin", stdin=head + text)


def evidence():
    codes = METRO[:6]
    bed = Bed("evidence", [absolute("vague", "20251215")], lost(codes))
    bed.send()
    for code, kind, bit in zip(codes, ("failed", "delivered", "autoreply", "reply"), (1, 64, 4, 8)):
        returned(bed, code, kind)
        same(f"{kind} with the token: it was sent", bed.rows("SELECT state, returned FROM delivery WHERE party_id = ?", code), [(SENT, bit)])
    returned(bed, codes[4], "reply", token=False)
    one = {each["party"]: each for each in doubts(bed)}[codes[4]]
    same("without it, it proves nothing, and is mentioned", (bed.states()[codes[4]], one["likely_returns"]), (IN_DOUBT, 1))
    bed("settle", str(one["id"]), "resend")
    returned(bed, codes[4], "autoreply")
    bed.send(LATER)
    same("evidence overtakes a resend that was asked for", (bed.states()[codes[4]], len(copies(bed, codes[4]))), (SENT, 1))
    same("the last is still in doubt", [each["party"] for each in doubts(bed)], [codes[5]])


def evidence_meanwhile():
    """Evidence that comes while the one resend is claimed and waits for its line: it does not leave."""
    codes = METRO[:4]
    rules = "\n".join(f"DOT x1 /mairie.{code.lower()}@/ drop" for code in codes)
    bed = Bed("meanwhile", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], plain(codes),
              server=scripted(rules) + ("--delay-dot-ms", "1500"), smtp="connections = 1")
    bed.send()
    same("all are in doubt", len(doubts(bed)), len(codes))
    bed.clock = LATER
    sender = bed.begin("send", "--until-idle")
    check("one is armed", until(lambda: ARMED in bed.states().values()))
    proved = [code for code, state in bed.states().items() if state == CLAIMED][-1]
    returned(bed, proved, "delivered")
    same("a notice settles what is claimed", bed.states()[proved], SENT)
    same("the sender ends", sender.wait(60), 0)
    same("it has not left again, the others have", [len(copies(bed, code)) for code in codes], [1 if code == proved else 2 for code in codes])
    same("nothing is in doubt", (set(bed.states().values()), doubts(bed)), ({SENT}, []))


def proves_nothing():
    """A resend that is refused for good, or cannot be made, says nothing of the first copy: in doubt, unless the address is dead."""
    codes = METRO[:6]
    of = {code: f"/mairie.{code.lower()}@/" for code in codes}
    second = ("DOT {} 554 5.6.0 Duplicate message, already delivered", "DOT {} 550 5.7.1 Message content rejected", "RCPT {} 550 5.2.1 mailbox disabled",
              "RCPT {} 550 5.1.1 unknown", "RCPT {} 451 4.3.0 later")
    rules = [f"{verb} x1 {of[code]} {said}" for code in codes for verb, said in (("RCPT", "as-ever"), ("DOT", "drop"))]
    bed = Bed("nothing", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], plain(codes), due="20251219",
              server=scripted("\n".join(rules + [rule.format(of[code]) for rule, code in zip(second, codes)])))
    bed.send()
    same("all are in doubt", len(doubts(bed)), 6)
    with sqlite3.connect(bed.path("relais.db")) as store:
        store.execute("DELETE FROM collectivity WHERE id = ?", (codes[5],))
    store.close()
    bed.send(LATER, want=(0, 1))
    # A refusal on principle waits until it is known whom it is about.
    same("what is refused, or cannot be made, is in doubt again", [bed.states()[code] for code in codes], [IN_DOUBT, DEFERRED, IN_DOUBT, FAILED, DEFERRED, IN_DOUBT])
    same("and why", [bed.reasons("vague")[code] for code in codes[:4] + codes[5:]], ["refused", "policy", "refused", "dead-address", "refused"])
    bed.send("2025-12-18T11:00:00+01:00", want=(0, 1))
    same("refused on principle to the end: in doubt", (bed.states()[codes[1]], bed.reasons("vague")[codes[1]]), (IN_DOUBT, "refused"))
    same("given up after days: in doubt too", (bed.states()[codes[4]], bed.reasons("vague")[codes[4]]), (IN_DOUBT, "gave-up"))
    same("nobody has had another", [len(copies(bed, code)) for code in codes], [1] * 6)
    same("none goes out again by itself", {one["policy"] for one in doubts(bed)}, {"hold"})


def not_resent():
    """What was not resent is not said to have been, and a person may still ask for it, once."""
    codes = METRO[:3]
    bed = Bed("unsent", [absolute("vague", "20251215", "selected-unanswered", "rappel-j14.md")], lost(codes))
    for word in ("answered", "unanswered"):  # from here on the message names the day of the answers, whoever answers that day
        bed(word, "c", codes[0])
    bed.send()
    ids = {one["party"]: one["id"] for one in doubts(bed)}

    def said():
        return {one["party"]: (one["reason"], one["policy"], one["resend_at"], one["resent"]) for one in doubts(bed)}

    def rename(code, name):
        with sqlite3.connect(bed.path("relais.db")) as store:
            (before,), = store.execute("SELECT name FROM collectivity WHERE id = ?", (code,)).fetchall()
            store.execute("UPDATE collectivity SET name = ? WHERE id = ?", (name, code))
        store.close()
        return before
    bed("answered", "c", codes[0])
    same("who has answered gets no other, and that is said before it is due", said()[codes[0]], ("link-lost", "hold", None, False))
    name = rename(codes[1], "Autre nom")
    bed.send(LATER)
    same("not resent, and why", [said()[code] for code in codes], [("answered", "hold", None, False), ("bytes-differ", "hold", None, False), ("link-lost", "hold", None, True)])
    same("one copy each, but of the last", [len(copies(bed, code)) for code in codes], [1, 1, 2])
    same("the ledger says it", ledger(bed, ids[codes[0]])[:3], ("resend_held", "answered", "send"))
    same("in words", bed("doubts", "c").stdout.count("déjà renvoyé une fois"), 1)
    bed("unanswered", "c", codes[0])
    rename(codes[1], name)
    bed.send("2025-12-15T12:00:00+01:00")
    same("nothing goes by itself any more", [len(copies(bed, code)) for code in codes], [1, 1, 2])
    for code in codes[:2]:
        bed("settle", str(ids[code]), "resend")
    bed.send()
    same("but a person may ask, once", ([len(set(copies(bed, code))) for code in codes], [len(copies(bed, code)) for code in codes], {one["resent"] for one in doubts(bed)}),
         ([1] * 3, [2] * 3, {True}))
    for code in codes:
        refused(bed, "not twice", "RESEND_REFUSED", str(ids[code]), "resend")
    bed = Bed("called-off", [absolute("vague", "20251215")], lost(codes[:1]))
    bed.send()
    bed("settle", str(doubts(bed)[0]["id"]), "resend")
    bed("cancel", "c")
    bed.send()
    same("asked for, then the campaign is cancelled: not resent", [(one["reason"], one["resent"]) for one in doubts(bed)], [("cancelled", False)])


def killed():
    """What a killed sender left armed is in doubt at once, whoever asks; while one is at work, what is armed is its own."""
    codes = METRO[:6]
    bed = Bed("killed", [absolute("vague", "20251215"), absolute("rappel", "20251215", "selected-unanswered", "rappel-j14.md")], plain(codes),
              server=("--delay-dot-ms", "3000"))

    def said():
        waves = json.loads(bed("report", "c", "--format", "json").stdout)["waves"]
        return [sum(wave[key] for wave in waves) for key in ("planned", "pending", "in_doubt")]
    sender = bed.begin("send", "--until-idle")
    check("four are armed", until(lambda: [state for wave in ("vague", "rappel") for state in bed.states(wave).values()].count(ARMED) == 4))
    same("while it works, none is in doubt", (doubts(bed), said()[2]), ([], 0))
    refused(bed, "what it has armed is not settled", "NOT_IN_DOUBT", str(bed.rows("SELECT id FROM delivery WHERE state = ?", ARMED)[0][0]), "sent")
    sender.send_signal(signal.SIGSTOP)  # before it sees what comes next
    os.remove(bed.path("relais.db-send"))
    refused(bed, "nor when its lock file has been removed", "NOT_IN_DOUBT", str(bed.rows("SELECT id FROM delivery WHERE state = ?", ARMED)[0][0]), "sent")
    same("it stays armed", list(bed.states("vague").values()).count(ARMED) + list(bed.states("rappel").values()).count(ARMED), 4)
    answer = json.loads(bed("reconcile", "--yes", "--format", "json", want=(2,)).stdout)
    same("and nothing is reconciled beside it", answer.get("error", answer).get("code"), "SENDER_RUNS")
    sender.kill()
    sender.wait()
    rows = doubts(bed)
    armed = dict(bed.rows("SELECT id, armed_ms FROM delivery WHERE state = ?", ARMED))
    same("killed: they are listed", ({one["id"] for one in rows}, {one["reason"] for one in rows}), (set(armed), {"killed"}))
    same("since they were armed, with their relay", {(one["since"], one["relay"]) for one in rows}, {("2025-12-15T10:00:00+01:00", "smtp")})
    same("and what will become of each", {(one["policy"], one["resend_at"]) for one in rows},
         {{"vague": ("hold", None), "rappel": ("resend", "2025-12-15T10:30:00+01:00")}[one["wave"]] for one in rows})
    same("the report counts them", said(), [12, 8, 4])
    check("in words", "envois en doute" in bed("doubts", "c").stdout)
    bed("settle", str(rows[0]["id"]), "sent")
    same("one is settled, and the others written down", [state for state, in bed.rows("SELECT state FROM delivery WHERE id IN (?, ?, ?, ?) ORDER BY state", *armed)],
         [SENT, IN_DOUBT, IN_DOUBT, IN_DOUBT])
    same("as the next sender would have", ({one["id"] for one in doubts(bed)}, said()), (set(armed) - {rows[0]["id"]}, [12, 8, 3]))
    bed.send()
    same("which sends the rest", said(), [12, 0, 3])


def policy():
    """A wave's own word: a reminder may hold, an invitation may be resent; whatever writes the calendar keeps it."""
    def saying(word, wave):
        return wave.replace("END:VALARM", f"X-RELAIS-UNCERTAIN:{word}\nEND:VALARM")
    code = METRO[0]
    bed = Bed("policy", [saying("resend", absolute("invitation", "20251215", "selected", "invitation.md")),
                         saying("hold", absolute("rappel", "20251215", "selected-unanswered", "rappel-j14.md")),
                         saying("hold", relative("fin", 2))], lost([code]), due="20260130")
    bed.send()
    same("each as it says", [(one["wave"], one["policy"], one["resend_at"]) for one in doubts(bed)],
         [("invitation", "resend", "2025-12-15T10:30:00+01:00"), ("rappel", "hold", None)])
    bed.send(LATER)
    same("and so it is", ([(one["wave"], one["resent"]) for one in doubts(bed)], len(copies(bed, code))), ([("invitation", True), ("rappel", False)], 3))
    bed("extend", "c", "2026-02-06")

    def written():
        bed("campaign", "export", "c", bed.path("sortie"), "--force")
        with open(glob.glob(bed.path("sortie/**/*.ics"), recursive=True)[0], encoding="utf-8") as file:
            return [line.strip().split(":")[1] for line in file if line.startswith("X-RELAIS-UNCERTAIN")]
    bed("wave", "move", "c", "fin", "--uncertain", "jamais", want=(2,))
    bed("wave", "move", "c", "fin", "--uncertain", "resend", "--yes")
    same("one to come may be changed", written(), ["resend", "hold", "resend"])
    bed("wave", "move", "c", "fin", "--uncertain", "hold", "--yes")
    same("an extension keeps it", (written(), bed.rows("SELECT uncertain FROM wave ORDER BY position")), (["resend", "hold", "hold"], [("resend",), ("hold",), ("hold",)]))


def postfix():
    codes = METRO[:6]
    bed = Bed("postfix", [absolute("vague", "20251215")], lost(codes))
    bed.configure("[smtp]\nlog = mail.log")
    bed.send()
    same("a log that is not there: sending goes on", len(bed.server.accepted()), 6)
    ids = dict(bed.rows("SELECT d.party_id, p.message_id FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id"))
    syslog, iso = "Dec 15 09:00:0{} mx postfix/{}[41{}]: ", "2025-12-15T09:00:0{}.123456+00:00 mx postfix/{}[41{}]: "

    def lines(form, queue, code, *rest, service="qmgr"):
        return form.format(1, "smtpd", 1) + f"{queue}: client=localhost[127.0.0.1]\n" + form.format(2, "cleanup", 2) + f"{queue}: message-id={ids[code]}\n" + \
            "".join(form.format(3, service, 3) + f"{queue}: {each}\n" for each in rest)
    with open(bed.path("mail.log.1"), "w", encoding="utf-8") as file:
        file.write("bruit\n" + lines(syslog, "4C1F21A0B3", codes[0], "from=<retour@amf.example>, size=4012, nrcpt=1 (queue active)"))
    with open(bed.path("mail.log"), "w", encoding="utf-8") as file:
        file.write(lines(iso, "4XyZ1q2WvBz1Rk", codes[1], "to=<a@b.example>, relay=b.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)", service="smtp"))
        file.write(lines(syslog, "5D00000001", codes[2]))  # the client hung up before its dot: never queued
        file.write(syslog.format(4, "smtpd", 1) + "5D00000001: client=autre[192.0.2.9]\n" + syslog.format(5, "cleanup", 2) + "5D00000001: message-id=<autre@b.example>\n" +
                   syslog.format(6, "qmgr", 3) + "5D00000001: from=<autre@b.example>, size=1, nrcpt=1 (queue active)\n")
        file.write("Dec 15 09:00:01 mx autre[1]: 4C1F21A0B4: message-id=" + ids[codes[3]] + "\n")
        file.write(lines(iso, "6E00000001", codes[4])[:-30])  # not whole yet
    bed.send(LATER)
    same("queued, in the file before the rotation", (bed.states()[codes[0]], ledger(bed, bed.rows("SELECT id FROM delivery WHERE party_id = ?", codes[0])[0][0])[2]), (SENT, "postfix-log"))
    same("delivered from the queue", (bed.states()[codes[1]], "4XyZ1q2WvBz1Rk, sent" in ledger(bed, bed.rows("SELECT id FROM delivery WHERE party_id = ?", codes[1])[0][0])[1]), (SENT, True))
    same("begun and never queued, its queue id another's later", bed.states()[codes[2]], IN_DOUBT)
    same("another program's words", bed.states()[codes[3]], IN_DOUBT)
    same("not there: proves nothing", bed.states()[codes[5]], IN_DOUBT)
    same("half a line", bed.states()[codes[4]], IN_DOUBT)
    os.unlink(bed.path("mail.log"))
    os.mkdir(bed.path("mail.log"))
    bed.send(LATER)
    same("a folder instead of a log: sending goes on", bed.states()[codes[4]], IN_DOUBT)


def carry(client, port):
    """One connection to Postfix and back, until an answer to the dot is to be lost, or the dot itself."""
    server = socket.create_connection(("127.0.0.1", port))
    said = b""
    while True:
        for one in select.select([client, server], [], [])[0]:
            data = one.recv(65536)
            if one is client:
                said += data
            undotted = one is client and b"@point-perdu.test" in said and said.endswith(b"\r\n.\r\n")
            if undotted:
                server.sendall(data[:-3])
            if not data or undotted or (one is server and b"queued as" in data and b"@reponse-perdue.test" in said):
                client.close()
                return server.close()
            (server if one is client else client).sendall(data)
            if b"queued as" in data:
                said = b""


def between(port):
    """Listens where the relay is said to be."""
    door = socket.create_server(("127.0.0.1", 0))

    def answer():
        while True:
            threading.Thread(target=carry, args=(door.accept()[0], port), daemon=True).start()
    threading.Thread(target=answer, daemon=True).start()
    return door.getsockname()[1]


def real_postfix():
    """A real Postfix: what it took and could not say is proved by its log; what never got its dot is not."""
    os.chmod(tmp, 0o711)  # Postfix's own user must get through
    mail = os.path.join(tmp, "postfix")
    started = subprocess.run([os.path.join(HERE, "postfix_bed.sh"), "start", mail], capture_output=True, text=True, check=False)
    if started.returncode == 77:
        return check(f"a real Postfix # SKIP {started.stderr.strip()}", True)
    try:
        same("a real Postfix starts", started.returncode, 0)
        with open(os.path.join(mail, "port"), encoding="ascii") as file:
            door = between(int(file.read()))
        codes = METRO[:4]
        bed = Bed("real", [absolute("vague", "20251215")], {code: f"mairie.{code}@{domain}.test" for code, domain in
                                                            zip(codes, ("argol", "reponse-perdue", "point-perdu", "argol"))})
        log = os.path.join(mail, "log", "postfix.log")
        bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{door}\nconnections = 1\nlog = {log}")
        bed.send()
        same("two answers are lost", [bed.states()[code] for code in codes], [SENT, IN_DOUBT, IN_DOUBT, SENT])
        ids = dict(bed.rows("SELECT d.party_id, p.message_id FROM delivery d JOIN dispatch p ON p.id = d.dispatch_id"))

        def logged(code, *words):
            with open(log, encoding="utf-8") as file:
                lines = file.read().splitlines()
            queue = [line.split(": ")[1] for line in lines if f"message-id={ids[code]}" in line]
            return all(any(f"{queue[0]}: {word}" in line for line in lines) for word in words) if queue else False
        check("Postfix took the one", until(lambda: logged(codes[1], "from=<", "removed")))
        check("and had begun the other", until(lambda: logged(codes[2])) and not logged(codes[2], "from=<"))
        bed.send(LATER)
        text = ledger(bed, bed.rows("SELECT id FROM delivery WHERE party_id = ?", codes[1])[0][0])
        same("its log settles the first doubt", (bed.states()[codes[1]], text[2], text[1][-6:]), (SENT, "postfix-log", ", sent"))
        same("and only that", bed.states()[codes[2]], IN_DOUBT)
        with open(os.path.join(mail, "accepted.jsonl"), encoding="utf-8") as file:
            there = [json.loads(line)["rcpt"] for line in file]
        same("each mailbox that has one has it once", sorted(there), sorted(f"mairie.{code}@{domain}.test" for code, domain in
                                                                         zip((codes[0], codes[1], codes[3]), ("argol", "reponse-perdue", "argol"))))
    finally:
        subprocess.run([os.path.join(HERE, "postfix_bed.sh"), "stop", mail], capture_output=True, check=False)


run((listed, settled, shut, evidence, evidence_meanwhile, proves_nothing, not_resent, killed, policy, postfix, real_postfix))
