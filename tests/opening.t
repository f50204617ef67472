#!/usr/bin/env python3
"""Servers that are awkward rather than wrong: slow to greet, stuck on one connection, tired after one message, spelling things their own
way, repeating what they were told. The server is one of our own, a thread a connection, with a hook for each thing it may say."""
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

from certificates import Certificates
from send_bed import METRO, Bed, absolute, address, check, run, same, tmp, until
from tap import BUILD, skip_all

TOOL, TAKE_BACK = (os.path.join(BUILD, "tests", name) for name in ("tool_sender", "tool_take_back"))
if not shutil.which("openssl") or not all(os.access(one, os.X_OK) for one in (TOOL, TAKE_BACK)):
    skip_all(f"openssl, {TOOL} and {TAKE_BACK} are needed")
certificates = Certificates(os.path.join(tmp, "certificats"))
CA = certificates.path("ca.pem")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificates.path("good.pem"), certificates.path("good.key"))


class Awkward:
    """hooks: what is said in place of the usual, by name: bytes, or a function of the talk that gives them (None = the usual)."""

    def __init__(self, tls=False, implicit=False, **hooks):
        self.tls, self.implicit, self.hooks, self.accepted, self.begun = tls or implicit, implicit, hooks, [], 0
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            client = self.socket.accept()[0]
            self.begun += 1
            threading.Thread(target=self.serve, args=(client, self.begun), daemon=True).start()

    def serve(self, client, number):
        try:
            Talk(self, client, number).run()
        except (OSError, EOFError, ssl.SSLError):
            pass
        finally:
            client.close()


class Talk:
    def __init__(self, server, client, number):
        self.server, self.line, self.number, self.secure, self.ehlos, self.mails, self.taken, self.rcpt = server, client, number, False, 0, 0, 0, ""
        self.buffer = b""
        if server.implicit:
            self.encrypt()

    def encrypt(self):
        self.line = context.wrap_socket(self.line, server_side=True)
        self.secure, self.buffer = True, b""

    def until(self, end):
        while end not in self.buffer:
            more = self.line.recv(65536)
            if not more:
                raise EOFError
            self.buffer += more
        taken, _, self.buffer = self.buffer.partition(end)
        return taken

    def say(self, name, usual):
        hook = self.server.hooks.get(name)
        said = hook(self) if callable(hook) else hook
        self.line.sendall(usual if said is None else said)
        return usual if said is None else said

    def run(self):
        self.say("greeting", b"220 mx.test ESMTP\r\n")
        while (command := self.until(b"\r\n")) and not command.upper().startswith(b"QUIT"):
            self.obey(command, command[:4].upper())

    def obey(self, command, verb):
        if verb == b"EHLO":
            self.ehlos += 1
            offer = b"250-STARTTLS\r\n" if self.server.tls and not self.secure else b""
            self.say("ehlo", b"250-mx.test\r\n" + offer + b"250 PIPELINING\r\n")
        elif verb == b"STAR":
            self.say("starttls", b"220 go\r\n")
            self.encrypt()
        elif verb == b"AUTH":
            if command.count(b" ") == 1: # no initial response
                self.line.sendall(b"334 \r\n")
                self.until(b"\r\n")
            self.say("auth", b"235 2.7.0 ok\r\n")
        elif verb == b"DATA":
            self.say("data", b"354 go\r\n")
            self.server.accepted.append((self.rcpt, self.until(b"\r\n.\r\n"), self.secure))
            self.taken += 1
            self.say("dot", b"250 2.0.0 queued as 4Fz3Kx0abcDEF12\r\n")
        else:
            self.mails += verb == b"MAIL"
            if verb == b"RCPT":
                self.rcpt = re.search(rb"<(.*)>", command)[1].decode()
            self.say({b"MAIL": "mail", b"RCPT": "rcpt"}.get(verb, "other"), b"250 ok\r\n")

    def stall(self, seconds=30):
        time.sleep(seconds)
        raise EOFError


def tool(url, count, connections, *words, env=None):
    begun = time.monotonic()
    done = subprocess.run([TOOL, url, str(count), str(connections), *words], capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **(env or {})})
    return done.stdout + done.stderr, re.findall(r"^\d+ (\w+) ", done.stdout, re.M), time.monotonic() - begun


