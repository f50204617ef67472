#!/usr/bin/python3
"""Signed messages: both algorithms verified by dkimpy with the record that check prints, tampering noticed, keys that may not be used refused."""
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from campaign_bed import Bed, before, on
from tap import BUILD, RELAIS, check, finish, same, skip_unless_built
import dkim_judge

skip_unless_built()
if not dkim_judge.dkim:
    print("1..0 # skip python3-dkim and python3-nacl are not installed")
    sys.exit(0)


def make_key(path, *kind, mode=0o600):
    subprocess.run(["openssl", "genpkey", "-algorithm", *kind, "-out", path], check=True, capture_output=True)
    os.chmod(path, mode)


with Bed([on("information", "20251215"), before("rappel-j7", 7)], "2025-12-15T10:00:00+01:00", settings="public_link = https://asco.example/") as bed:
    rsa, ed25519 = bed.path("rsa.pem"), bed.path("ed25519.pem")
    make_key(rsa, "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    make_key(ed25519, "ED25519")
    bed.create()
    bed.enrol({"29019": "brest@commune.example", "29232": "quimper@commune.example", "29151": "josé@commune.example"})

    def preview(code="29019"):
        return subprocess.run([*bed_command("preview", "c", "information", code, "--part", "source")], capture_output=True, check=True).stdout

    def bed_command(*words):
        return [RELAIS, "-c", bed.path("relais.ini"), *words, "--clock", bed.clock]

    check("off by default", b"DKIM-Signature" not in preview())
    check("check says nothing then", "DKIM" not in bed("check", check=False).stdout)
    bed("start", "c", "--yes")
    bed.configure("[sender]\ndkim_selector = relais2026\ndkim_key_file = rsa.pem")
    one = preview()
    published = dkim_judge.records(bed("check", check=False).stdout)
    same("check prints the record", list(published), ["relais2026._domainkey.amf.example."])
    same("RSA verifies", dkim_judge.valid(one, published), [True])
    bed.configure("[sender]\ndkim_second_selector = ed.relais2026\ndkim_second_key_file = ed25519.pem")
    two = preview()
    checked = bed("check", check=False).stdout
    published = dkim_judge.records(checked)
    check("check names both algorithms, in strings DNS can hold", "rsa-sha256" in checked and "ed25519-sha256" in checked and
              all(len(text) <= 255 for text in re.findall(r'"([^"]*)"', checked)), checked)
    same("RSA and Ed25519 verify", dkim_judge.valid(two, published), [True, True])
    same("the same again gives the same bytes", preview(), two)
    head = two.split(b"\r\n\r\n")[0]
    check("no header line over 78", all(len(line) <= 78 for line in head.split(b"\r\n")), head.decode())
    signed = re.sub(r"\s", "", re.search(rb"h=([^;]*);", head)[1].decode()).split(":")
    check("From twice, and what one leaves the list by", signed.count("from") == 2 and "list-unsubscribe" in signed and
              {"to", "subject", "date", "message-id", "list-id", "mime-version", "content-type"} <= set(signed), signed)
    bed.configure("[web]\nbase_url = https://relais.amf.example/")
    head = preview().split(b"\r\n\r\n")[0]
    check("one click is signed too", b"list-unsubscribe-post" in re.sub(rb"\s", b"", head))
    same("and verifies", dkim_judge.valid(preview(), published), [True, True])
    same("an address in UTF-8 verifies", dkim_judge.valid(preview("29151"), published), [True, True])

    for label, changed in (("the subject", two.replace(b"Subject: ", b"Subject: x", 1)),
                           ("the body", two.replace(b"</html>", b"x</html>", 1)),
                           ("a second From", two.replace(b"From: ", b"From: x@y.test\r\nFrom: ", 1)),
                           ("List-Unsubscribe", two.replace(b"?subject=3DOpposition", b"", 1).replace(b"mailto:retour", b"mailto:autre", 1))):
        answers = dkim_judge.valid(changed, published)
        check(f"tampering is noticed: {label}", changed != two and True not in answers, answers)
    folded = two.replace(b"X-Auto-Response-Suppress: DR, RN, NRN", b"X-Auto-Response-Suppress:\r\n\tDR, RN, NRN").replace(b"Subject: ", b"Subject:  ", 1)
    same("what relays may do to white space is forgiven", dkim_judge.valid(folded, published), [True, True])

    chance = random.Random(6376)
    tool = os.path.join(BUILD, "tests", "tool_dkim")
    wrong = []
    for number in range(150):
        body = "".join(chance.choice(["a", "é", " ", "  ", "\t", " \t", "\r\n", "\r\n\r\n", ".", "=20"]) for _ in range(chance.randrange(12)))
        first, inner, last = chance.choice(["", " ", "  "]), chance.choice(["", "  b", " \t"]), chance.choice(["", " ", "\t"])
        subject = chance.choice([" x", " x  y", "\r\n folded\r\n\ttwice "])
        text = f"From:{first}A{inner} <a@amf.example>{last}\r\nSUBJECT:{subject}\r\nTo: <b@c.example>\r\n\r\n" + (f"{body}\r\n" if number else "")
        done = subprocess.run([tool, "amf.example", "relais2026", rsa], input=text.encode(), capture_output=True, check=False)
        if done.returncode or dkim_judge.valid(done.stdout, published) != [True]:
            wrong.append([text, done.returncode, dkim_judge.valid(done.stdout, published) if done.stdout else done.stderr])
    check("canonical forms of 150 messages with odd white space are dkimpy's", not wrong, *wrong[:3])

    check("a new signature is another sender: nothing leaves without a new start", bed.send("2025-12-15T10:00:00+01:00") and not bed.accepted())
    bed("start", "c", "--yes")
    bed.send("2025-12-15T10:00:00+01:00")
    same("on the wire too, all verify", [dkim_judge.valid(bed.bytes_of(one), published) for one in bed.accepted()], [[True, True]] * 3
             if len(bed.accepted()) == 3 else [[True, True]] * 2)

    def refused(label, pattern, settings):
        with open(bed.path("relais.ini"), encoding="utf-8") as file:
            kept = file.read()
        bed.configure(settings)
        done = bed("preview", "c", "information", "29019", check=False)
        check(label, done.returncode == 2 and re.search(pattern, done.stderr), done.stderr)
        bed.write("relais.ini", kept)

    make_key(bed.path("open.pem"), "RSA", "-pkeyopt", "rsa_keygen_bits:2048", mode=0o640)
    make_key(bed.path("short.pem"), "RSA", "-pkeyopt", "rsa_keygen_bits:512")
    make_key(bed.path("ec.pem"), "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    refused("a key others can read", "chmod 600", "[sender]\ndkim_key_file = open.pem")
    refused("a key too short", "512 bits", "[sender]\ndkim_key_file = short.pem")
    refused("another kind of key", "ni RSA ni Ed25519", "[sender]\ndkim_key_file = ec.pem")
    refused("no key at all", "dkim_key_file", "[sender]\ndkim_key_file = relais.ini")
    refused("no file", "absent.pem", "[sender]\ndkim_key_file = absent.pem")
    refused("a selector that is none", r"relais.ini:\d+ : .*dkim_selector", "[sender]\ndkim_selector = a b")
    refused("a selector without a file", r"dkim_second_key_file", "[sender]\ndkim_second_key_file =")
    refused("a stranger's domain", r"dkim_domain.*amf.example", "[sender]\ndkim_domain = autre.example")
    refused("a mere suffix", r"dkim_domain", "[sender]\ndkim_domain = mf.example")
    make_key(bed.path("weak.pem"), "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
    bed.configure("[sender]\ndkim_key_file = weak.pem")
    check("check warns of a short key", re.search(r"warning +DKIM.*2048", bed("check", check=False).stdout))
finish()
