#!/usr/bin/env python3
"""The nine French messages judged by SpamAssassin with its local rules, no network: each scores less than 1.0. Optional: skips
where it (package spamassassin) is not installed."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import check, finish, skip_all

BUILD = os.environ.get("BUILD", "build")
MOST = 1.0
# As it lies in the recipient's mailbox: it came over the Internet from a relay that has a name (documentation's own addresses are held against a message).
ARRIVED = (b"Return-Path: <retour+abc@amf.example>\r\n"
           b"Received: from relais.amf.example (relais.amf.example [81.2.69.142])\r\n\tby mx.brest.example (Postfix) with ESMTPS id 4XYZ12\r\n"
           b"\tfor <mairie@brest.example>; Fri, 16 Jan 2026 09:30:05 +0100 (CET)\r\n")
if not shutil.which("spamassassin"):
    skip_all("spamassassin absent : apt-get install spamassassin")
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([f"{BUILD}/tests/tool_french", folder], check=True)
    messages = sorted(glob.glob(f"{folder}/*.eml"))
    check("nine messages", len(messages) == 9, messages)
    for path in messages:
        with open(path, "rb") as message:
            said = subprocess.run(["spamassassin", "-L", "-t"], input=ARRIVED + message.read(), capture_output=True,
                                  env={**os.environ, "HOME": folder}, timeout=180, check=False).stdout.decode("utf-8", "replace")
        score = re.search(r"^X-Spam-Status:.*?score=(-?[0-9.]+).*?tests=([^ ]*(?:\s+[A-Z_,0-9]+)*)", said, re.M | re.S)
        value = float(score.group(1)) if score else 99.0
        check(f"{os.path.basename(path)}: {value}", value < MOST, said[:3000])
        rules = " ".join(score.group(2).split()) if score else "?"
        print(f"# {rules}")
finish()
