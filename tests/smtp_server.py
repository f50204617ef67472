#!/usr/bin/env python3
"""The scripted SMTP server: behaves by recipient domain, and records every message it accepts.

smtp_server.py [--port P] [--record DIR] [options]
  prints "PORT n" once it listens on 127.0.0.1 (P = 0, the default, takes a free one) and ends at SIGTERM or SIGINT.
  --record DIR   before a message is accepted, one line of JSON in DIR/accepted.jsonl
                 {"n","mail_from","rcpt","sha256","message_id","file","dot_s"} (dot_s: steady
                 clock when its final dot was here) and the message itself in DIR/file, dots unstuffed;
                 at the end DIR/counts.json {"connections","accepted","rcpt_refused","mails","tls","logins"}
  --fsync        … durably: the answer to the dot comes after fsync
  --maildir DIR  where late failures, auto-replies and complaints to the return path are delivered

Behaviour by recipient domain (lists/smtp-scenarios.csv) is the table DOMAINS; other domains are accepted.
"""
import argparse
import asyncio
import base64
import email.utils
import hashlib
import json
import os
import re
import signal
import socket
import ssl
import sys
import time
import warnings

from smtp_auth import MECHANISMS, Account, unbase64

NAME = b"mx.serveur.test"
SIZE_LIMIT = 32 * 1024 * 1024
LINE_LIMIT = 4096
THROTTLE_AFTER = 20
PATH = re.compile(rb"<([^<>]*)>(.*)", re.S)

# domain -> (where it acts, how): "rcpt" and "dot" refuse, "return" accepts and writes back, "silence" and "drop" hang up
DOMAINS = {
    "boite-inconnue.test": ("rcpt", "550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown"),
    "boite-pleine.test": ("rcpt", "452 4.2.2 <{rcpt}>: Mailbox full"),
    "liste-grise.test": ("grey", "451 4.7.1 <{rcpt}>: Greylisted, try again later"),
    "refus-politique.test": ("dot", "550 5.7.1 Message refused by policy"),
    "rejet-tardif.test": ("return", "dsn"),
    "rejet-tardif-brut.test": ("return", "free_text"),
    "absence.test": ("return", "auto_reply"),
    "plainte.test": ("return", "complaint"),
    "silence.test": ("silence", ""),
    "coupure.test": ("drop", ""),
    "debit.test": ("throttle", "421 4.7.0 Too many messages, slow down"),
    "domaine-absent.invalid": ("rcpt", "550 5.1.2 <{rcpt}>: Domain not found"),
    "sans-mx.test": ("rcpt", "556 5.1.10 <{rcpt}>: Domain does not accept mail (null MX)"),
}


def header(content, name):
    """The first header called name, unfolded; "" when there is none."""
    end = content.find(b"\r\n\r\n")
    head = content[: end if end >= 0 else len(content)]
    found = re.search(rb"^" + name + rb":[ \t]*((?:[^\r\n]|\r\n[ \t])*)", head, re.I | re.M)
    return re.sub(rb"\r\n[ \t]+", b" ", found[1]).decode("utf-8", "replace").strip() if found else ""


# -- what comes back ---------------------------------------------------------------------------------------------
def back(original, sender, subject, content_type, body, extra=""):
    stamp = hashlib.sha256((original["message_id"] + subject).encode()).hexdigest()[:16]
    return (f"Return-Path: <>\r\nDelivered-To: {original['mail_from']}\r\nFrom: {sender}\r\nTo: {original['mail_from']}\r\n"
            f"Subject: {subject}\r\nDate: {email.utils.formatdate()}\r\nMessage-ID: <{stamp}@mx.serveur.test>\r\n{extra}"
            f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}").encode()


def original_headers(original):
    content = original["content"]
    end = content.find(b"\r\n\r\n")
    return content[: end + 2 if end >= 0 else len(content)].decode("utf-8", "replace")


def multipart(*parts):
    """parts: (content type, body). Returns the body; the boundary is fixed, nothing we write contains it."""
    return "".join(f"--=_limite\r\nContent-Type: {kind}\r\n\r\n{body}\r\n" for kind, body in parts) + "--=_limite--\r\n"


def dsn(original):
    """RFC 3464."""
    status = (f"Reporting-MTA: dns; {NAME.decode()}\r\n"
              + (f"Original-Envelope-Id: {original['envid']}\r\n" if original["envid"] else "")
              + f"Arrival-Date: {email.utils.formatdate()}\r\n\r\nFinal-Recipient: rfc822; {original['rcpt']}\r\n"
              "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n")
    body = multipart(("text/plain; charset=us-ascii", "Your message could not be delivered.\r\n"),
                     ("message/delivery-status", status), ("text/rfc822-headers", original_headers(original)))
    return back(original, "MAILER-DAEMON@mx.serveur.test", "Undelivered Mail Returned to Sender",
                'multipart/report; report-type=delivery-status; boundary="=_limite"', body, "Auto-Submitted: auto-replied\r\n")


