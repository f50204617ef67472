#!/usr/bin/env python3
"""Returns read over IMAP from a scripted server that misbehaves in every way one does. What must hold: no credential leaves before the certificate is verified,
no server costs more than bounded memory and time, no source keeps the others from being read. The server's transcript is the witness."""
import base64
import os
import re
import socket
import time

from certificates import Certificates
from imap_bed import Bed, letter, peak_kb, until
from imap_server import ImapServer
from tap import SANITIZED, check, finish, same, skip_unless_built

PASSWORD = 'mot "de" pa\\sse é'
TOKEN = "ya29.jeton-de-l-essai"
RSS_KB = 40000 if not SANITIZED else 2000000

skip_unless_built()
bed = Bed()
certificates = Certificates(bed.path("cert"))
CA = certificates.path("ca.pem")
bed.secret("mdp", PASSWORD)


def source(url, **more):
    return {"imap_url": url, "username": "retour", "password_file": "mdp", "ca_file": CA, "poll": "100ms", "reply_timeout": "3s", "connect_timeout": "2s", **more}


def server(messages=(), certificate="good", **more):
    return ImapServer(messages, certificates.path(certificate) if certificate else None, users={"retour": PASSWORD}, tokens={"retour": TOKEN}, **more)


def failed(answer, run, code):
    """A source in trouble: 2 when nothing could be read."""
    status, _, said, _ = run
    return check(f"{answer}: refused, said so", status == 2 and code in str(run[1]), run)


# -- certificates and STARTTLS: the server's transcript is the witness
def refused_before_log_in():
    for name, fault in (("other_host", "autre nom"), ("self_signed", "aucune autorité"), ("expired", "expiré"), ("unknown_ca", "aucune autorité")):
        for scheme in ("imaps", "imap"):
            other = server([letter(1)], name, implicit=scheme == "imaps", capabilities="IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR AUTH=XOAUTH2")
            for host in ("localhost", "0.0.0.0"):
                bed.configure(inbox=source(f"{scheme}://{host}:{other.port}"))
                run = bed.once()
                check(f"{scheme}, {host}, {name}: refused, and why", run[0] == 2 and "CERTIFICATE" in str(run[1]) and fault in str(run[1]), run)
            same(f"… nothing was said but the way to TLS", sorted(set(other.verbs())), [] if scheme == "imaps" else ["CAPABILITY", "STARTTLS"])
            other.close()
    same("nothing was stored", bed.counted()[0], 0)


