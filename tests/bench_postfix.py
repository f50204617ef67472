#!/usr/bin/env python3
"""The whole sender to a real Postfix that discards what it takes, in clear and over STARTTLS, beside smtp-source in clear.
bench_postfix.py [PAIRS] [MESSAGES]. Needs root and Postfix; otherwise it skips and says so."""
import os
import resource
import signal
import subprocess
import sys
import tempfile

sys.argv[1:] = (sys.argv[1:] + ["3", "5000"][len(sys.argv) - 1:])[:2] # bench_send reads them too
import bench_send  # noqa: E402
from certificates import Certificates

HERE = os.path.dirname(os.path.abspath(__file__))
BED = os.path.join(HERE, "postfix_bed.sh")


def change(place, authority):
    """The bed as it is, but nothing goes any further, and TLS is offered."""
    certificate, key = authority.path("good.pem"), authority.path("good.key")
    with open(os.path.join(place, "etc", "main.cf"), "a", encoding="utf-8") as file:
        file.write(f"default_transport = discard:\nsmtpd_tls_security_level = may\nsmtpd_tls_cert_file = {certificate}\nsmtpd_tls_key_file = {key}\n"
                   "smtpd_tls_received_header = no\nsmtpd_tls_loglevel = 0\n")
    with open(os.path.join(place, "etc", "master.cf"), "a", encoding="utf-8") as file:
        file.write("discard unix - - n - - discard\ntlsmgr unix - - n 1000? 1 tlsmgr\n")
    with open(os.path.join(place, "queue", "pid", "master.pid"), encoding="ascii") as file:
        os.kill(int(file.read()), signal.SIGHUP)


def main():
    with tempfile.TemporaryDirectory(prefix="relais-bench-", dir="/tmp") as folder:
        os.chmod(folder, 0o711)
        place = os.path.join(folder, "postfix")
        begun = subprocess.run(["sh", BED, "start", place, "--quiet"], check=False)
        if begun.returncode:
            return print(f"{'all in, to a real Postfix':54} skipped: it does not run here")
        try:
            authority = Certificates(folder)
            change(place, authority)
            with open(os.path.join(place, "port"), encoding="ascii") as file:
                port = int(file.read())
            prepared = bench_send.planned(folder, bench_send.MESSAGES)
            source = lambda: bench_send.smtp_source(port)
            # To one address again and again, Postfix need not look it up: -N gives each message another, as ours have.
            numbered = lambda: bench_send.smtp_source(port, more=["-N"])
            bench_send.pairs("all in, to a real Postfix, beside smtp-source -d", lambda: bench_send.send(prepared, port)[0], source, "0.9")
            bench_send.pairs("… beside smtp-source -d -N, another address each", lambda: bench_send.send(prepared, port)[0], numbered, "0.9")
            tls = f"starttls = required\nca_file = {authority.path('ca.pem')}\nurl = smtp://localhost:{port}"
            bench_send.pairs("the same over STARTTLS, beside smtp-source in clear", lambda: bench_send.send(prepared, port, more=tls)[0], source, "0.9")
            bench_send.pairs("… beside smtp-source -d -N in clear", lambda: bench_send.send(prepared, port, more=tls)[0], numbered, "0.9")
        finally:
            subprocess.run(["sh", BED, "stop", place], check=False)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