def free_text(original):
    domain = original["rcpt"].rpartition("@")[2]
    body = ("Bonjour,\r\n\r\nCeci est un message automatique du serveur de messagerie.\r\n"
            f"Votre message n'a pas pu être remis à {original['rcpt']} : cette adresse n'existe pas ou plus.\r\n\r\n"
            f"--- En-têtes du message d'origine ---\r\n{original_headers(original)}")
    return back(original, f"postmaster@{domain}", "Echec de remise", "text/plain; charset=utf-8", body)


def auto_reply(original):
    """RFC 3834."""
    return back(original, original["rcpt"], "Absence : " + header(original["content"], b"Subject"), "text/plain; charset=utf-8",
                "Bonjour,\r\n\r\nLa mairie est fermée cette semaine.\r\n",
                f"Auto-Submitted: auto-replied\r\nIn-Reply-To: {original['message_id']}\r\nReferences: {original['message_id']}\r\n")


def complaint(original):
    """RFC 5965."""
    report = ("Feedback-Type: abuse\r\nUser-Agent: Serveur/1.0\r\nVersion: 1\r\n"
              f"Original-Mail-From: <{original['mail_from']}>\r\nOriginal-Rcpt-To: <{original['rcpt']}>\r\n")
    body = multipart(("text/plain; charset=us-ascii", "This is an abuse report.\r\n"), ("message/feedback-report", report),
                     ("message/rfc822", original["content"].decode("utf-8", "replace")))
    return back(original, "fbl@mx.serveur.test", "Abuse report", 'multipart/report; report-type=feedback-report; boundary="=_limite"', body)


RETURNS = {"dsn": dsn, "free_text": free_text, "auto_reply": auto_reply, "complaint": complaint}