def taken_back():
    """TLS that could not write has encrypted what it was given: it goes out whatever is said next."""
    for name, server, words in (("clear", Awkward(), ()), ("TLS", Awkward(implicit=True), (CA,))):
        url = f"smtps://localhost:{server.port}" if words else f"smtp://127.0.0.1:{server.port}"
        said = subprocess.run([TAKE_BACK, url, *words], capture_output=True, text=True, timeout=60, check=False).stdout
        numbers = (1, 3) if "taken back 1" in said else (1, 2)
        same(f"{name}: taken back or not, each gets its own", [(to, text.rpartition(b"for ")[2].strip()) for to, text, _ in server.accepted],
             [(f"u{n}@clients.test", f"u{n}".encode()) for n in numbers])
        check(f"{name}: … and is told so", all(f"ended {n} 250" in said for n in numbers), said)


class Again:
    """The first connection is openssl's: TLS 1.2, which asks for another handshake where MAIL is to be answered, and is silent then. The
    others are an Awkward's, behind one port."""

    def __init__(self):
        self.others = Awkward(implicit=True, dot=lambda talk: time.sleep(0.02))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.first = subprocess.Popen(["openssl", "s_server", "-crlf", "-tls1_2", "-port", str(port), "-cert", certificates.path("good.pem"),
                                       "-key", certificates.path("good.key")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.ports, self.asked = iter([port]), False
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()
        threading.Thread(target=self.converse, daemon=True).start()

    def say(self, text):
        self.first.stdin.write(text)
        self.first.stdin.flush()

    def converse(self):
        for line in self.first.stdout:
            if line.startswith(b"EHLO"):
                self.say(b"250 mx.test\n")
            elif line.startswith(b"MAIL"):
                self.asked = True
                self.say(b"r\n")

    def listen(self):
        while True:
            near = self.socket.accept()[0]
            port = next(self.ports, self.others.port)
            far = until_connected(port)
            if port != self.others.port:
                threading.Timer(0.3, self.say, [b"220 mx.test ESMTP\n"]).start()
            for pair in ((near, far, port), (far, near, 0)):
                threading.Thread(target=self.pump, args=pair, daemon=True).start()

    def pump(self, source, sink, port):
        """Nothing of what is said after the question comes to openssl: it cannot answer."""
        try:
            while piece := source.recv(65536):
                if port in (0, self.others.port) or not self.asked:
                    sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def until_connected(port):
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except OSError:
            time.sleep(0.05)
    raise OSError("openssl s_server does not listen")


def handshake_again():
    server = Again()
    said, ended, took = tool(f"smtps://localhost:{server.port}", 60, 4, f"ca={CA}", "connect_ms=9000", "greeting_ms=9000", "reply_ms=2000")
    server.first.kill()
    check("another handshake was asked for", server.asked, said)
    check("… and stops neither the others nor its own time-out", took < 8 and ended.count("sent") >= 59, took, said)


def stuck_ahead():
    """The system's long list is read by one connection ahead of the others: not when that one does not get on."""
    bundle = {"SSL_CERT_FILE": certificates.bundle("long.pem", "ca")}
    for name, hooks in (("greeting", {"greeting": lambda talk: talk.stall() if talk.number == 1 else None}),
                        ("handshake", {"starttls": lambda talk: talk.line.sendall(b"220 go\r\n") or talk.stall() if talk.number == 1 else None})):
        server = Awkward(tls=True, **hooks)
        said, ended, took = tool(f"smtp://localhost:{server.port}", 60, 6, "starttls=required", "connect_ms=8000", "greeting_ms=8000", env=bundle)
        same(f"the first connection is stuck at its {name}: all goes out by the others", ended.count("sent"), 60)
        check(f"… before {name} has had its time", all(secure for _, _, secure in server.accepted), said)


def slow_greeting():
    for name, hook in (("greeting", "greeting"), ("EHLO", "ehlo")):
        server = Awkward(**{hook: lambda talk: time.sleep(2.2)})
        said, ended, _ = tool(f"smtp://127.0.0.1:{server.port}", 1, 1, "connect_ms=1000", "greeting_ms=9000")
        same(f"a {name} later than connect_timeout, sooner than greeting_timeout", ended, ["sent"])
    for scheme, kind in (("smtp", {"tls": True}), ("smtps", {"implicit": True})):
        server = Awkward(greeting=lambda talk: time.sleep(2.2), **kind)
        said, ended, _ = tool(f"{scheme}://localhost:{server.port}", 1, 1, f"ca={CA}", "starttls=required", "connect_ms=1000", "greeting_ms=9000")
        same(f"{scheme}://, encrypted: a late greeting too", ended, ["sent"])
    server = Awkward(greeting=lambda talk: time.sleep(1.5), ehlo=lambda talk: time.sleep(1.5) if talk.ehlos == 1 else None)
    said, ended, took = tool(f"smtp://127.0.0.1:{server.port}", 1, 1, "connect_ms=20000", "greeting_ms=2000")
    check("greeting and EHLO have greeting_timeout together", ended == ["relay"] and took < 5, took, said)
    mute = Awkward(greeting=lambda talk: talk.stall())
    said, ended, took = tool(f"smtp://127.0.0.1:{mute.port}", 1, 1, "connect_ms=400", "greeting_ms=1200")
    check("no greeting: given up after greeting_timeout", ended == ["relay"] and 1 < took < 4, took, said)


def spelling():
    for text in (b"starttls", b"StartTLS"):
        server = Awkward(ehlo=b"250-mx.test\r\n250-" + text + b"\r\n250 SIZE\r\n")
        for starttls in ("opportunistic", "required"):
            said, ended, _ = tool(f"smtp://0.0.0.0:{server.port}", 2, 1, f"starttls={starttls}")
            check(f"{text.decode()}, {starttls}: nothing in clear, and why", set(ended) == {"relay"} and "capitales" in said and not server.accepted, said)
    for text in (b"auth plain", b"AUTH plain", b"AUTH=PLAIN"):
        server = Awkward(ehlo=b"250-mx.test\r\n250 " + text + b"\r\n")
        said, ended, _ = tool(f"smtp://127.0.0.1:{server.port}", 1, 1, "user=relais", "password=sesame-ouvre")
        check(f"{text.decode()}: why", ended == ["relay"] and "capitales" in said and not server.accepted, said)
    server = Awkward(ehlo=b"250-mx.test\r\n250-AUTH=LOGIN\r\n250 AUTH PLAIN\r\n")
    same("both ways: logged in", tool(f"smtp://127.0.0.1:{server.port}", 1, 1, "user=relais", "password=sesame-ouvre")[1], ["sent"])


def greeted_once():
    """503 to our second EHLO: what was offered to the first stands."""
    server = Awkward(ehlo=lambda talk: b"503 5.5.1 duplicate EHLO\r\n" if talk.ehlos > 1 else b"250-mx.test\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n")
    said, ended, _ = tool(f"smtp://127.0.0.1:{server.port}", 2, 1, "to=mairie-école@clients.test")
    check("greeted once: SMTPUTF8 is known", ended == ["sent", "sent"], said)


def one_message_a_line():
    def close(talk):
        if talk.mails > 1:
            raise EOFError

    for name, hook in (("closes", close), ("says 421", lambda talk: b"421 4.4.2 one at a time\r\n" if talk.mails > 1 else None),
                       ("says 421 as Exim does", lambda talk: b"421 too many messages in this connection\r\n" if talk.mails > 1 else None)):
        server = Awkward(mail=hook)
        said, ended, _ = tool(f"smtp://127.0.0.1:{server.port}", 60, 4)
        same(f"a server that {name} behind each message: all sent", (ended.count("sent"), len(server.accepted)), (60, 60))
    server = Awkward(mail=lambda talk: b"421 4.7.0 slow down\r\n" if talk.mails > 1 or talk.number > 1 else None)
    said, ended, _ = tool(f"smtp://127.0.0.1:{server.port}", 3, 1)
    check("421 on a new line too: it is meant for more than one", sorted(ended) == ["sent", "slow", "slow"] and server.begun < 6, said, server.begun)


def long_answers():
    line = b"x" * 60000
    server = Awkward(dot=b"250 2.0.0 " + line + b"\r\n", rcpt=b"250 " + line + b"\r\n")
    said, ended, _ = tool(f"smtp://127.0.0.1:{server.port}", 3, 1)
    same("answers of 60,000 bytes in a line", ended, ["sent"] * 3)
    lines = b"".join(b"250-X%03d %s\r\n" % (number, b"x" * 590) for number in range(100))
    server = Awkward(greeting=b"220-" + b"\r\n220-".join([b"x" * 70] * 140) + b"\r\n220 mx.test\r\n", ehlo=b"250-mx.test\r\n" + lines + b"250 PIPELINING\r\n")
    said, ended, _ = tool(f"smtp://127.0.0.1:{server.port}", 3, 1)
    check("a greeting of 140 lines, an answer to EHLO of 60,000 bytes in a hundred", ended == ["sent"] * 3, said)
    server = Awkward(ehlo=b"250-mx.test\r\n" + 20 * lines + b"250 PIPELINING\r\n")
    said, ended, _ = tool(f"smtp://127.0.0.1:{server.port}", 1, 1)
    check("of a million: not said to be a lost line", ended == ["relay"] and "a coupé" not in said, said)


def repeated_secret():
    """In the words of any reply, in other letters, or in base64: neither in the log nor in the database."""
    secret = "Sesame-Ouvre-Toi-77"
    with open(os.path.join(tmp, "mot"), "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(secret + "\n")
    echo = secret.upper().encode()
    for name, hook, text in (("the connection", "greeting", b"554 5.7.1 no " + echo + b"\r\n"), ("EHLO", "ehlo", None), ("MAIL", "mail", b"550 5.7.1 no " + echo + b"\r\n"), ("RCPT", "rcpt", b"450 4.2.0 no " + echo + b"\r\n"),
                             ("the dot", "dot", b"250 2.0.0 " + echo + b" queued\r\n")):
        refusal = lambda talk: b"451 no " + echo + b"\r\n" if talk.ehlos > 1 else b"250-mx.test\r\n250 AUTH PLAIN\r\n"
        server = Awkward(**({"ehlo": b"250-mx.test\r\n250 AUTH PLAIN\r\n", hook: text} if text else {"ehlo": refusal}))
        bed = Bed(f"secret-{hook}", [absolute("v1", "20251215")], {code: address(code) for code in METRO[:3]})
        bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{server.port}\nusername = relais\npassword_file = {os.path.join(tmp, 'mot')}\n[log]\nlevel = info")
        done = bed.send(want=(0, 1, 2))
        kept = b"".join(open(bed.path(file), "rb").read() for file in os.listdir(bed.folder) if file.startswith("relais.db"))
        check(f"repeated in the answer to {name}: hidden", secret.lower() not in (done.stdout + done.stderr).lower() and secret.lower().encode() not in kept.lower(),
              done.stdout, done.stderr)
        check("… and nothing else of it", "…".encode() in kept if text and hook != "greeting" else "no …" in done.stderr, done.stderr)


def stopped_meanwhile():
    """Whoever was stopped while an answer came finds it before it looks at the time."""
    processes = []

    def dot(_):
        processes[0].send_signal(signal.SIGSTOP)

    def wake():
        time.sleep(2)
        processes[0].send_signal(signal.SIGCONT)

    server = Awkward(dot=dot)
    processes.append(subprocess.Popen([TOOL, f"smtp://127.0.0.1:{server.port}", "1", "1", "dot_ms=1000"], stdout=subprocess.PIPE, text=True))
    check("it is stopped when its dot is answered", until(lambda: stopped(processes[0].pid)))
    wake()
    same("… and takes the answer for one that came in time", re.findall(r"^\d+ (\w+) ", processes[0].communicate(timeout=20)[0], re.M), ["sent"])


def stopped(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"


run([taken_back, handshake_again, stuck_ahead, slow_greeting, spelling, greeted_once, one_message_a_line, long_answers, stopped_meanwhile, repeated_secret])
