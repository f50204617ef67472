#!/usr/bin/env python3
"""TLS that is not what it should be: nothing of a message, no credentials and no plain text may reach the other side, and the user
is told what is wrong. The server's own transcript is the witness. 0.0.0.0 is this machine under a name that does not say so: to
Relais it is a stranger's."""
import os
import re
import shutil
import socket
import subprocess
import threading
import time

from certificates import Certificates
from send_bed import METRO, Bed, Server, absolute, check, plain, run, same, tmp, until
from tap import BUILD, skip_all

TOOL = os.path.join(BUILD, "tests", "tool_sender")
SECRET = "sesame-ouvre-toi"
INJECTED = r"250-mx.faux.test\r\n250 AUTH PLAIN LOGIN\r\n"
if not shutil.which("openssl") or not os.access(TOOL, os.X_OK):
    skip_all(f"openssl and {TOOL} are needed")
certificates = Certificates(os.path.join(tmp, "certificats"))
CA = certificates.path("ca.pem")
with open(os.path.join(tmp, "mot"), "w", encoding="utf-8") as password_file:
    password_file.write(SECRET + "\n")
os.chmod(os.path.join(tmp, "mot"), 0o600)


class Witness(Server):
    """A scripted server that wants our password, and writes down what it hears, and how."""

    def __init__(self, name, *options):
        folder = os.path.join(tmp, "serveurs", name)
        os.makedirs(folder)
        self.heard_path = os.path.join(folder, "heard")
        super().__init__(folder, "--user", "relais", "--password-file", os.path.join(tmp, "mot"), "--transcript", self.heard_path, *options)

    def heard(self, how):
        with open(self.heard_path, "rb") as file:
            return [line.partition(b" ")[2] for line in file.read().splitlines() if line.startswith(how.encode())]

    def verbs(self, how):
        return sorted({line[:8].upper().split(b" ")[0].decode("latin-1") for line in self.heard(how)})


def tool(url, *words, count=2, env=None):
    done = subprocess.run([TOOL, url, str(count), "2", *words], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, **(env or {})})
    return done.stdout + done.stderr


def login(*words):
    return ("user=relais", f"password={SECRET}", *words)


def nothing_leaked(label, server, *said, allowed=("EHLO", "STARTTLS", "QUIT")):
    """allowed: what may be said in clear."""
    strange = [verb for verb in server.verbs("clear") if verb.isalpha() and verb not in allowed]
    same(f"{label}: nothing but a greeting in clear", strange, [])
    same(f"{label}: nothing accepted", server.accepted(), [])
    with open(server.heard_path, "rb") as file:
        raw = file.read()
    check(f"{label}: no secret on the wire or in words", SECRET.encode() not in raw and not any(SECRET in text for text in said), raw, *said)


# name, server options, words of the tool, what must be said
BAD = [
    ("expired", certificates.server("expired"), (f"ca={CA}",), r"SMTP_CERTIFICATE .*il a expiré.*rien n'a été envoyé"),
    ("wrong host", certificates.server("other_host"), (f"ca={CA}",), r"SMTP_CERTIFICATE .*n'est pas au nom de ce serveur.*\[smtp\] url"),
    ("self-signed", certificates.server("self_signed"), (f"ca={CA}",), r"SMTP_CERTIFICATE .*aucune autorité connue.*ca_file"),
    ("unknown authority", certificates.server("unknown_ca"), (f"ca={CA}",), r"SMTP_CERTIFICATE .*aucune autorité connue.*ca_file"),
    ("the system knows it not", certificates.server("good"), (), r"SMTP_CERTIFICATE .*aucune autorité connue.*ca_file"),
    ("TLS 1.1 at most", certificates.server("good") + ("--old-tls",), (f"ca={CA}",), r"SMTP_TLS .*TLS 1\.2"),
    ("answers behind 220", certificates.server("good") + ("--inject", INJECTED), (f"ca={CA}",), r"SMTP_INJECTED .*ne s'interpose"),
    ("answers soon after 220", certificates.server("good") + ("--inject", INJECTED, "--inject-apart"), (f"ca={CA}",), r"SMTP_TLS .*rien n'a été envoyé"),
    ("silence in the handshake", certificates.server("good") + ("--hang-handshake",), (f"ca={CA}", "connect_ms=700"), r"SMTP_TIMEOUT "),
]