class World:
    """What all connections share: options, the record, counts."""

    def __init__(self, options):
        self.options = options
        self.counts = dict.fromkeys(("connections", "accepted", "rcpt_refused", "mails", "tls", "logins"), 0)
        self.open = self.posted = 0
        self.greeted = set()
        self.throttled = 0
        self.script = []
        self.record = None
        if options.record:
            os.makedirs(options.record, exist_ok=True)
            self.record = open(os.path.join(options.record, "accepted.jsonl"), "ab", buffering=0)
            self.counts["accepted"] = sum(1 for _ in open(self.record.name, "rb"))
        if options.maildir:
            for folder in ("tmp", "new", "cur"):
                os.makedirs(os.path.join(options.maildir, folder), exist_ok=True)
        if options.reply_script:
            with open(options.reply_script, encoding="utf-8") as file:
                self.script = [script_rule(line) for line in file if line.strip() and not line.startswith("#")]
        self.account = Account(options.user, options.password_file, options.token_file)
        self.inject = options.inject.replace("\\r", "\r").replace("\\n", "\n").encode("latin-1")
        self.transcript = open(options.transcript, "ab", buffering=0) if options.transcript else None
        self.tls = None
        if options.cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(options.cert, options.key)
            if options.old_tls:
                warnings.simplefilter("ignore", DeprecationWarning)
                self.tls.set_ciphers("ALL:@SECLEVEL=0")
                self.tls.minimum_version, self.tls.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1

    def scripted(self, verb, line):
        """The reply the script gives for this command, else None. A rule with a count is used up."""
        for rule in self.script:
            if rule["verb"] == verb and rule["left"] and rule["pattern"].search(line):
                rule["left"] -= 1
                return rule["reply"] if rule["reply"] != "as-ever" else None
        return None

    def accept(self, mail):
        self.counts["accepted"] += 1
        if not self.record:
            return
        name = f"{self.counts['accepted']:06d}.eml"
        line = {"n": self.counts["accepted"], "mail_from": mail["mail_from"], "rcpt": mail["rcpt"],
                "sha256": hashlib.sha256(mail["content"]).hexdigest(), "message_id": mail["message_id"], "file": name,
                "dot_s": mail["dot_s"]}
        fd = os.open(os.path.join(self.options.record, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(fd, mail["content"])
        if self.options.fsync:
            os.fsync(fd)
        os.close(fd)
        self.record.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        if self.options.fsync:
            os.fsync(self.record.fileno())

    def post(self, mail, kind):
        if not self.options.maildir or not mail["mail_from"]:
            return
        self.posted += 1
        name = f"{time.time_ns()}.{os.getpid()}_{self.posted}.serveur"
        path = os.path.join(self.options.maildir, "tmp", name)
        with open(path, "wb") as file:
            file.write(RETURNS[kind](mail))
        os.rename(path, os.path.join(self.options.maildir, "new", name))

    def end(self):
        if self.options.record:
            with open(os.path.join(self.options.record, "counts.json"), "w", encoding="ascii") as file:
                json.dump(self.counts, file)


def script_rule(line):
    """VERB [xCOUNT] /REGEX/ REPLY. REPLY "drop" closes, "silence" says nothing any more, "as-ever" what it would say without rules; \\n separates its lines."""
    found = re.fullmatch(r"(\w+)(?:\s+x(\d+))?\s+/(.*?)/\s+(.*)", line.strip())
    if not found:
        sys.exit(f"reply script: not understood: {line.strip()}")
    return {"verb": found[1].upper(), "left": int(found[2] or 1 << 60), "pattern": re.compile(found[3]),
            "reply": found[4].replace("\\r", "\r").replace("\\n", "\n")}


class Session(asyncio.Protocol):
    """One connection. Bytes are taken as they come; replies to what came together leave together (RFC 2920)."""

    def __init__(self, world):
        self.world = world
        self.options = world.options
        self.input = bytearray()
        self.output = []
        self.in_data = self.silent = self.busy = self.logged_in = self.throttle = False
        self.tls = self.options.implicit_tls
        self.login_step = None
        self.dot_s = 0.0
        self.transport = None
        self.forget()

    def forget(self):
        self.mail_from, self.recipients, self.envid = None, [], ""

    # -- the connection
    def connection_made(self, transport):
        first, self.transport = self.transport is None, transport
        if not first:
            return  # TLS has begun on the same line
        self.world.counts["connections"] += 1
        self.world.open += 1
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        said = self.world.scripted("CONNECT", "")
        if self.options.max_connections and self.world.open > self.options.max_connections:
            said = "421 4.7.0 " + NAME.decode() + " Error: too many connections from 127.0.0.1"
        self.say(said or "220 " + NAME.decode() + " ESMTP")
        self.flush()

    def connection_lost(self, exc):
        self.world.open -= 1

    def say(self, text):
        """text may be a scripted word; a 421 closes behind itself."""
        if text == "silence":
            self.silent = True
        elif text == "drop":
            self.drop()
        else:
            self.output.append(text.replace("\n", "\r\n").encode() + b"\r\n")
            if text.startswith("421"):
                self.leave()

    def flush(self):
        if self.output and self.transport and not self.transport.is_closing():
            self.transport.write(b"".join(self.output))
        self.output.clear()

    def leave(self):
        self.flush()
        self.silent = True
        self.transport.close()

    def drop(self):
        self.output.clear()
        self.silent = True
        self.transport.abort()

    def data_received(self, data):
        self.input += data
        self.work()

    def work(self):
        while not self.silent and not self.busy:
            if self.in_data:
                if not self.take_content():
                    break
                continue
            end = self.input.find(b"\n")
            if end < 0:
                if len(self.input) > LINE_LIMIT:
                    self.say("421 5.5.6 Line too long")
                break
            line = bytes(self.input[:end]).rstrip(b"\r")
            del self.input[: end + 1]
            self.command(line)
        self.flush()

    # -- commands
    def command(self, line):
        if self.world.transcript:
            self.world.transcript.write((b"tls " if self.tls else b"clear ") + line + b"\n")
        if self.login_step:
            return self.login_step(line)
        verb = line[:4].upper().decode("latin-1").strip()
        if verb == "STAR" and line.upper() == b"STARTTLS":
            verb = "STARTTLS"
        said = self.world.scripted(verb, line.decode("latin-1")) if self.world.script else None
        if said is not None:
            if verb == "RCPT" and said[0] in "45":
                self.world.counts["rcpt_refused"] += 1
            return self.say(said)
        handler = COMMANDS.get(verb)
        return handler(self, line) if handler else self.say("500 5.5.2 Error: command not recognized")

    def ehlo(self, _line):
        self.forget()
        offers = ["8BITMIME", f"SIZE {SIZE_LIMIT}", "ENHANCEDSTATUSCODES"]
        if not self.options.no_pipelining:
            offers.append("PIPELINING")
        if not self.options.no_dsn:
            offers.append("DSN")
        if self.options.smtputf8:
            offers.append("SMTPUTF8")
        if self.world.tls and not self.tls:
            offers.append("STARTTLS")
        if self.options.user and (self.tls or not self.world.tls) != self.options.auth_in_clear:
            offers.append("AUTH " + self.options.auth)
        lines = [NAME.decode()] + offers
        self.say("\n".join(f"250{'-' if i + 1 < len(lines) else ' '}{text}" for i, text in enumerate(lines)))

    def helo(self, _line):
        self.forget()
        self.say("250 " + NAME.decode())

    def mail(self, line):
        found = PATH.search(line)
        if self.options.user and not self.logged_in:
            return self.say("530 5.7.0 Authentication required")
        if not found or line[:10].upper() != b"MAIL FROM:":
            return self.say("501 5.5.4 Syntax: MAIL FROM:<address>")
        if self.mail_from is not None:
            return self.say("503 5.5.1 Error: nested MAIL command")
        self.world.counts["mails"] += 1
        self.mail_from = found[1].decode("utf-8", "replace")
        envid = re.search(rb" ENVID=(\S+)", found[2], re.I)
        self.envid = re.sub(rb"\+([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), envid[1]).decode("latin-1") if envid else ""
        return self.say("250 2.1.0 Ok")

    def rcpt(self, line):
        found = PATH.search(line)
        if self.mail_from is None:
            return self.say("503 5.5.1 Error: need MAIL command")
        if not found or line[:8].upper() != b"RCPT TO:" or b"@" not in found[1]:
            return self.say("501 5.1.3 Bad recipient address syntax")
        recipient = found[1].decode("utf-8", "replace")
        where, how = DOMAINS.get(recipient.rpartition("@")[2].lower(), ("", ""))
        said = how.format(rcpt=recipient)
        if where == "grey":
            key = (re.sub(r"\+[^@]*", "", self.mail_from), recipient)
            if key in self.world.greeted:
                where = ""
            self.world.greeted.add(key)
        if where == "throttle":
            self.world.throttled += 1
            if self.world.throttled <= THROTTLE_AFTER:
                where = ""
            else:
                self.world.throttled = 0
        if where in ("rcpt", "grey", "throttle"):
            self.world.counts["rcpt_refused"] += 1
            return self.say(said)
        if where == "silence":
            return self.say("silence")
        self.recipients.append((recipient, where, how))
        return self.say("250 2.1.5 Ok")

    def data(self, _line):
        if not self.recipients:
            return self.say("554 5.5.1 Error: no valid recipients" if self.mail_from is not None else "503 5.5.1 Error: need RCPT command")
        self.in_data = True
        return self.say("354 End data with <CR><LF>.<CR><LF>")

    def rset(self, _line):
        self.forget()
        self.say("250 2.0.0 Ok")

    def noop(self, _line):
        self.say("250 2.0.0 Ok")

    def quit(self, _line):
        self.say("221 2.0.0 Bye")
        self.leave()

    # -- the content
    def take_content(self):
        """False when the whole of it is not here yet."""
        if self.input.startswith(b".\r\n"):
            content, used = b"", 3
        else:
            end = self.input.find(b"\r\n.\r\n")
            if end < 0:
                if len(self.input) > SIZE_LIMIT:
                    self.drop()
                return False
            content, used = bytes(self.input[: end + 2]), end + 5
        del self.input[:used]
        self.in_data = False
        self.dot_s = time.monotonic()
        content = (b"\r\n" + content).replace(b"\r\n..", b"\r\n.")[2:]
        if self.options.delay_dot_ms:
            self.flush()
            self.busy = True
            asyncio.get_running_loop().call_later(self.options.delay_dot_ms / 1000, self.late, content)
        else:
            self.judge(content)
        return True

    def late(self, content):
        self.busy = False
        self.judge(content)
        self.work()

    def judge(self, content):
        recipients = self.recipients
        mail = {"mail_from": self.mail_from, "rcpt": recipients[0][0], "content": content, "envid": self.envid,
                "message_id": header(content, b"Message-ID"), "dot_s": self.dot_s}
        self.forget()
        said = self.world.scripted("DOT", mail["rcpt"]) if self.world.script else None
        refusal = next((how for _, where, how in recipients if where == "dot"), None)
        if said is None:
            said = refusal
        if said is not None and said[0] != "2" and said != "drop":
            return self.say(said)
        for recipient, where, how in recipients:
            mail["rcpt"] = recipient
            self.world.accept(mail)
            if where == "return":
                self.world.post(mail, how)
        drop_after = self.options.drop_after and self.world.counts["accepted"] % self.options.drop_after == 0
        if said == "drop" or drop_after or any(where == "drop" for _, where, _ in recipients):
            return self.drop()
        return self.say(said or f"250 2.0.0 Ok: queued as {self.world.counts['accepted']:06d}")

    # -- STARTTLS and AUTH
    def starttls(self, _line):
        if not self.world.tls or self.tls:
            return self.say("502 5.5.1 Error: command not implemented")
        self.say("220 2.0.0 Ready to start TLS")
        if self.options.inject and not self.options.inject_apart:
            self.output.append(self.world.inject)
        self.flush()
        if self.options.inject_apart:
            asyncio.get_running_loop().call_later(0.05, self.transport.write, self.world.inject)
            self.silent = True
            return None
        if self.options.hang_handshake:
            self.silent = True
            return None
        self.input.clear()  # what was sent ahead in clear text is not to be obeyed
        self.busy = True
        asyncio.ensure_future(self.encrypt())
        return None

    async def encrypt(self):
        try:
            self.transport = await asyncio.get_running_loop().start_tls(self.transport, self, self.world.tls, server_side=True)
        except (OSError, ssl.SSLError, asyncio.CancelledError):
            return
        if self.transport is None:
            return
        self.tls = True
        self.world.counts["tls"] += 1
        self.busy = False
        self.work()

    def auth(self, line):
        words = line.split()
        kind = words[1].upper().decode("latin-1") if len(words) > 1 else ""
        if not self.options.user or self.logged_in:
            return self.say("503 5.5.1 Error: no authentication now")
        if kind not in self.options.auth.split():
            return self.say("504 5.5.4 Unrecognized authentication type")
        self.world.counts["logins"] += 1
        mechanism = MECHANISMS[kind](self.world.account, unbase64(words[2]) if len(words) > 2 else None)
        self.login_step = lambda answer: self.log_in(mechanism, unbase64(answer))
        return self.log_in(mechanism, None)

    def log_in(self, mechanism, answer):
        try:
            challenge = mechanism.send(answer)
        except StopIteration as end:
            self.login_step = None
            self.logged_in = end.value
            said = "535 5.7.8 " + self.options.auth_says if self.options.auth_says else "535 5.7.8 Error: authentication failed"
            return self.say("235 2.7.0 Authentication successful" if self.logged_in else said)
        return self.say("334 " + base64.b64encode(challenge).decode())


COMMANDS = {"EHLO": Session.ehlo, "HELO": Session.helo, "MAIL": Session.mail, "RCPT": Session.rcpt, "DATA": Session.data,
            "RSET": Session.rset, "NOOP": Session.noop, "QUIT": Session.quit, "STARTTLS": Session.starttls, "AUTH": Session.auth}


async def serve(options):
    world = World(options)
    server = await asyncio.get_running_loop().create_server(lambda: Session(world), "127.0.0.1", options.port, backlog=500,
                                                               ssl=world.tls if options.implicit_tls else None)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    print("PORT", server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()
    world.end()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--record")
    options.add_argument("--fsync", action="store_true")
    options.add_argument("--maildir")
    options.add_argument("--delay-dot-ms", type=int, default=0, help="the answer to each dot comes this much later")
    options.add_argument("--no-pipelining", action="store_true")
    options.add_argument("--no-dsn", action="store_true")
    options.add_argument("--smtputf8", action="store_true")
    options.add_argument("--drop-after", type=int, default=0, help="accept, then drop instead of answering each N-th dot")
    options.add_argument("--max-connections", type=int, default=0, help="421 beyond")
    options.add_argument("--reply-script", help="lines: VERB [xCOUNT] /REGEX/ REPLY; verbs CONNECT, EHLO, MAIL, RCPT, DATA, DOT …; "
                                                "REPLY may be drop or silence")
    options.add_argument("--user")
    options.add_argument("--password-file")
    options.add_argument("--token-file", help="the access token that is good now")
    options.add_argument("--auth", default="PLAIN LOGIN", help="mechanisms offered, of those in smtp_auth.py")
    options.add_argument("--auth-in-clear", action="store_true", help="offered before STARTTLS only")
    options.add_argument("--auth-says", help="text of the refusal")
    options.add_argument("--cert")
    options.add_argument("--key")
    options.add_argument("--implicit-tls", action="store_true")
    options.add_argument("--old-tls", action="store_true", help="TLS 1.0 and 1.1 only")
    options.add_argument("--inject", default="", help="bytes, with \\r and \\n, right behind the answer to STARTTLS")
    options.add_argument("--inject-apart", action="store_true", help="… a moment later")
    options.add_argument("--hang-handshake", action="store_true", help="nothing more after that answer")
    options.add_argument("--transcript", help="file: every line of a command or log-in, behind \"clear\" or \"tls\"")
    asyncio.run(serve(options.parse_args()))


if __name__ == "__main__":
    main()