def without_tls():
    cases = [("no STARTTLS there", {"certificate": None}, "IMAP_STARTTLS", ["CAPABILITY"]),
             ("PREAUTH in clear", {"greeting": b"* PREAUTH welcome\r\n"}, "PREAUTH", []),
             ("STARTTLS refused", {"capabilities": "IMAP4rev1 STARTTLS", "answers": {"STARTTLS": lambda c, tag, rest: c.say(f"{tag} NO not today") or True}}, "IMAP_STARTTLS", ["CAPABILITY", "STARTTLS"]),
             ("clear text injected behind STARTTLS", {"capabilities": "IMAP4rev1 STARTTLS", "after_starttls": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* PREAUTH x\r\n"}, "IMAP_STARTTLS|'TLS'",
              ["CAPABILITY", "STARTTLS"]),
             ("BYE", {"greeting": b"* BYE too busy\r\n"}, "too busy|IMAP", []), ("another protocol", {"greeting": b"220 mail.test ESMTP\r\n"}, "IMAP", [])]
    for label, more, code, verbs in cases:
        for mode in ("required", "opportunistic"):
            other = server([letter(1)], **more)
            bed.configure(inbox=source(f"imap://0.0.0.0:{other.port}", starttls=mode))
            run = bed.once()
            check(f"{label}, {mode}: refused", run[0] == 2 and re.search(code, str(run[1])), run)
            same("… no credential", [verb for verb in other.verbs() if verb not in verbs + ["LOGOUT"]], [])
            other.close()
    bed.configure(inbox=source("imap://imap.test", starttls="off"))
    run = bed.once()
    check("off to another machine: refused with its line", run[0] == 2 and "IMAP_CLEAR" in str(run[1]) and "relais.ini" in str(run[1]), run)
    other = server([letter(1)], certificate=None)
    bed.configure(inbox=source(f"imap://127.0.0.1:{other.port}", starttls="off"))
    run = bed.once()
    same("off to this machine is read", (run[0], bed.counted()), (0, (1, 1)))
    bed.forget()
    other.close()
    other = server([letter(1)], in_clear="IMAP4rev1 STARTTLS LOGINDISABLED", capabilities="IMAP4rev1 IDLE MOVE")
    bed.configure(inbox=source(f"imap://localhost:{other.port}"))
    run = bed.once()
    same("what was said in clear is forgotten: LOGIN works in the tunnel", (run[0], bed.counted()), (0, (1, 1)))
    same("… nothing but the way to it in clear", other.verbs("clear"), ["CAPABILITY", "STARTTLS"])
    bed.forget()
    other.close()


# -- logging in
def log_ins():
    other = server([letter(1)], implicit=True)
    url = f"imaps://localhost:{other.port}"
    bed.secret("faux", "pas-le-bon")
    bed.configure(inbox=source(url, password_file="faux"))
    failed("a wrong password", bed.once(), "IMAP_LOGIN")
    bed.configure(inbox=source(url, password_file="", token_file="jeton"))
    bed.secret("jeton", TOKEN)
    same("XOAUTH2 by a file", (bed.once()[0], bed.counted()), (0, (1, 1)))
    bed.secret("jeton", "perime")
    failed("a stale token", bed.once(), "IMAP_LOGIN")
    with open(bed.path("jeton.sh"), "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\ncat {bed.path('jeton')}\n")
    os.chmod(bed.path("jeton.sh"), 0o700)
    bed.secret("jeton", TOKEN)
    other.add(letter(2))
    bed.configure(inbox=source(url, password_file="", token_command=bed.path("jeton.sh")))
    role = bed.start()
    check("by a command", until(lambda: bed.counted()[0] == 2 and other.idlers, 15), bed.log())
    time.sleep(2.1)  # what was given a moment ago is not asked for again
    other.tokens["retour"] = TOKEN + "2"
    bed.secret("jeton", TOKEN + "2")
    other.add(letter(3))
    for connection in list(other.idlers):
        connection.line.shutdown(socket.SHUT_RDWR)
    check("a refused token is asked for anew", until(lambda: bed.counted()[0] == 3, 8), bed.log(), other.verbs())
    bed.stop(role)
    other.close()
    for label, more in (("login", {"capabilities": "IMAP4rev1 IDLE MOVE"}), ("plain", {})):
        other = server([letter(f"ident-{label}")], implicit=True, **more)
        bed.configure(inbox=source(f"imaps://localhost:{other.port}", auth=label))
        same(f"auth = {label}", bed.once()[0], 0)
        check("… was used", ("LOGIN" if label == "login" else "AUTHENTICATE") in other.verbs(), other.verbs())
        other.close()
    for keys, capabilities in (({"auth": "login"}, "IMAP4rev1"), ({}, "IMAP4rev1 SASL-IR AUTH=PLAIN"), ({"password_file": "", "token_file": "jeton"}, "IMAP4rev1 SASL-IR AUTH=XOAUTH2")):
        echo = lambda c, tag, rest: c.say(f"{tag} NO no such user, password or token: {rest}") or True
        other = server(implicit=True, capabilities=capabilities, answers={"LOGIN": echo, "AUTHENTICATE": echo})
        bed.configure(inbox=source(f"imaps://localhost:{other.port}", **keys))
        run = bed.once()
        leaked = [secret for secret in (PASSWORD, PASSWORD.replace("\\", "\\\\").replace('"', '\\"'), TOKEN, base64.b64encode(f"\0retour\0{PASSWORD}".encode()).decode(), "dXNlcj1yZXRvdXI")
                  if secret in run[2] + str(run[1]) or secret.replace("\\", "\\\\") in str(run[1])]
        check(f"{keys}: a server that repeats what it heard", run[0] == 2 and "IMAP_LOGIN" in str(run[1]) and not leaked, run, leaked)
        other.close()
    os.chmod(bed.path("mdp"), 0o644)
    bed.configure(inbox=source(url))
    failed("a password others can read", bed.once(), "SECRET_OPEN")
    os.chmod(bed.path("mdp"), 0o600)
    for keys, code in (({"username": ""}, "LOGIN"), ({"password_file": ""}, "LOGIN"), ({"auth": "xoauth2"}, "LOGIN"), ({"imap_url": "imaps://a:b@x.test"}, "IMAP_URL"),
                       ({"done_folder": "*"}, "BAD_SETTING"), ({"mbox": "x"}, "INBOX")):
        bed.configure(inbox={**source(url), **keys})
        run = bed.once()
        check(f"{keys}: refused with its line", run[0] == 2 and code in str(run[1]) and "relais.ini" in str(run[1]), run)
    with open(bed.path("relais.db"), "rb") as file:
        stored = file.read()
    check("no secret in the store", PASSWORD.encode() not in stored and TOKEN.encode() not in stored)
    check("nor in the log", PASSWORD not in bed.log() and TOKEN not in bed.log())
    bed.forget()


# -- servers that can do less
def leaving_without_move():
    for label, capabilities, left in (("UIDPLUS", "IMAP4rev1 UIDPLUS", 2), ("neither", "IMAP4rev1", 5)):
        other = server([letter(i) for i in range(4)], certificate=None, capabilities=capabilities)
        other.box[1][1].add("\\Deleted")
        other.add(b"")
        del other.box[-1]
        bed.configure(inbox=source(f"imap://127.0.0.1:{other.port}", starttls="off"))
        same(f"{label}: read, but for what is marked deleted", (bed.once()[0], bed.counted()), (0, (3, 3)))
        same("… a copy of each in the folder", sorted(one[0] for one in other.folders["Relais"]), [1, 3, 4])
        check("… never a plain EXPUNGE", "EXPUNGE" not in other.verbs() and "CLOSE" not in other.verbs(), other.verbs())
        same("… what others have marked is theirs", [one[0] for one in other.box], [2] if label == "UIDPLUS" else [1, 2, 3, 4])
        same("… and nothing comes twice", (bed.once()[1]["taken"], bed.once()[1]["seen_before"]), (0, 0))
        bed.forget()
        other.close()
    other = server([letter(1)], certificate=None, answers={"CREATE": lambda c, tag, rest: not rest.strip('"').startswith("INBOX.") and (c.say(f"{tag} NO below INBOX") or True)})
    bed.configure(inbox=source(f"imap://127.0.0.1:{other.port}", starttls="off"))
    same("a server that keeps folders below INBOX", (bed.once()[0], len(other.folders.get("INBOX.Relais", []))), (0, 1))
    bed.forget()
    other.close()
    other = server([letter(1), letter(2)], certificate=None, answers={"UID MOVE": lambda c, tag, rest: c.say(f"{tag} NO quota") or True})
    bed.configure(inbox=source(f"imap://127.0.0.1:{other.port}", starttls="off"))
    run = bed.once()
    same("what cannot be moved stays, counted, and is said", (run[0], bed.counted(), len(other.box), "IMAP_DONE_FOLDER" in str(run)), (2, (2, 2), 2, True))
    bed.forget()
    other.close()


def sizes():
    """Too large, sizes that lie, messages that vanish."""
    other = server([letter(1), letter(2, size=1500000), letter(3)], certificate=None)
    bed.configure(inbox=source(f"imap://127.0.0.1:{other.port}", starttls="off", max_megabytes=1))
    run = bed.once()
    same("too large: its beginning, unread; the others read", (run[0], bed.counted()[0], bed.rows("SELECT reason, LENGTH(raw) FROM inbound WHERE kind = 'unread'")),
         (1, 3, [("too-large", 1000000)]))
    same("… only its beginning was asked for", sum(b"<0.1000001>" in line for _, _, line in other.heard), 1)
    bed.forget()
    other.close()

    def lies(connection, tag, rest):
        if "SIZE" not in rest:
            return False
        for number, (uid, _, message) in enumerate(connection.server.box, 1):
            connection.say(f"* {number} FETCH (UID {uid} FLAGS () RFC822.SIZE {len(message) if uid != 2 else 10})")
        connection.say(f"{tag} OK done")
        return True
    other = server([letter(1), letter(2, size=300000), letter(3)], certificate=None, answers={"FETCH": lies})
    bed.configure(inbox=source(f"imap://127.0.0.1:{other.port}", starttls="off"))
    role = bed.start()
    check("a size that lies costs a new beginning, no message", until(lambda: bed.counted()[0] == 3 and not other.box, 15), bed.log(), bed.counted())
    bed.stop(role)
    same("… each whole", bed.rows("SELECT MAX(LENGTH(raw)) > 290000 FROM inbound"), [(1,)])
    bed.forget()
    other.close()

    def poison(connection, tag, rest):
        if "2" not in rest.split(" ")[0] and ":" not in rest.split(" ")[0]:
            return False
        connection.send(b"* 2 FETCH (UID 2 BODY[] {bad\r\n")
        return True
    other = server([letter(1), letter(2), letter(3)], certificate=None, answers={"UID FETCH": poison})
    bed.configure(inbox=source(f"imap://127.0.0.1:{other.port}", starttls="off", reply_timeout="500ms"))
    role = bed.start()
    check("a message the server stumbles over does not keep the others", until(lambda: bed.counted()[0] == 2, 20), bed.log(), other.heard[-20:])
    bed.stop(role)
    bed.forget()
    other.close()


# -- hostile servers
def hostile():
    bed.maildir("autre")
    listing = b"* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 100)\r\n"
    endless = lambda piece: lambda c, tag, rest: [c.send(piece) for _ in range(100000)] and True

    def slow(connection, tag, rest):
        while True:
            connection.send(b"* OK still here\r\n")
            time.sleep(0.05)
    cases = [("an endless greeting", {"greeting": b"* OK " + b"x" * 3000000}),
             ("an endless line", {"answers": {"CAPABILITY": endless(b"x" * 8192)}}),
             ("endless lines", {"answers": {"CAPABILITY": endless(b"* OK hello there\r\n" * 100)}}),
             ("endless EXISTS", {"answers": {"SELECT": endless(b"* 5 EXISTS\r\n" * 100)}}),
             ("a literal of 4 GB in the capabilities", {"answers": {"CAPABILITY": lambda c, tag, rest: c.send(b"* LIST () {4294967295}\r\n" + b"x" * 100000) or True}}),
             ("a literal of 2^64", {"answers": {"SELECT": lambda c, tag, rest: c.send(b"* LIST () {18446744073709551617}\r\nx") or True}}),
             ("a giant literal for a small message", {"answers": {"FETCH": lambda c, tag, rest: c.send(listing + f"{tag} OK done\r\n".encode()) or True,
                                                                   "UID FETCH": lambda c, tag, rest: c.send(b"* 1 FETCH (UID 1 BODY[] {2000000000}\r\n" + b"x" * 5000000) or True}}),
             ("more than was asked for", {"answers": {"FETCH": lambda c, tag, rest: c.send(listing + f"{tag} OK done\r\n".encode()) or True,
                                                      "UID FETCH": endless(b"* 1 FETCH (UID 1 BODY[] {100}\r\n" + b"x" * 100 + b")\r\n")}}),
             ("parentheses without end", {"answers": {"FETCH": lambda c, tag, rest: c.send(b"* 1 FETCH (BODY " + b"(" * 60000 + b"\r\n") or True}}),
             ("parentheses in many lines", {"answers": {"FETCH": endless(b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 400 + b")" * 400 + b")\r\n")}}),
             ("100,000 messages in answer to 1", {"answers": {"FETCH": endless(listing)}}),
             ("NULs", {"answers": {"SELECT": lambda c, tag, rest: c.send(b"\0" * 100000) or True}}),
             ("garbage", {"answers": {"SELECT": lambda c, tag, rest: c.send(bytes(range(256)) * 50 + b"\r\n") or True}}),
             ("4 billion messages", {"answers": {"SELECT": lambda c, tag, rest: c.say(f"* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n{tag} OK [READ-WRITE]") or True,
                                                 "FETCH": lambda c, tag, rest: c.say(f"{tag} OK done") or True}}),
             ("a word now and then", {"answers": {"SELECT": slow}}), ("silence", {"answers": {"SELECT": lambda c, tag, rest: time.sleep(30) or True}})]
    for number, (label, more) in enumerate(cases):
        other = server([letter(1)], certificate=None, **more)
        bed.configure(inbox={"maildir": "autre"}, imap=source(f"imap://127.0.0.1:{other.port}", starttls="off", reply_timeout="1s"))
        with open(bed.path("autre", "new", str(number)), "wb") as file:
            file.write(letter(f"autre{number}"))
        limit = 4 if not SANITIZED else 20
        if label == "4 billion messages": # it answers: a turn's listing at a time, until its time is over
            role = bed.start()
            good = until(lambda: bed.counted()[0] == number + 1, 8)
            time.sleep(0.5)
            check(f"{label}: the other source is read", good, bed.log())
            same("… and it stops when told", bed.stop(role), 0)
            check("… in bounded memory", bed.peak_kb < RSS_KB, bed.peak_kb)
        else:
            run = bed.once()
            check(f"{label}: exit 1, and said", run[0] == 1 and [one["outcome"] for one in run[1]["sources"]] == ["read", "failed"], run)
            check("… in time", run[3] < limit, run[3])
            same("… the other source was read", bed.counted()[0], number + 1)
        other.close()
    # Memory: what the role itself has had, over the worst of them.
    for label in ("an endless line", "a giant literal for a small message", "more than was asked for", "parentheses in many lines"):
        other = server([letter(1)], certificate=None, **dict(cases)[label])
        bed.configure(imap=source(f"imap://127.0.0.1:{other.port}", starttls="off", reply_timeout="1s"))
        role = bed.start()
        until(lambda: other.connections >= 3, 8)
        peak = peak_kb(role.pid)
        check(f"{label}: {peak} kB at most", 0 < peak < RSS_KB, peak, bed.log()[-500:])
        bed.stop(role)
        other.close()
    bed.forget()


# -- several sources
def in_trouble():
    for name in ("un", "deux"):
        bed.maildir(name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = probe.getsockname()[1]
    wrong = server([letter(1)], "expired", implicit=True)
    silent = socket.create_server(("127.0.0.1", 0))
    bed.configure(un={"maildir": "un", "poll": "100ms"}, mort=source(f"imaps://localhost:{dead}"), faux=source(f"imaps://localhost:{wrong.port}"),
                  muet=source(f"imaps://localhost:{silent.getsockname()[1]}", connect_timeout="500ms"), deux={"maildir": "deux", "poll": "100ms"}, absent={"maildir": "absent", "poll": "100ms"})
    role = bed.start()
    for i in range(4):
        for name in ("un", "deux"):
            with open(bed.path(name, "new", f"{i}"), "wb") as file:
                file.write(letter(f"{name}-{i}"))
        check(f"the others are read all the while ({i})", until(lambda: bed.counted()[0] == 2 * i + 2, 5), bed.log())
        time.sleep(0.4)
    bed.maildir("absent")
    with open(bed.path("absent", "new", "1"), "wb") as file:
        file.write(letter("absent"))
    check("what was not there is read when it is", until(lambda: bed.counted()[0] == 9, 15), bed.log())
    bed.stop(role)
    told = bed.log()
    for name in ("mort", "faux", "muet"):
        same(f"[inbox.{name}] is told of once", len(re.findall(rf"warning.*\[inbox\.{name}\]", told)), 1)
    check("who came round too", re.search(r"\[inbox\.absent\] can be read again", told), told)
    check("and tried again, less and less often", 2 <= wrong.connections <= 12, wrong.connections)
    same("without a credential", wrong.bytes_heard(), b"")
    run = bed.once()
    same("--once: 1, and each says how it went", (run[0], [one["outcome"] for one in run[1]["sources"]]), (1, ["read", "failed", "failed", "failed", "read", "read"]))
    silent.close()
    wrong.close()
    bed.forget()


def renumbered():
    """UIDVALIDITY changed twice, once in the middle of a selection; a restart of the server; IDLE renewed."""
    other = server([letter(1), letter(2)], certificate=None)
    bed.configure(inbox=source(f"imap://127.0.0.1:{other.port}", starttls="off", idle="1s", poll="1h"))
    role = bed.start()
    check("read", until(lambda: bed.counted()[0] == 2), bed.log())
    check("IDLE is renewed", until(lambda: other.verbs().count("IDLE") >= 3, 6), other.verbs())
    other.uidvalidity = 200
    for number, one in enumerate([letter(1), letter(2), letter(3)]):
        other.box.append([number + 1, set(), one])
    other.next_uid = 10
    other.answers["NOOP"] = other.answers["IDLE"] = lambda c, tag, rest: c.server.uidvalidity == 200 and (c.say(f"* OK [UIDVALIDITY 200] renumbered\r\n{tag} OK done") or c.server.answers.clear() or True)
    check("renumbered: begun again, only what is new is counted", until(lambda: bed.counted()[0] == 3 and not other.box, 10), bed.log(), other.verbs()[-20:])
    other.uidvalidity = 300
    for connection in list(other.idlers):
        connection.line.shutdown(socket.SHUT_RDWR)
    other.add(letter(1))
    other.add(letter(4))
    check("and once more, with the connection lost", until(lambda: bed.counted()[0] == 4 and not other.box, 10), bed.log())
    same("each once", bed.counted(), (4, 4))
    other.add(letter(5))
    check("IDLE wakes it still", until(lambda: bed.counted()[0] == 5, 8), bed.log())
    bed.stop(role)
    same("a lost connection is no trouble", len(re.findall(r"warning.*\[inbox\]", bed.log()[bed.log().rfind("renum"):])), len(re.findall(r"warning.*UIDVALIDITY", bed.log()[bed.log().rfind("renum"):])))
    bed.forget()
    other.close()


began = time.monotonic()


def lap(part):
    global began
    part()
    print(f'# {part.__name__}: {time.monotonic() - began:.1f} s')
    began = time.monotonic()


try:
    lap(refused_before_log_in)
    lap(without_tls)
    lap(log_ins)
    lap(leaving_without_move)
    lap(sizes)
    lap(hostile)
    lap(in_trouble)
    lap(renumbered)
finally:
    bed.close()
finish()