def refused_certificates():
    for name, options, words, said in BAD:
        server = Witness(name, *options)
        for starttls in ("required", "opportunistic"):
            got = tool(f"smtp://localhost:{server.port}", f"starttls={starttls}", *login(*words))
            ended = re.findall(r"^\d+ (\w+) ", got, re.M)
            same(f"{name}, {starttls}: the relay's fault, nobody else's", ended, ["relay", "relay"])
        tried = tool(f"smtp://localhost:{server.port}", "try=1", "starttls=required", *login(*words))
        check(f"{name}: said so", re.search(said, tried), tried)
        got += tool(f"smtp://localhost:{server.port}", "starttls=opportunistic", *words)
        same(f"{name}: opportunistic without a log-in does not fall back to clear", server.verbs("clear"), ["EHLO", "STARTTLS"])
        nothing_leaked(name, server, got, tried)


def stripped():
    """No STARTTLS in EHLO, or a refusal of it, by whoever stands between."""
    script = os.path.join(tmp, "refus-starttls")
    with open(script, "w", encoding="utf-8") as file:
        file.write("STARTTLS /./ 454 4.7.0 TLS not available\n")
    for name, options, said in (("stripped", (), r"SMTP_NO_TLS .*n'offre pas STARTTLS ; rien n'a été envoyé.*ne s'interpose"),
                                ("STARTTLS refused", certificates.server("good") + ("--auth-in-clear", "--reply-script", script),
                                 r"SMTP_NO_TLS .*454 4.7.0 TLS not available.*rien n'a été envoyé")):
        server = Witness(name, *options)
        url = f"smtp://0.0.0.0:{server.port}"
        for starttls in ("required", "opportunistic"):
            got = tool(url, "try=1", f"starttls={starttls}", *login(f"ca={CA}"))
            check(f"{name}, {starttls}: said so", re.search(said, got), got)
            got += tool(url, f"starttls={starttls}", *login(f"ca={CA}"))
        got += tool(url, "starttls=off", *login())
        check(f"{name}: off is refused for another machine", "SMTP_CLEAR" in got, got)
        nothing_leaked(name, server, got)
    server = Server(os.path.join(tmp, "serveurs", "clair"))
    tool(f"smtp://0.0.0.0:{server.port}", "starttls=opportunistic")
    same("opportunistic, no TLS there, no log-in: mail goes in clear, as documented", len(server.accepted()), 2)


def auth_only_before_tls():
    server = Witness("AUTH only before STARTTLS", *certificates.server("good"), "--auth-in-clear")
    got = tool(f"smtp://0.0.0.0:{server.port}", "try=1", "starttls=required", *login(f"ca={CA}"))
    check("AUTH offered only in clear is not offered", re.search(r"SMTP_LOGIN .*n'offre pas l'authentification", got), got)
    nothing_leaked("AUTH only before STARTTLS", server, got)
    same("… nor anything in the tunnel", [verb for verb in server.verbs("tls") if verb not in ("EHLO", "QUIT")], [])


