#!/usr/bin/env python3
"""Everybody beyond the smarthost, for tests/postfix_bed.sh: the far mail servers, their users, and the answers.

far_world.py FOLDER [--quiet]
  writes FOLDER/far_port (SMTP: Postfix hands all mail over here) and FOLDER/policy_port (Postfix's policy
  delegation: greylisting and throttling of two domains); reads FOLDER/port, the smarthost, when it has answers
  to post. One line of JSON a message in FOLDER/accepted.jsonl. --quiet: nobody answers.

Behaviour by recipient domain (lists/smtp-scenarios.csv); what a smarthost itself refuses is in postfix_bed.sh:
  rejet-tardif.test       refused here, so that Postfix writes the delivery failure (RFC 3464)
  rejet-tardif-brut.test  accepted, then a failure report in free French text
  absence.test            accepted, then an out-of-office reply (RFC 3834)
  plainte.test            accepted, then a complaint (RFC 5965)
  attente.test            refused here for now, again and again
  liste-grise.test        policy: 451 the first time a sender writes to a recipient
  debit.test              policy: 421 once after each 20 recipients
  any other               accepted; a few people answer
"""
import argparse
import asyncio
import collections
import email.parser
import email.policy
import email.utils
import hashlib
import json
import os
import queue
import re
import signal
import smtplib
import sys
import threading
import time
import zlib
from datetime import timedelta
from email.message import EmailMessage

HOST = "127.0.0.1"
NAME = "mx.communes.test"
DATA_LIMIT = 32 * 1024 * 1024
THROTTLE_AFTER = 20

# Out of 1000 mails to ordinary mailboxes, how many get which answer.
HABITS = (("absence", 12), ("merci", 8), ("deja-repondu", 6), ("question", 6), ("opposition", 3))
TEXTS = {
    "merci": "Bonjour,\n\nBien reçu, nous transmettons au service concerné.\n\nCordialement,\nLe secrétariat de mairie",
    "deja-repondu": "Bonjour,\n\nNous avons déjà répondu à cette enquête la semaine dernière.\n\n"
                    "Cordialement,\nLa secrétaire de mairie",
    "question": "Bonjour,\n\nQui doit remplir le questionnaire : le maire ou la secrétaire générale ?\n\n"
                "Merci d'avance,\nLe secrétariat",
    "opposition": "Bonjour,\n\nNous ne souhaitons plus recevoir vos messages. Merci de nous retirer de votre liste.\n\nLa mairie",
    "absence": "Bonjour,\n\nLe secrétariat est fermé cette semaine. Votre message sera lu à notre retour.\n\nCordialement",
}


class Original:
    """What an answer needs to know of the message it answers."""

    def __init__(self, return_path, recipient, content):
        end = content.find(b"\r\n\r\n")
        self.head = content[: end if end >= 0 else len(content)]
        headers = email.parser.BytesHeaderParser(policy=email.policy.default).parsebytes(self.head)
        self.return_path, self.recipient = return_path, recipient
        self.message_id = str(headers.get("Message-ID", "")).strip()
        self.subject = str(headers.get("Subject", ""))
        self.answer_to = email.utils.parseaddr(str(headers.get("Reply-To") or headers.get("From", "")))[1]
        try:
            self.date = email.utils.parsedate_to_datetime(str(headers["Date"]))
        except (TypeError, ValueError):
            self.date = email.utils.localtime()
        self.content = content


def plain_text(content):
    """The first lines of the text part, enough to quote."""
    message = email.parser.BytesParser(policy=email.policy.default).parsebytes(content[:20000])
    body = message.get_body(("plain",))
    try:
        return "\n".join(body.get_content().splitlines()[:12]) if body else ""
    except (LookupError, UnicodeError, KeyError):
        return ""


def answer_head(original, kind, hours, subject, sender, to):
    answer = EmailMessage()
    answer["From"] = sender
    answer["To"] = to
    answer["Subject"] = subject
    answer["Date"] = email.utils.format_datetime(original.date + timedelta(hours=hours))
    stamp = zlib.crc32((original.message_id + original.recipient).encode())
    answer["Message-ID"] = f"<{kind}.{stamp:08x}.{original.date:%Y%m%d%H%M%S}@{NAME}>"
    return answer


