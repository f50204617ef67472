#!/usr/bin/env python3
"""Access tokens (XOAUTH2) that expire while the source idles: however the server says so, the connection is opened anew with a fresh token, each message counts once, and nobody
but the server ever sees a token. Scripted server; tokens by a file somebody renews, and by a command."""
import os
import time

from certificates import Certificates
from imap_bed import Bed, letter, until
from imap_server import ImapServer
from tap import check, finish, same, skip_unless_built

skip_unless_built()
bed = Bed("relais-token.")
certificates = Certificates(bed.path("cert"))
numbers = iter(range(1, 1000))


def token(generation):
    return f"ya29.jeton-{generation}-de-l-essai"


class Expiring(ImapServer):
    """Takes one generation of tokens at a time; ends an IDLE as `way` says when expire() is called."""

    def __init__(self, way):
        self.way, self.generation, self.expired, self.idles, self.logged_in = way, 1, False, 0, []
        super().__init__(certificate=certificates.path("good"), implicit=True, tokens={"retour": token(1)}, answers={"IDLE": self.idle, "AUTHENTICATE": self.note})

    def note(self, connection, _tag, rest):
        self.logged_in.append((connection.number, rest.split(" ")[-1]))
        return False

    def expire(self):
        self.generation += 1
        self.tokens["retour"] = token(self.generation)
        self.expired = True

    def idle(self, connection, tag, _rest):
        self.idles += 1
        if self.way == "done":
            # At the renewal: DONE is answered by a refusal (RFC 5530).
            connection.say("+ idling")
            connection.line.settimeout(30)
            connection.read_line()
            if self.expired:
                self.expired = False
                connection.say(f"{tag} NO [EXPIRED] the access token has expired")
                raise EOFError
            connection.say(f"* {len(self.box)} EXISTS\r\n{tag} OK idled")
            return True
        if self.way == "refused" and self.expired:
            self.expired = False
            connection.say(f"{tag} NO [EXPIRED] the access token has expired")
            raise EOFError
        if self.way in ("bye", "silent", "gone"):
            connection.say("+ idling")
            self.idlers.append(connection)
            connection.line.settimeout(0.1)
            end = time.monotonic() + 30
            while time.monotonic() < end and not self.expired:
                try:
                    connection.read_line()
                    self.idlers.remove(connection)
                    connection.line.settimeout(30)
                    connection.say(f"{tag} OK idled")
                    return True
                except TimeoutError:
                    continue
            self.expired = False
            self.idlers.remove(connection)
            connection.line.settimeout(30)
            if self.way != "gone":
                connection.say("* BYE [EXPIRED] the access token has expired")
            if self.way == "silent": # and the line stays open, with nobody there
                connection.read_line()
                time.sleep(4)
            raise EOFError
        return False


def source(server, **more):
    return {"imap_url": f"imaps://localhost:{server.port}", "username": "retour", "ca_file": certificates.path("ca.pem"), "poll": "100ms", "reply_timeout": "2s", "idle": "1s", **more}


def by_command(*lines):
    with open(bed.path("jeton.sh"), "w", encoding="utf-8") as file:
        file.write("\n".join(("#!/bin/sh", *lines)) + "\n")
    os.chmod(bed.path("jeton.sh"), 0o700)
    return {"token_command": bed.path("jeton.sh")}


def expect(server, label, count, seconds=15):
    return check(label, until(lambda: bed.counted() == (count, count) and not server.box, seconds), bed.counted(), bed.log()[-1500:], server.verbs()[-12:], server.logged_in)


def renewed():
    """An hour in a few seconds: the IDLE is renewed again and again on one log-in."""
    server = Expiring("never")
    bed.secret("jeton", token(1))
    bed.configure(inbox=source(server, token_file="jeton"))
    role = bed.start()
    check("IDLE is renewed", until(lambda: server.idles >= 3, 15), server.idles)
    server.add(letter(next(numbers)))
    expect(server, "and a message that comes then is read", 1)
    same("on one connection and one log-in", (server.connections, len(server.logged_in)), (1, 1))
    same("it ends when told", bed.stop(role), 0)
    bed.forget()
    server.close()


def expires(way):
    server = Expiring(way)
    bed.secret("jeton", token(1))
    by = {"token_file": "jeton"} if way != "refused" else by_command(f"cat {bed.path('jeton')}")
    bed.configure(inbox=source(server, **by))
    role = bed.start()
    check(f"{way}: it idles", until(lambda: server.idles, 15), bed.log())
    for generation in (2, 3) if way in ("bye", "done") else (2,):
        if way == "refused":
            time.sleep(2.1) # what the command gave a moment ago is not asked for again
        before = server.idles
        bed.secret("jeton", token(generation))
        server.expire()
        expect(server, f"{way}: expired, {generation - 1}", generation - 2)
        check(f"{way}: it idles again", until(lambda: server.idles > before and not server.expired and len(server.logged_in) > generation - 1, 15), bed.log()[-1000:], server.logged_in)
        server.add(letter(next(numbers)))
        expect(server, f"{way}: and reads what comes", generation - 1)
    same("it ends when told", bed.stop(role), 0)
    bed.forget()
    server.close()


def renewed_late():
    """The new token comes after the old one has been refused: said once, tried again, read again."""
    server = Expiring("bye")
    bed.secret("jeton", token(1))
    bed.configure(inbox=source(server, token_file="jeton"))
    with open(bed.path("role.log"), "w", encoding="utf-8"):
        pass
    role = bed.start()
    until(lambda: server.idles, 15)
    server.expire()
    check("refused with the old token, which is said", until(lambda: "IMAP_LOGIN" in bed.log(), 10), bed.log())
    server.add(letter(next(numbers)))
    check("tried again meanwhile, less and less often", until(lambda: len(server.logged_in) >= 3, 15), server.logged_in)
    bed.secret("jeton", token(2))
    expect(server, "with the new one it is read", 1, 25)
    check("said once, and that it is over", bed.log().count("IMAP_LOGIN") == 1 and "can be read again" in bed.log(), bed.log())
    bed.stop(role)
    bed.forget()
    server.close()


def command_in_trouble():
    """The command that gives tokens fails for a while."""
    server = Expiring("bye")
    bed.secret("jeton", token(1))
    bed.configure(inbox=source(server, **by_command(f"test -e {bed.path('panne')} && exit 3", f"cat {bed.path('jeton')}")))
    role = bed.start()
    until(lambda: server.idles, 15)
    time.sleep(2.1)
    bed.secret("jeton", token(2))
    bed.secret("panne", "")
    server.expire()
    until(lambda: not server.expired, 5)
    server.add(letter(next(numbers)))
    time.sleep(2)
    same("without a token nothing is read", bed.counted(), (0, 0))
    os.remove(bed.path("panne"))
    expect(server, "when there is one again, it is", 1, 25)
    bed.stop(role)
    bed.forget()
    server.close()


try:
    renewed()
    for how in ("bye", "done", "gone", "silent", "refused"):
        expires(how)
    renewed_late()
    command_in_trouble()
    with open(bed.path("relais.db"), "rb") as stored:
        held = stored.read()
    same("no token in the log, none in the store", [generation for generation in (1, 2, 3) if token(generation) in bed.log() or token(generation).encode() in held], [])
finally:
    bed.close()
finish()
