#!/usr/bin/env python3
"""Hostile strings in every field that reaches the wire: addresses, names of relays, the campaign's title, templates, the sender's
settings. What is not refused is compared at the server: no further command, recipient, header or part."""
import csv
import email
import email.policy
import os
import random
import re
import subprocess

from send_bed import Bed, METRO, absolute, check, plain, run, same

SEEDS = [
    "x\r\nBcc: victime@autre.test", "x\nBcc: victime@autre.test", "x\rBcc: victime@autre.test", "x\r\n\r\ncorps", "x\r\n.\r\nMAIL FROM:<a@b.test>",
    "x\n.\nRCPT TO:<victime@autre.test>", "x\r\n.\r\nQUIT", "x\0y", "x\x0by", "x\x0cy", "x\x1b[31my", "x\x7fy", "x\x85y", "x\u2028Bcc: a@b.test",
    "x\u2029Bcc: a@b.test", "x\u0085Bcc: a@b.test", "\u202egnol\u202c", "=?utf-8?q?x=0D=0ABcc:_a@b.test?=", "=?utf-8?b?DQpCY2M6IGFAYi50ZXN0?=",
    "x\t\r\n Bcc: a@b.test", " \r\n \r\n", "\"x\" <a@b.test>, victime@autre.test", "x <a@b.test> (", "x\\\"", "\"", "\\", "<", ">", "<>", "(((((", "@", "a@b@c.test",
    "a,b@c.test", "a;b@c.test", "a b@c.test", "<a@b.test>", "a@b.test>\r\nRCPT TO:<victime@autre.test", "a@b.test> ORCPT=rfc822;x", "a@b.test SIZE=1",
    "a@[127.0.0.1]", "a@b.test%autre.test", "autre.test!a@b.test", "@relais.test:a@b.test", "a..b@c.test", ".a@c.test", "a@c.test.", "a@-c.test", "a@c..test",
    "a+\r\nb@c.test", "a'b@c.test", "a`b@c.test", "a$(id)@c.test", "a|b@c.test", "\"a b\"@c.test", "\"a\\\r\nb\"@c.test", "{{{nom}}}", "{{#a}}{{/b}}", "{{> ../../etc/passwd}}",
    "%s%s%n", "../../../../etc/passwd", "<script>alert(1)</script>", "[lien](javascript:alert(1))", "![x](http://autre.test/x.png)", "x" * 1200, "é" * 700, "𝕏" * 300,
    ". ", "..", "\n.\n", "From x", "\nFrom x", "--=_relais", "Content-Type: text/html", "ＡＢＣ@c.test", "a@ｃ.test", "a@c。test", "a@xn--.test", "\u200bx\u200b@c.test", "\ufeffx",
]
WIRE = re.compile(rb"^(clear|tls) (EHLO|HELO|MAIL FROM:<[^<>\s]*>|RCPT TO:<[^<>\s]*>|DATA|QUIT|RSET|STARTTLS|NOOP)", re.I)


def hostile(count):
    """The seeds, then seeds spliced into one another; the same each time."""
    chance = random.Random(20251215)
    made = list(SEEDS)
    while len(made) < count:
        one, other = chance.choice(SEEDS), chance.choice(SEEDS)
        at = chance.randrange(len(one) + 1)
        made.append(one[:at] + other + one[at:])
    return made[:count]


def messages(bed):
    for one in bed.server.accepted():
        with open(os.path.join(bed.server.folder, one["file"]), "rb") as file:
            yield one, file.read()


def shape(raw):
    """Names of the headers in order, and the parts: what a hostile value may not change. Subject and names may be folded."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    parts = [(part.get_content_type(), sorted({name.lower() for name in part.keys()})) for part in message.walk()]
    return [name.lower() for name in message.keys() if name.lower() not in ("in-reply-to", "references", "reply-to", "list-unsubscribe-post")], parts


def clean(bed, label, baseline):
    """Every message has the baseline's shape, one recipient and no line that breaks the rules; every command is one of ours."""
    wrong = []
    for one, raw in messages(bed):
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
        to = email.utils.getaddresses([str(message["to"])])
        if shape(raw) != baseline:
            wrong.append((one["rcpt"], shape(raw)[0]))
        elif len(to) != 1 or to[0][1].lower() != one["rcpt"].lower():
            wrong.append((one["rcpt"], str(message["to"])))
        elif re.search(rb"[^\r]\n|\r[^\n]|\0", raw) or max(map(len, raw.split(b"\r\n"))) > 998:
            wrong.append((one["rcpt"], "lines"))
    check(f"{label}: no further header, part or recipient", not wrong, wrong[:3])
    with open(bed.transcript, "rb") as file:
        lines = [line for line in file.read().split(b"\n") if line]
    strange = [line for line in lines if not WIRE.match(line)]
    check(f"{label}: no further command in {len(lines)}", not strange, strange[:3])
    same(f"{label}: a recipient for each sender", sum(b" RCPT" in line for line in lines), sum(b" MAIL" in line for line in lines))


def bed_of(name, people, waves=None, **more):
    transcript = f"/tmp/relais-injection.{os.getpid()}.{name}"
    bed = Bed(name, waves or [absolute("vague", "20251215")], people, server=("--transcript", transcript), **more)
    bed.transcript = transcript
    return bed