def reply(original, kind):
    answer = answer_head(original, kind, 3, "Re: " + original.subject, original.recipient, original.answer_to)
    answer["In-Reply-To"] = original.message_id
    answer["References"] = original.message_id
    quoted = "\n".join("> " + line for line in plain_text(original.content).splitlines())
    answer.set_content(f"{TEXTS[kind]}\n\nLe {original.date:%d/%m/%Y}, {original.answer_to} a écrit :\n{quoted}\n")
    return original.recipient, original.answer_to, answer


def absence(original, kind):
    answer = answer_head(original, kind, 0, "Réponse automatique : " + original.subject, original.recipient,
                         original.return_path)
    answer["In-Reply-To"] = original.message_id
    answer["References"] = original.message_id
    answer["Auto-Submitted"] = "auto-replied"
    answer.set_content(TEXTS["absence"] + "\n")
    return "", original.return_path, answer


def free_bounce(original, kind):
    domain = original.recipient.rpartition("@")[2]
    answer = answer_head(original, kind, 2, "Échec de remise de votre message", f"MAILER-DAEMON@{domain}",
                         original.return_path)
    answer.set_content(
        "Ceci est un message automatique du serveur de messagerie.\n\n"
        "Votre message n'a pas pu être remis au destinataire suivant :\n\n"
        f"    {original.recipient}\n\n"
        "Motif : l'adresse du destinataire n'existe pas ou plus sur ce serveur.\n\n"
        "---- En-têtes du message d'origine ----\n" + original.head.decode("utf-8", "replace").replace("\r\n", "\n") + "\n")
    return "", original.return_path, answer


def complaint(original, kind):
    answer = answer_head(original, kind, 5, "Signalement : " + original.subject, f"fbl@{NAME}", original.return_path)
    answer.set_content("Ceci est un signalement de courrier indésirable (format ARF).\n")
    answer.make_mixed()
    answer.set_param("report-type", "feedback-report")
    for subtype, text in (
            ("feedback-report", "Feedback-Type: abuse\r\nUser-Agent: Communes/1.0\r\nVersion: 1\r\n"
             f"Original-Mail-From: <{original.return_path}>\r\nOriginal-Rcpt-To: <{original.recipient}>\r\n"),
            ("rfc822-headers", original.head.decode("utf-8", "replace") + "\r\n")):
        part = EmailMessage()
        part["Content-Type"] = ("message/" if subtype == "feedback-report" else "text/") + subtype
        part.set_payload(text.replace("\r\n", "\n"))
        answer.attach(part)
    answer.replace_header("Content-Type", answer["Content-Type"].replace("multipart/mixed", "multipart/report"))
    return "", original.return_path, answer


ANSWERS = {"absence": absence, "rejet-brut": free_bounce, "plainte": complaint,
           "merci": reply, "deja-repondu": reply, "question": reply, "opposition": reply}
BY_DOMAIN = {"absence.test": "absence", "rejet-tardif-brut.test": "rejet-brut", "plainte.test": "plainte"}


def habit_of(recipient, subject):
    """Which answer this mail gets: chance, but the same for the same mailbox and wave in each demo."""
    domain = recipient.rpartition("@")[2]
    if domain in BY_DOMAIN:
        return BY_DOMAIN[domain]
    if domain.endswith(".test"):
        return None
    draw = zlib.crc32(f"{recipient} {subject}".encode()) % 1000
    for kind, weight in HABITS:
        if draw < weight:
            return kind
        draw -= weight
    return None