def good():
    server = Witness("good", *certificates.server("good"))
    for url in (f"smtp://localhost:{server.port}", f"smtp://127.0.0.1:{server.port}", f"smtp://0.0.0.0:{server.port}"):
        got = tool(url, "starttls=required", *login(f"ca={CA}"))
        same(f"{url[:-6]}: name or address is in the certificate", re.findall(r"^\d+ (\w+) ", got, re.M), ["sent", "sent"])
    same("in clear only the way to TLS", server.verbs("clear"), ["EHLO", "STARTTLS"])
    implicit = Witness("implicit", *certificates.server("good"), "--implicit-tls")
    got = tool(f"smtps://localhost:{implicit.port}", "starttls=off", *login(f"ca={CA}"))
    same("smtps://", re.findall(r"^\d+ (\w+) ", got, re.M), ["sent", "sent"])
    same("… nothing in clear", implicit.heard("clear"), [])
    late = Witness("implicit, expired", *certificates.server("expired"), "--implicit-tls")
    got = tool(f"smtps://localhost:{late.port}", "try=1", *login(f"ca={CA}"))
    check("smtps://, expired", "SMTP_CERTIFICATE" in got and "il a expiré" in got, got)
    same("… nothing said", late.heard("tls"), [])
    got = tool(f"smtps://localhost:{server.port}", "try=1", *login(f"ca={CA}"))
    check("smtps:// where there is plain text", re.search(r"SMTP_TLS .*smtp:// pour 587", got), got)
    got = tool(f"smtp://localhost:{implicit.port}", "try=1", "starttls=required", "connect_ms=1500", *login(f"ca={CA}"))
    check("smtp:// where there is TLS", re.search(r"SMTP_(TIMEOUT|LOST|REFUSED) ", got), got)
    got = tool(f"smtp://localhost:{server.port}", "try=1", "starttls=required", f"ca={os.path.join(tmp, 'mot')}")
    check("a file that is no list of authorities", re.search(r"SMTP_CA_FILE|SMTP_CERTIFICATE", got), got)


def system_authorities():
    """SSL_CERT_FILE stands for the system's list. A long one is read whole once, then what the server needs of it."""
    long_list = certificates.bundle("long.pem", "ca")
    server, other = Witness("system", *certificates.server("good")), Witness("system, other", *certificates.server("unknown_ca"))
    got = tool(f"smtp://localhost:{server.port}", "starttls=required", *login(), count=40, env={"SSL_CERT_FILE": long_list})
    same("the system's authorities", len(re.findall(r"^\d+ sent ", got, re.M)), 40)
    for name in ("good", "chain"):
        front, trace = Witness(f"system, {name}", *certificates.server(name)), os.path.join(tmp, f"trace-{name}")
        subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=openat", TOOL, f"smtp://localhost:{front.port}", "40", "10", "starttls=required",
                        "quiet=1", *login()], env={**os.environ, "SSL_CERT_FILE": long_list, "ASAN_OPTIONS": "detect_leaks=0"}, check=False,
                       timeout=60, stdout=subprocess.DEVNULL)
        with open(trace, encoding="utf-8") as file:
            lines = file.read()
        read, narrow = lines.count(long_list), lines.count("/proc/self/fd/")
        check(f"{name}: the long list is read by the first connection, and once to narrow it", read == 2 and narrow >= 2, read, narrow)
        same("… and all is sent", len(front.accepted()), 40)
    got = tool(f"smtp://localhost:{other.port}", "starttls=required", *login(), env={"SSL_CERT_FILE": long_list})
    same("… and trusts nobody else", re.findall(r"^\d+ (\w+) ", got, re.M), ["relay", "relay"])
    nothing_leaked("an authority the system has not", other, got)
    mute = Witness("system, mute", *certificates.server("good"), "--hang-handshake")
    begun = time.monotonic()
    got = tool(f"smtp://localhost:{mute.port}", "starttls=required", "connect_ms=800", *login(), count=4, env={"SSL_CERT_FILE": long_list})
    check("the connection that goes ahead hangs: those that wait for it wait no longer than they may", re.findall(r"^\d+ (\w+) ", got, re.M) ==
          ["relay"] * 4 and time.monotonic() - begun < 8, got)
    script = os.path.join(tmp, "occupe")
    with open(script, "w", encoding="utf-8") as file:
        file.write("CONNECT x1 /^/ 421 4.3.2 busy\n")
    busy = Witness("system, busy", *certificates.server("good"), "--reply-script", script)
    got = tool(f"smtp://localhost:{busy.port}", "starttls=required", *login(), count=10, env={"SSL_CERT_FILE": long_list})
    same("… or is refused: another goes ahead", set(re.findall(r"^\d+ (\w+) ", got, re.M)), {"sent"})
    got = tool(f"smtp://localhost:{server.port}", "try=1", "starttls=required", *login(), env={"SSL_CERT_FILE": "/nulle/part.pem"})
    check("no list there", "/nulle/part.pem" in got and "ca_file" in got, got)