def baseline(name):
    bed = bed_of(name, plain(METRO[:1]))
    bed.send()
    shapes = [shape(raw) for _, raw in messages(bed)]
    same("a message to compare with", len(shapes), 1)
    os.remove(bed.transcript)
    return shapes[0]


def addresses():
    model, strings = baseline("modele"), hostile(280)
    bed = bed_of("adresses", plain(METRO[:1]), start=False)
    with open(bed.path("faux.csv"), "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["code_insee", "courriel"])
        codes = [row[0] for row in bed.rows("SELECT insee FROM collectivity WHERE type = 'commune' AND department BETWEEN '01' AND '95' ORDER BY id LIMIT 1000")]
        for code, text in zip(codes[1:], strings):
            writer.writerow([code, text])
            writer.writerow([code, "mairie@c.test" + text])
    bed("import", bed.path("faux.csv"), "--campaign", "c", want=(0, 1))
    bed("start", "c", "--yes", want=(0, 1))
    bed.send(want=(0, 1))
    kept = bed.rows("SELECT COUNT(*) FROM dispatch")[0][0]
    check(f"addresses: of {2 * len(strings)} some are read as addresses ({kept})", kept > 40, kept)
    clean(bed, "addresses", model)
    check("addresses: nobody else is written to", not any("victime" in to or "autre.test" in to.split("@")[-1] and "%" not in to for to in bed.server.to()
                                                          if to not in {row[0] for row in bed.rows("SELECT address FROM dispatch")}), bed.server.to())
    os.remove(bed.transcript)


def relay_names():
    strings = hostile(220)
    bed = bed_of("relais", plain(METRO[:1]), waves=[absolute("vague", "20251215", "relays", "relais.md")], start=False)
    with open(bed.path("reseaux.csv"), "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["departement", "sigle", "nom_fictif", "courriel"])
        writer.writerow(["29", "AMF modele", "Association départementale", "modele@reseau.test"])
        for number, text in enumerate(strings):
            writer.writerow(["29", f"AMF {number}", text, f"r{number}@reseau.test"])
    bed("import", bed.path("reseaux.csv"), "--as", "relays", want=(0, 1))
    bed("start", "c", "--yes", want=(0, 1))
    bed.send(want=(0, 1))
    model = [shape(raw) for one, raw in messages(bed) if one["rcpt"] == "modele@reseau.test"]
    same("relays: a message to compare with", len(model), 1)
    reached = len(bed.server.accepted())
    check(f"relays: of {len(strings)} names most reach the wire ({reached})", reached > 150, reached)
    clean(bed, "relays", model[0])
    os.remove(bed.transcript)


def texts():
    """Title, calendar, template and sender: some are refused, with a word; what is not is sent to two."""
    model, reached, refused = baseline("modele2"), 0, 0
    chosen = SEEDS if os.environ.get("INJECTION") == "all" else SEEDS[::2]
    for number, text in enumerate(chosen):
        line = text.replace("\0", "")
        bed = bed_of(f"texte{number}", plain(METRO[:2]), start=False)
        folder = bed.path("modeles")
        os.makedirs(folder)
        with open(os.path.join(folder, "information.md"), "w", encoding="utf-8", newline="") as file:
            file.write(f"---\nsubject: \"Enquête {line}\"\n---\n# Bonjour\n\nAvant {text} après {{{{nom}}}}.\n\n{{{{lien_public}}}}\n")
        bed.configure("[sender]\ncontact_name = " + line.replace("\r", "\\r").replace("\n", "\\n")[:150])
        made = subprocess.run(bed.command("campaign", "create", "d", "--schedule", bed.path("c.ics"), "--templates", folder, "--title", line), capture_output=True,
                              text=True, check=False, errors="replace")
        steps = [made]
        if made.returncode == 0:
            for words in (("import", bed.path("liste.csv"), "--campaign", "d"), ("start", "d", "--yes"), ("send", "--until-idle")):
                steps.append(subprocess.run(bed.command(*words), capture_output=True, text=True, check=False, errors="replace"))
        last = steps[-1]
        if any(step.returncode not in (0, 1, 2) or (step.returncode == 2 and "relais : " not in step.stderr) for step in steps):
            check(f"texts: «{text[:30]!r}» ends with a word", False, [(step.returncode, step.stderr[-300:]) for step in steps])
        accepted = list(messages(bed))
        reached += bool(accepted)
        refused += not accepted
        wrong = [shape(raw) for _, raw in accepted if shape(raw)[0] != model[0]]
        if wrong or any("victime" in one["rcpt"] for one, _ in accepted):
            check(f"texts: «{text[:40]!r}» adds nothing", False, wrong[:1], last.stderr[-200:])
        with open(bed.transcript, "rb") as file:
            strange = [found for found in file.read().split(b"\n") if found and not WIRE.match(found)]
        if strange:
            check(f"texts: «{text[:40]!r}» is no command", False, strange[:2])
        os.remove(bed.transcript)
        bed.server.process.terminate()
    check(f"texts: {reached} strings reached the wire and added nothing, {refused} were refused", reached > 15 and reached + refused == len(chosen), reached, refused)


run((addresses, relay_names, texts))
