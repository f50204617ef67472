#!/usr/bin/env python3
"""Messages of the nine French templates with hostile fields, judged by Python's email package: no defect, nothing lost."""
import email
import email.errors
import email.header
import email.policy
import email.utils
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser

TOOL = os.path.join(os.environ.get("BUILD", "build"), "tests/tool_message")
COUNT = 360
STRICT = email.policy.SMTPUTF8.clone(raise_on_defect=True)
count = failed = 0


def check(label, bad):
    global count, failed
    count += 1
    print(f"{'not ok' if bad else 'ok'} {count} - {label}")
    for line in bad[:5]:
        print(f"# {line}")
    failed += bool(bad)


class Elements(HTMLParser):
    """Elements that are open, links, and anything that would be fetched."""

    VOID = {"meta", "br", "hr"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.links, self.fetched, self.faults, self.seen = [], [], [], [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        attrs = dict(attrs)
        if tag == "a":
            self.links.append(attrs.get("href"))
        self.fetched += [attrs[name] for name in ("src", "background", "srcset", "data") if name in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


ALLOWED_LINKS = ("https://asco.example/?a=1&b='2'", "mailto:retour+abc234@amf.example?subject=Opposition", "tel:0144181350")
problems = {name: [] for name in ("bytes", "defects", "headers", "subject", "addresses", "text", "html", "injection", "unsubscribe", "files")}
with tempfile.TemporaryDirectory() as folder:
    made = subprocess.run([TOOL, folder, str(COUNT)], capture_output=True, text=True)
    check("the tool makes and checks every message", [] if made.returncode == 0 else [made.stderr])
    files = sorted(glob.glob(f"{folder}/*.eml"))
    check(f"{COUNT} messages", [] if len(files) == COUNT else [len(files)])
    for path in files:
        raw = open(path, "rb").read()
        want = json.load(open(path[:-4] + ".json", encoding="utf-8"))

        def bad(kind, what):
            problems[kind].append(f"{os.path.basename(path)}: {what}")

        ascii_only = all(ord(c) < 128 for c in want["to"])
        if ascii_only and any(byte > 127 for byte in raw):
            bad("bytes", "not 7 bit")
        if re.search(rb"(?<!\r)\n|\r(?!\n)|\0", raw) or not raw.endswith(b"\r\n"):
            bad("bytes", "line ends")
        head, _, body = raw.partition(b"\r\n\r\n")
        for line in raw.split(b"\r\n"):
            if len(line) > 998:
                bad("bytes", f"{len(line)} octets")
        for line in head.split(b"\r\n"):
            if len(line) > 78 and b" " in line.strip():
                bad("bytes", f"header line {line!r}")
            if b"=?" in line and len(line) > 76:
                bad("bytes", f"encoded words {line!r}")
        for line in body.split(b"\r\n"):
            if len(line) > 76:
                bad("bytes", f"body line {line!r}")
        try:
            message = email.message_from_bytes(raw, policy=STRICT) if ascii_only else email.message_from_string(raw.decode(), policy=STRICT)
            files = list(message.iter_attachments()) if want["files"] else []
            alternative = next(message.iter_parts()) if want["files"] else message
            text_part, html_part = alternative.iter_parts()
            text, html = text_part.get_content(), html_part.get_content()
            subject = str(message["subject"])
            for part in message.walk():
                defects = [*part.defects, *(defect for value in part.values() for defect in value.defects)]
                # An address of RFC 6531 is what it is; Python calls that a defect.
                defects = [d for d in defects if ascii_only or not isinstance(d, email.errors.NonASCIILocalPartDefect)]
                if defects:
                    bad("defects", defects)
        except Exception as error:  # raise_on_defect: whatever it is, it is a defect
            bad("defects", repr(error))
            continue
        names = [name.lower() for name in message.keys()]
        expected = ["from", "to", *(["reply-to"] if want["reply_to"] else []), "subject", "date", "message-id",
                    *(["in-reply-to", "references"] if want["in_reply_to"] else []), "list-id", "list-help",
                    "list-unsubscribe", *(["list-unsubscribe-post"] if want["https"] else []), "feedback-id",
                    "x-auto-response-suppress", *(["auto-submitted", "precedence"] if want["unwanted"] else []), "mime-version",
                    "content-type"]
        if names != expected:
            bad("headers", names)
        if message["message-id"] != want["message_id"] or alternative.get_content_type() != "multipart/alternative":
            bad("headers", "Message-ID, type")
        if any((message[name] or "") != want["in_reply_to"] for name in ("in-reply-to", "references")):
            bad("headers", "thread")
        if message["list-help"] != "<mailto:reponses@amf.example?subject=Aide>":
            bad("headers", message["list-help"])
        if [part.get_filename() for part in files] != want["files"]:
            bad("files", [part.get_filename() for part in files])
        if [part.get_payload(decode=True).decode() for part in files] != want["files"]:
            bad("files", "not what went in")
        if message["date"].datetime.timestamp() * 1000 != want["date_ms"] // 1000 * 1000:
            bad("headers", message["date"])
        if message["x-auto-response-suppress"] != ("DR, RN, NRN" + (", OOF, AutoReply" if want["unwanted"] else "")):
            bad("headers", message["x-auto-response-suppress"])
        if [text_part.get_content_type(), html_part.get_content_type()] != ["text/plain", "text/html"]:
            bad("headers", "order of parts")
        if subject != want["subject"]:
            bad("subject", [subject, want["subject"]])
        if re.search(r"[\x00-\x1f\x7f\u202e]", subject):
            bad("injection", subject)
        sender, to = message["from"].addresses[0], message["to"].addresses[0]
        # The phrase by decode_header: the newer parser of Python 3.11 leaves a space between two encoded words.
        phrase, _ = email.utils.parseaddr(email.message_from_bytes(raw, policy=email.policy.compat32)["from"])
        got = [str(email.header.make_header(email.header.decode_header(phrase))), sender.addr_spec, to.addr_spec, len(message["from"].addresses), len(message["to"].addresses)]
        if got != [want["from_name"], want["from"], want["to"], 1, 1]:
            bad("addresses", [got, want["from_name"]])
        list_id = email.header.make_header(email.header.decode_header(message["list-id"]))
        if want["list_title"] not in str(list_id) or not str(list_id).endswith("<asco-2025.amf.example>"):
            bad("headers", str(list_id))
        mailto = "<mailto:retour+abc234@amf.example?subject=Opposition>"
        if message["list-unsubscribe"] != (mailto + (f", <{want['https']}>" if want["https"] else "")):
            bad("unsubscribe", message["list-unsubscribe"])
        if text.replace("\r\n", "\n") != want["text"]:
            bad("text", "not what went in")
        if any(len(line) > 72 and " " in line.lstrip("-> ") for line in text.splitlines()):
            bad("text", [line for line in text.splitlines() if len(line) > 72])
        if html.replace("\r\n", "\n") != want["html"]:
            bad("html", "not what went in")
        page = Elements()
        page.feed(html)
        page.close()
        if page.open or page.faults or page.fetched or len(html) > 30000 or '<html lang="fr"' not in html:
            bad("html", [page.open, page.faults, page.fetched, len(html)])
        if page.seen & {"script", "img", "b", "iframe"} or any(link not in ALLOWED_LINKS for link in page.links):
            bad("injection", [page.seen, page.links])
check("7 bit, CRLF, at most 78 and 998 octets", problems["bytes"])
check("no defect under a strict policy", problems["defects"])
check("headers: these, once, in order", problems["headers"])
check("subjects come back", problems["subject"])
check("names and addresses come back", problems["addresses"])
check("names and contents of files come back", problems["files"])
check("List-Unsubscribe", problems["unsubscribe"])
check("texts come back, 72 columns", problems["text"])
check("HTML comes back, well-formed, nothing to fetch", problems["html"])
check("no value became markup, link or header", problems["injection"])
print(f"1..{count}")
sys.exit(failed > 0)