class Postman(threading.Thread):
    """Posts answers to the smarthost, one after the other, over one connection."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.letters, self.line = folder, queue.Queue(), None

    def post(self, letter):
        self.letters.put(letter)

    def run(self):
        while True:
            letter = self.letters.get()
            for _ in range(20):
                try:
                    self.hand_over(*letter)
                    break
                except (OSError, smtplib.SMTPException) as why:
                    print(f"answer not posted yet: {why}", file=sys.stderr)
                    self.line = None
                    time.sleep(0.2)

    def hand_over(self, sender, to, message):
        if self.line is None:
            with open(os.path.join(self.folder, "port"), encoding="ascii") as file:
                self.line = smtplib.SMTP(HOST, int(file.read()), local_hostname=NAME, timeout=30)
        self.line.sendmail(sender, [to], message.as_bytes(policy=email.policy.SMTP))


class World:
    def __init__(self, folder, quiet):
        self.folder, self.quiet = folder, quiet
        self.record = open(os.path.join(folder, "accepted.jsonl"), "a", encoding="utf-8", buffering=1)
        self.postman = Postman(folder)
        self.greeted = set()
        self.throttle = collections.Counter()

    # -- SMTP: the far end of the smarthost's deliveries
    async def serve(self, reader, writer):
        sender, recipients = None, []
        writer.write(f"220 {NAME} ESMTP\r\n".encode())
        while True:
            try:
                line = (await reader.readuntil(b"\r\n"))[:-2].decode("utf-8", "replace")
            except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
                break
            verb = line[:4].upper()
            path = re.search(r"<([^>]*)>", line)
            if verb == "EHLO":
                said = f"250-{NAME}\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE {DATA_LIMIT}"
            elif verb == "MAIL" and path:
                sender, recipients, said = path[1], [], "250 2.1.0 ok"
            elif verb == "RCPT" and path:
                if path[1].lower().endswith("@rejet-tardif.test"):
                    said = f"550 5.1.1 <{path[1]}>: Recipient address rejected: User unknown in virtual mailbox table"
                elif path[1].lower().endswith("@attente.test"):
                    said = f"452 4.2.2 <{path[1]}>: Mailbox full, try again later"
                else:
                    recipients.append(path[1])
                    said = "250 2.1.5 ok"
            elif verb == "DATA":
                if not recipients:
                    said = "554 5.5.1 no valid recipients"
                else:
                    writer.write(b"354 go on\r\n")
                    try:
                        content = await reader.readuntil(b"\r\n.\r\n")
                    except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
                        break
                    self.take(sender, recipients, (b"\r\n" + content[:-3]).replace(b"\r\n..", b"\r\n.")[2:])
                    said = "250 2.0.0 taken"
            elif verb in ("HELO", "RSET", "NOOP"):
                said = "250 2.0.0 ok"
            elif verb == "QUIT":
                writer.write(b"221 2.0.0 bye\r\n")
                break
            else:
                said = "500 5.5.2 not understood"
            writer.write(said.encode() + b"\r\n")
        writer.close()

    def take(self, sender, recipients, content):
        for recipient in recipients:
            recipient = recipient.lower()
            original = Original(sender, recipient, content)
            kind = None if self.quiet else habit_of(recipient, original.subject)
            self.record.write(json.dumps({
                "mail_from": sender, "rcpt": recipient, "message_id": original.message_id, "subject": original.subject,
                "sha256": hashlib.sha256(body_of_sender(content)).hexdigest(),
                "answer": kind}, ensure_ascii=False) + "\n")
            if kind:
                self.postman.post(ANSWERS[kind](original, kind))

    # -- Postfix's policy delegation
    async def judge(self, reader, writer):
        asked = {}
        while True:
            try:
                line = (await reader.readuntil(b"\n")).decode("utf-8", "replace").rstrip("\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                break
            if line:
                key, _, value = line.partition("=")
                asked[key] = value
                continue
            writer.write(f"action={self.verdict(asked)}\n\n".encode())
            asked = {}
        writer.close()

    def verdict(self, asked):
        sender, recipient = asked.get("sender", ""), asked.get("recipient", "").lower()
        domain = recipient.rpartition("@")[2]
        if domain == "liste-grise.test" and (sender, recipient) not in self.greeted:
            self.greeted.add((sender, recipient))
            return "451 4.7.1 Greylisting in action, please come back later"
        if domain == "debit.test":
            self.throttle[domain] += 1
            if self.throttle[domain] > THROTTLE_AFTER:
                self.throttle[domain] = 0
                return "421 4.7.0 Too many messages, try again later"
        return "DUNNO"

    async def run(self):
        self.postman.start()
        far = await asyncio.start_server(self.serve, HOST, 0, limit=DATA_LIMIT, backlog=200)
        policy = await asyncio.start_server(self.judge, HOST, 0)
        for name, server in (("far_port", far), ("policy_port", policy)):
            with open(os.path.join(self.folder, name + ".new"), "w", encoding="ascii") as file:
                file.write(f"{server.sockets[0].getsockname()[1]}\n")
            os.rename(file.name, os.path.join(self.folder, name))
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await stop.wait()


def body_of_sender(content):
    """The message without the trace lines servers put in front of it: from its first line of its own on."""
    lines = content.split(b"\r\n")
    first = 0
    while first < len(lines) and (lines[first].startswith((b"Received:", b"Return-Path:")) or
                                  first and lines[first][:1] in (b" ", b"\t")):
        first += 1
    return b"\r\n".join(lines[first:])


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("--quiet", action="store_true")
    chosen = options.parse_args()
    asyncio.run(World(chosen.folder, chosen.quiet).run())


if __name__ == "__main__":
    main()
