#!/usr/bin/env python3
"""A server that answers pipelined commands in two writes, as Postfix does: the second waits in its system until the first is acknowledged
(Nagle), and ours acknowledges late what it has nothing to answer to. So it is asked to do it at once. The system calls are the judge."""
import os
import re
import shutil
import socket
import subprocess
import threading
import time

from send_bed import ALL, Bed, absolute, check, plain, run, same

CALLS = "trace=recvfrom,sendto,setsockopt"
LINE = re.compile(r"^\d+ +(\w+)\((\d+), (.*)$")


class InTwoWrites:
    """Takes every message. The answer to a dot leaves by itself, those to the commands behind it a moment later."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.taken = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(link,), daemon=True).start()

    def talk(self, link):
        link.sendall(b"220 mx.serveur.test\r\n")
        waiting, body = b"", False
        while data := link.recv(65536):
            waiting += data
            while True:
                end = waiting.find(b"\r\n.\r\n" if body else b"\r\n")
                if end < 0:
                    break
                line, waiting = waiting[:end], waiting[end + (5 if body else 2):]
                if body:
                    body, self.taken = False, self.taken + 1
                    link.sendall(b"250 2.0.0 queued\r\n")
                    time.sleep(0.01)
                else:
                    body = line.startswith(b"DATA")
                    link.sendall(b"354 go on\r\n" if body else b"250-mx\r\n250 PIPELINING\r\n" if line.startswith(b"EHLO") else b"250 2.1.0 ok\r\n")


def in_two_writes():
    codes = ALL["29"][:12]
    bed, server = Bed("deux", [absolute("vague", "20251215")], plain(codes)), InTwoWrites()
    bed.configure(f"[smtp]\nurl = smtp://127.0.0.1:{server.port}\nstarttls = off\nconnections = 1")
    trace = bed.path("appels")
    done = subprocess.run(["strace", "-f", "-s", "400", "-e", CALLS, "-o", trace, *bed.command("send", "--until-idle")],
                          capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    same("all have been taken", (done.returncode, server.taken), (0, len(codes)))
    late = []
    with open(trace, encoding="utf-8", errors="replace") as file:
        calls = [found.groups() for found in map(LINE.match, file) if found]
    # Behind the last message's dot stands nothing, so nothing more is due.
    halves = [at for at, (name, _, rest) in enumerate(calls) if name == "recvfrom" and "2.0.0 queued" in rest][:-1]
    halves = [at for at in halves if "354" not in calls[at][2]]
    for at in halves:
        _, line, rest = calls[at]
        next_one = next(((other, what) for other, number, what in calls[at + 1:] if number == line), ("", ""))
        if next_one[0] != "setsockopt" or "TCP_QUICKACK" not in next_one[1]:
            late.append((rest, next_one))
    check("answers to dots came by themselves", len(halves) >= len(codes) // 2, halves)
    same("each was acknowledged at once, for more was due", late, [])
    server.listener.close()


if shutil.which("strace") and not subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False, capture_output=True).returncode:
    run((in_two_writes,))
else:
    print("1..0 # SKIP strace is not installed, or may not trace here")