def list_changes():
    """What was narrowed is worth nothing once the list is another: the authority is taken off it between two connections."""
    long_list, without = certificates.bundle("changing.pem", "ca"), certificates.bundle("without.pem", "other_ca")
    script = os.path.join(tmp, "coupe")
    with open(script, "w", encoding="utf-8") as file:
        file.write("MAIL x1 /essai\\.1\\b/ 421 4.4.2 idle too long\n")
    server = Witness("changing", *certificates.server("good"), "--delay-dot-ms", "700", "--reply-script", script)
    process = subprocess.Popen([TOOL, f"smtp://localhost:{server.port}", "2", "1", "starttls=required", *login()], text=True,
                               env={**os.environ, "SSL_CERT_FILE": long_list}, stdout=subprocess.PIPE)
    check("the first message is under way", until(lambda: b"DATA" in server.heard("tls")))
    os.rename(without, long_list)
    got = process.communicate(timeout=30)[0]
    same("sent before the list changed, refused afterwards", re.findall(r"^\d+ (\w+) ", got, re.M), ["sent", "relay"])
    check("… for the right reason", "aucune autorité connue" in got, got)


def two_faces():
    """One name, two servers, each with its own authority: what the first needed does not vouch for the second, the whole list does."""
    long_list = certificates.bundle("both.pem", "ca", "other_ca")
    fronts = [Witness("face 1", *certificates.server("good"), "--delay-dot-ms", "60"), Witness("face 2", *certificates.server("unknown_ca"))]
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve():
        for number in range(1000):
            try:
                near = listener.accept()[0]
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", fronts[number > 0].port))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    got = subprocess.run([TOOL, f"smtp://localhost:{listener.getsockname()[1]}", "60", "4", "starttls=required", "quiet=1", *login()],
                         env={**os.environ, "SSL_CERT_FILE": long_list}, capture_output=True, text=True, timeout=60, check=False).stdout
    listener.close()
    same("two servers behind one name: all sent", sum(len(front.accepted()) for front in fronts), 60)
    check("… by both", all(front.accepted() for front in fronts), got)


def whole_program():
    bed = Bed("tls", [absolute("v1", "20251215")], plain(METRO[:3]))
    for name, options, said in (("expired", certificates.server("expired"), "il a expiré"), ("stripped", (), "n'offre pas STARTTLS"),
                                ("injected", certificates.server("good") + ("--inject", INJECTED), "ne s'interpose")):
        server = Witness(f"programme, {name}", *options)
        bed.configure(f"[smtp]\nurl = smtp://localhost:{server.port}\nstarttls = required\nca_file = {CA}\nusername = relais\n"
                      f"password_file = {os.path.join(tmp, 'mot')}")
        done = bed.send(want=(2,))
        check(f"send: {name}: told at error level, and why", re.search(rf"^\S+ error send: relay smtp refuses us.*{said}", done.stderr, re.M) and said in done.stderr.splitlines()[-1], done.stderr)
        checked = bed("check", want=(2,), clock=False)
        check(f"check: {name}: shown", re.search(rf"failed +serveur d'envoi.*{said}", checked.stdout), checked.stdout)
        same(f"… {name}: all wait, none is charged", bed.rows("SELECT COUNT(*), MAX(attempts) FROM delivery WHERE state = 0"), [(3, 0)])
        nothing_leaked(f"send: {name}", server, done.stderr, done.stdout, checked.stdout)
    server = Witness("programme, bon", *certificates.server("good"))
    bed.configure(f"[smtp]\nurl = smtp://localhost:{server.port}")
    bed.send()
    same("then a server in order: all sent", len(server.accepted()), 3)
    with open(bed.path("relais.db"), "rb") as store:
        check("the secret is not in the database", SECRET.encode() not in store.read())


run([refused_certificates, stripped, auth_only_before_tls, good, system_authorities, list_changes, two_faces, whole_program])
