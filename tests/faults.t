#!/usr/bin/env python3
"""Thirteen states of the dialogue, seven ways to go wrong, in clear and over TLS: what the sender makes of each. In doubt only what had
its final dot on the wire and no answer; nobody else suffers; each message ends once; what is counted sent is what was taken."""
import concurrent.futures
import os
import re
import ssl
import subprocess
import sys
import tempfile
import time

from certificates import Certificates
from fault_server import FAULTS, STATES, FaultServer
from tap import check, finish, same

TOOL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), os.environ.get("BUILD", "build"), "tests", "tool_sender")
MESSAGES, CONNECTIONS = 12, 3
LOST = ("rst", "fin", "silence", "drip")
OPENING = ("greeting", "ehlo", "starttls", "auth", "ehlo again")
# What the one message may come to that was there when the server went wrong; the others are sent. Where it says "sent" too, the
# sender may take another line for it: it had not begun, or the line was an old one.
WANT = {
    "mail": {"4yz": "retry", "5yz": "relay", "421": "slow sent", "lost": "retry sent"},
    "rcpt": {"4yz": "retry", "5yz": "fail", "421": "slow", "lost": "retry"}, # 4.3.2 is about the server, not the domain
    "data": {"4yz": "retry", "5yz": "fail", "421": "slow", "lost": "retry"},
    "body": {"4yz": "retry", "5yz": "fail", "421": "slow", "lost": "retry"},
    "dot": {"4yz": "retry", "5yz": "fail", "421": "slow", "lost": "doubt"},
    "rset": {"4yz": "retry sent", "5yz": "retry sent", "421": "slow sent", "lost": "retry sent"},
    # Where the next MAIL is on its way already, what nobody asked for is taken for its answer.
    "idle": {"4yz": "retry sent", "5yz": "relay sent", "421": "slow sent", "lost": "sent"},
    "quit": {"4yz": "sent", "5yz": "sent", "421": "sent", "lost": "sent"},
}
# Where no line opens nobody's recipient is at fault, and nothing was sent: it is the relay's trouble, or it wants fewer of us. Where
# another line does, it may do all of it.
SHUT = {"4yz": "relay", "5yz": "relay", "421": "slow", "lost": "relay"}
for one in OPENING:
    WANT[one] = {key: "sent " + verdict for key, verdict in SHUT.items()}


def timeout_ms(state):
    """Sixteen megabytes take longer than seven tenths of a second where other tests run beside."""
    return 3500 if state == "body" else 700


def wanted(state, fault):
    return WANT[state]["lost" if fault in LOST else fault].split()


def run_cell(state, fault, context, ca, always=False):
    server = FaultServer(state, fault, context, always)
    body = state == "body"
    count, lines = (2, 1) if body or always else (MESSAGES, CONNECTIONS)
    to = "inconnu%d@a.test,u%d@a.test" if state == "rset" else "u%d@a.test"
    begun = time.monotonic()
    done = subprocess.run([TOOL, f"smtp://localhost:{server.port}", str(count), str(lines), f"to={to}", f"size={16000000 if body else 3000}",
                           f"starttls={'required' if context else 'off'}", f"ca={ca if context else ''}", f"reply_ms={timeout_ms(state)}",
                           f"dot_ms={timeout_ms(state)}", f"greeting_ms={timeout_ms(state)}", "connect_ms=3000",
                           *(("user=relais", "password=sesame-ouvre") if state == "auth" else ())],
                          capture_output=True, text=True, timeout=60, check=False)
    took = time.monotonic() - begun
    time.sleep(0.05)
    server.close()
    ends = re.findall(r"^(\d+) (\S+) «(.*?)» (\d+)", done.stdout, re.M)
    return server, ends, count, took, done


def judge(label, state, fault, cell):
    server, ends, count, took, done = cell
    faults, numbers = [], [number for number, *_ in ends]
    verdicts = [verdict for _, verdict, *_ in ends if not (state == "rset" and verdict == "dead")]
    others = [verdict for verdict in verdicts if verdict != "sent"]
    if done.returncode not in (0, 1) or sorted(map(int, numbers)) != list(range(count)):
        faults.append(f"each ends once: exit {done.returncode}, {numbers}, {done.stderr[-200:]}")
    if not server.struck and not (state == "idle" and fault in ("silence", "drip")) and state != "quit":
        faults.append("the server never came to that state")
    if state in OPENING:
        if not set(verdicts) <= set(wanted(state, fault)):
            faults.append(f"ends {sorted(set(verdicts))}")
    elif len(others) > 1 or not set(others) <= set(wanted(state, fault)) or (not others and "sent" not in wanted(state, fault)):
        faults.append(f"the one struck ends as {others}, wanted {wanted(state, fault)}")
    doubts = [(phase, code) for _, verdict, phase, code in ends if verdict == "doubt"]
    if any(phase != "end of DATA" or code != "0" for phase, code in doubts) or (doubts and state != "dot"):
        faults.append(f"in doubt: {doubts}")
    if verdicts.count("sent") + len(doubts) != len(server.accepted) or len(set(server.accepted)) != len(server.accepted):
        faults.append(f"sent {verdicts.count('sent')}, in doubt {len(doubts)}, taken {len(server.accepted)}")
    if took > 0.7 + 5 + 2 * timeout_ms(state) / 1000 + (4 if state == "body" else 0) + (3 if state in OPENING else 0):
        faults.append(f"took {took:.1f} s")
    return f"{label}: " + "; ".join(faults) if faults else ""


def judge_shut(label, state, fault, tls, cell):
    """Every line fails so: all end, at once, as the relay's trouble. But whoever refuses EHLO in clear is said HELO."""
    server, ends, count, took, _ = cell
    want = "sent" if state == "ehlo" and fault in ("4yz", "5yz") and not tls else SHUT["lost" if fault in LOST else fault]
    taken = len(server.accepted) == (count if want == "sent" else 0)
    good = [verdict for _, verdict, *_ in ends] == [want] * count and server.struck and taken and took < 0.7 + 5 + 2 * timeout_ms("") / 1000
    return "" if good else f"{label}: wanted {want}, {ends}, {took:.1f} s"


def main():
    if not os.path.exists(TOOL):
        sys.exit(f"{TOOL} is not built")
    with tempfile.TemporaryDirectory(prefix="relais-pannes.") as folder:
        certificates = Certificates(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.path("good.pem"), certificates.path("good.key"))
        cells = [(state, fault, tls) for state in STATES for fault in FAULTS for tls in (False, True) if tls or state != "starttls"]
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            runs = {cell: pool.submit(run_cell, cell[0], cell[1], context if cell[2] else None, certificates.path("ca.pem")) for cell in cells}
            for state in STATES:
                wrong = [judge(f"{fault}{' over TLS' if tls else ''}", state, fault, runs[state, fault, tls].result())
                         for of, fault, tls in cells if of == state]
                check(f"{state}: {len(wrong)} ways to go wrong", not any(wrong), "\n# ".join(filter(None, wrong)))
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            shut = {cell: pool.submit(run_cell, cell[0], cell[1], context if cell[2] else None, certificates.path("ca.pem"), True)
                    for cell in cells if cell[0] in OPENING}
            wrong = [judge_shut(" ".join(map(str, cell)), *cell, run.result()) for cell, run in shut.items()]
        check(f"always so while a line opens: {len(wrong)} ways", not any(wrong), "\n# ".join(filter(None, wrong)))
        same("cells", len(cells), len(STATES) * len(FAULTS) * 2 - len(FAULTS))
    finish()


main()
