#!/usr/bin/env python3
"""AUTH: each mechanism against a server that verifies it, what is refused and how that is told, tokens that expire, secrets that
stay where they belong."""
import base64
import hashlib
import hmac
import os
import re
import shutil
import subprocess
import threading
import time

import smtp_auth
from certificates import Certificates
from send_bed import METRO, Bed, Server, absolute, check, plain, run, same, tmp
from tap import BUILD, skip_all

TOOL = os.path.join(BUILD, "tests", "tool_sender")
USER, SECRET, OLD, FRESH = "relais@amf.example", "sésame, ouvre-toi", "ya29.ancien-jeton_0123456789", "ya29.nouveau-jeton_9876543210"
if not shutil.which("openssl") or not os.access(TOOL, os.X_OK):
    skip_all(f"openssl and {TOOL} are needed")
certificates = Certificates(os.path.join(tmp, "certificats"))
TLS = ("starttls=required", "ca=" + certificates.path("ca.pem"))


def write(name, text, mode=0o600):
    path = os.path.join(tmp, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def replace(path, text):
    """As whoever renews a token should: nobody ever reads half of it."""
    os.rename(write("replacement", text, os.stat(path).st_mode & 0o777), path)


PASSWORD = write("mot-de-passe", SECRET + "\n")
SERVER_TOKEN = write("jeton-du-serveur", FRESH + "\n")


class Judge(Server):
    number = 0

    def __init__(self, mechanisms, *options):
        Judge.number += 1
        folder = os.path.join(tmp, f"serveur{Judge.number}")
        os.makedirs(folder)
        self.heard_path = os.path.join(folder, "heard")
        super().__init__(folder, *certificates.server("good"), "--user", USER, "--password-file", PASSWORD, "--token-file", SERVER_TOKEN,
                         "--auth", mechanisms, "--transcript", self.heard_path, *options)
        self.url = f"smtp://localhost:{self.port}"

    def chosen(self):
        with open(self.heard_path, "rb") as file:
            return [line.split()[2].decode() for line in file if line.startswith(b"tls AUTH ")]


def tool(server, *words, count=1):
    done = subprocess.run([TOOL, server.url, str(count), "2", f"user={USER}", *TLS, *words], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def ends(said):
    return re.findall(r"^\d+ (\w+) ", said, re.M)


def no_secret(label, *said):
    shapes = [shape for secret in (SECRET, OLD, FRESH) for shape in (secret, base64.b64encode(secret.encode()).decode().rstrip("="),
              base64.b64encode(f"\0{USER}\0{secret}".encode()).decode().rstrip("="))]
    check(f"{label}: no secret in words", not any(shape in text for shape in shapes for text in said), *said)


def mechanisms():
    for mechanism, words in (("PLAIN", ("auth=plain",)), ("LOGIN", ("auth=login",)), ("CRAM-MD5", ("auth=cram-md5",)), ("PLAIN", ()), ("LOGIN", ()),
                             ("CRAM-MD5", ())):
        server = Judge(mechanism)
        got = tool(server, f"password={SECRET}", *words)
        same(f"{mechanism} {' '.join(words) or 'auth=auto'}: verified", (ends(got), server.chosen()), (["sent"], [mechanism]))
        got = tool(server, "try=1", "password=pas-le-bon", *words)
        check(f"{mechanism} {' '.join(words)}: another password is refused, and said so", re.search(r"^SMTP_LOGIN .*« 535 5\.7\.8 .*password_file", got), got)
    token = write("jeton", FRESH + "\n")
    for mechanism, words in (("XOAUTH2", ("auth=xoauth2",)), ("OAUTHBEARER", ("auth=oauthbearer",)), ("XOAUTH2", ()), ("OAUTHBEARER", ())):
        server = Judge(mechanism)
        got = tool(server, f"token_file={token}", *words)
        same(f"{mechanism} {' '.join(words) or 'auth=auto'}: verified", (ends(got), server.chosen()), (["sent"], [mechanism]))
    server = Judge("GSSAPI NTLM DIGEST-MD5 EXTERNAL LOGIN PLAIN CRAM-MD5")
    same("auto: not what cannot work, the best of the rest", (ends(tool(server, f"password={SECRET}")), server.chosen()), (["sent"], ["CRAM-MD5"]))
    server = Judge("PLAIN LOGIN XOAUTH2")
    same("a token is no password", (ends(tool(server, f"token_file={token}")), server.chosen()), (["sent"], ["XOAUTH2"]))


def scram():
    """The server's side is judged here, for libcurl may not have the client's."""
    account = smtp_auth.Account(USER, PASSWORD, None)
    for password, want in ((SECRET, True), ("faux", False)):
        bare = b"n=" + USER.encode() + b",r=abcdef"
        judge = smtp_auth.scram_sha_256(account, b"n,," + bare)
        challenge = next(judge)
        fields = dict(part.split(b"=", 1) for part in challenge.split(b","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields[b"s"]), int(fields[b"i"]))
        key, final = hmac.new(salted, b"Client Key", "sha256").digest(), b"c=biws,r=" + fields[b"r"]
        signature = hmac.new(hashlib.sha256(key).digest(), bare + b"," + challenge + b"," + final, "sha256").digest()
        try:
            judge.send(final + b",p=" + base64.b64encode(bytes(a ^ b for a, b in zip(key, signature))))
            judge.send(b"")
        except StopIteration as end:
            same(f"SCRAM-SHA-256 as the server judges it, {password == SECRET}", end.value, want)
    server = Judge("SCRAM-SHA-256 PLAIN")
    got = tool(server, f"password={SECRET}", "auth=scram-sha-256")
    if "GSASL" in got:
        check("SCRAM-SHA-256: this libcurl lacks it, and that is said with the remedy", re.search(r"SMTP_AUTH .*auth = auto", got), got)
        same("… before anything is said", server.chosen(), [])
    else:
        same("SCRAM-SHA-256: verified", (ends(got), server.chosen()), (["sent"], ["SCRAM-SHA-256"]))


def refused():
    server = Judge("PLAIN LOGIN")
    got = tool(server, "try=1", f"password={SECRET}", "auth=cram-md5")
    check("a mechanism not offered: said, with what is", re.search(r"^SMTP_LOGIN .*il offre : PLAIN LOGIN.*\[smtp\] auth", got), got)
    same("… and nothing was tried", server.chosen(), [])
    got += tool(server, "try=1", f"password={SECRET}", "auth=xoauth2")
    check("a token mechanism without a token", re.search(r"^SMTP_AUTH .*token_file", got, re.M), got)
    got += tool(server, "try=1", f"token_file={write('jeton', FRESH)}", "auth=plain")
    check("a password mechanism with a token", "remplacez le jeton par password_file" in got, got)
    echo = Judge("PLAIN LOGIN", "--auth-says",
                 f"what is {SECRET} or {base64.b64encode(SECRET.encode()).decode()} or {base64.b64encode(f'{chr(0)}{USER}{chr(0)}{SECRET}'.encode()).decode()}")
    replace(PASSWORD, "le mot du serveur")
    for mechanism in ("plain", "login"):
        said = tool(echo, "try=1", f"password={SECRET}", f"auth={mechanism}") + tool(echo, f"password={SECRET}", f"auth={mechanism}")
        check("a server that repeats what it was given: its words without that", "what is … or … or …" in said, said)
        no_secret(f"… {mechanism}", said)
    replace(PASSWORD, SECRET)
    later = Judge("PLAIN", "--reply-script", write("script", "AUTH x2 /./ 454 4.7.0 Temporary authentication failure\n"))
    said = tool(later, "try=1", f"password={SECRET}")
    check("454: not the password's fault", re.search(r"^SMTP_LOGIN_LATER .*454 4\.7\.0.*n'est pas en cause", said), said)
    same("… nobody's delivery's either", ends(tool(later, f"password={SECRET}")), ["relay"])
    same("… and later it works", ends(tool(later, f"password={SECRET}")), ["sent"])
    no_secret("refused", got, said)


def token_files():
    token = write("jeton", OLD + "\n")
    server = Judge("XOAUTH2")
    got = tool(server, f"token_file={token}")
    check("an expired token: the relay's fault, and said", ends(got) == ["relay"] and re.search(r"trouble: .*refuse l'identifiant ou le jeton.*token_file", got), got)
    same("… tried once: the file says nothing else", server.chosen(), ["XOAUTH2"])
    replace(token, FRESH + "\n")
    same("the file renewed: sent", ends(tool(server, f"token_file={token}")), ["sent"])
    no_secret("a token from a file", got)
    for label, text, mode, said in (("others can read", FRESH, 0o644, "chmod 600"), ("is empty", "\n", 0o600, "ne contient rien"),
                                    ("holds a blank", "deux mots", 0o600, "blanc"), ("is too long", "x" * 20000, 0o600, "16384 octets")):
        got = tool(server, "try=1", f"token_file={write('mauvais', text, mode)}")
        check(f"a token file that {label}: refused with the remedy", said in got and "[smtp] token_file" in got, got)
    got = tool(server, "try=1", "token_file=/nulle/part")
    check("no token file", "/nulle/part" in got and "[smtp] token_file" in got, got)


def token_commands():
    token, runs = write("jeton-de-la-commande", FRESH), os.path.join(tmp, "runs")
    command = write("donne-jeton", f"#!/bin/sh\necho \"$*\" >>{runs}\ncat {token}\n", 0o700)
    server = Judge("XOAUTH2")
    got = tool(server, f"token_command={command} --scope  smtp", count=30)
    same("a command's token, over more lines than one", set(ends(got)), {"sent"})
    with open(runs, encoding="utf-8") as file:
        same("… it ran once, its words as they are", file.read(), "--scope smtp\n")
    for label, text, said in (("fails", "echo jeton-a-moitie; echo 'service absent' >&2; exit 3", r"par le code 3 : « service absent »"),
                              ("says nothing", "exit 0", "ne contient rien"), ("is killed", "kill -9 $$", "signal 9")):
        bad = write("mauvaise", f"#!/bin/sh\n{text}\n", 0o700)
        got = tool(server, "try=1", f"token_command={bad}")
        check(f"a command that {label}", re.search(r"\[smtp\] token_command.*" + said, got) and "moitie" not in got, got)
    slow = write("lente", "#!/bin/sh\nsleep 50\n", 0o700)
    begun = time.monotonic()
    got = tool(server, "try=1", f"token_command={slow}", "connect_ms=600")
    check("a command that is slow holds up nothing for longer than a connection may take", "SMTP_TIMEOUT" in got and time.monotonic() - begun < 10, got)
    check("… and is ended with us", not subprocess.run(["pgrep", "-f", slow], capture_output=True, check=False).stdout)
    for words, said in (("donne-jeton", "chemin complet"), ("/nulle/part", "ne peut être lancé"), ("/bin/echo" + " x" * 40, "32 mots")):
        got = tool(server, "try=1", f"token_command={words}")
        check(f"token_command = {words[:20]}: refused", said in got and "[smtp] token_command" in got, got)


def token_expires():
    """The line is lost after its first message; the next one's log-in finds the token expired, and the command gives a fresh one."""
    replace(SERVER_TOKEN, OLD)
    token = write("jeton-qui-change", OLD)
    command = write("jeton-frais", f"#!/bin/sh\ncat {token}\n", 0o700)
    server = Judge("XOAUTH2", "--delay-dot-ms", "2300", "--reply-script", write("script2", "MAIL x1 /essai\\.1\\b/ 421 4.4.2 idle too long\n"))

    def expire():
        while not server.accepted() and time.monotonic() < end:
            if b"tls DATA" in open(server.heard_path, "rb").read():
                replace(SERVER_TOKEN, FRESH)
                return replace(token, FRESH)
            time.sleep(0.02)

    end = time.monotonic() + 20
    thread = threading.Thread(target=expire)
    thread.start()
    got = subprocess.run([TOOL, server.url, "2", "1", f"user={USER}", *TLS, f"token_command={command}", "dot_ms=9000"], capture_output=True, text=True,
                         timeout=60, check=False).stdout
    thread.join()
    same("an expired token is replaced without anybody noticing", (ends(got), server.chosen()), (["sent", "sent"], ["XOAUTH2"] * 3))
    no_secret("… and without saying either", got)


def whole_program():
    bed = Bed("auth", [absolute("v1", "20251215")], plain(METRO[:3]))
    server = Judge("XOAUTH2 PLAIN")
    base = (f"[smtp]\nurl = {server.url}\nstarttls = required\nca_file = {certificates.path('ca.pem')}\nusername = {USER}\n"
            "password_file =\ntoken_file =\ntoken_command =\nauth = auto\n")
    wrong = write("faux", "pas-le-bon")
    token = write("jeton", FRESH)
    for label, lines, said in (("two things to log in with", f"password_file = {PASSWORD}\ntoken_file = {token}", "l'un de"),
                               ("nothing to log in with", "", "username sans mot de passe"),
                               ("nobody to log in", f"username =\ntoken_file = {token}", "username est vide"),
                               ("a password others can read", f"password_file = {write('ouvert', SECRET, 0o640)}", "chmod 600"),
                               ("a wrong password", f"password_file = {wrong}", "535 5.7.8"),
                               ("a mechanism without what it needs", f"password_file = {PASSWORD}\nauth = xoauth2", "token_command")):
        bed.configure(base + lines)
        checked = bed("check", want=(2,), clock=False)
        done = bed.send(want=(2,))
        check(f"{label}: check shows it, send says it", said in checked.stdout and said in done.stderr, checked.stdout, done.stderr)
        no_secret(label, checked.stdout, checked.stderr, done.stdout, done.stderr)
    bed.configure(base + f"auth = xoauth2\ntoken_command = /bin/cat {token}")
    check("check with a token from a command", "ok       serveur d'envoi" in bed("check", want=(0, 1), clock=False).stdout)
    bed.send()
    same("send with one", len(server.accepted()), 3)
    bed.configure("[smtp]\nauth = kerberos")
    check("an unknown way to log in", "cram-md5" in bed("check", want=(2,), clock=False).stderr)
    stored = b"".join(open(bed.path(name), "rb").read() for name in os.listdir(bed.folder) if name.startswith("relais.db"))
    check("no secret in the database", not any(one.encode() in stored for one in (SECRET, FRESH, "pas-le-bon")))


run([mechanisms, scram, refused, token_files, token_commands, token_expires, whole_program])
