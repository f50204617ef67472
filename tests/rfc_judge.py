"""A finished message judged twice: by rules of our own written from the RFCs, which share nothing with the program's gate, and
by Python's email package. Not a test itself."""
import base64
import binascii
import calendar
import email
import email.errors
import email.policy
import quopri
import re

STRICT = email.policy.SMTPUTF8.clone(raise_on_defect=True)
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
DOT_ATOM = rf"{ATOM}(?:\.{ATOM})*"
ADDRESS = rf"{DOT_ATOM}@{DOT_ATOM}"
ENCODED = r"=\?utf-8\?(?:q\?[!->@-^`-~_]+|b\?[A-Za-z0-9+/]+={0,2})\?="
WORD = rf"(?:{ENCODED}|{ATOM}|\"(?:[^\"\\\x00-\x1f]|\\[\x20-\x7e])*\")"
MAILBOX = re.compile(rf"(?:{WORD}(?: {WORD})* )?<{ADDRESS}>")
MESSAGE_ID = re.compile(rf"<{DOT_ATOM}@{DOT_ATOM}>")
DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d\d):(\d\d):(\d\d) [+-]\d\d[0-5]\d")
ORDER = ["DKIM-Signature", "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id", "List-Help",
         "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "X-Auto-Response-Suppress", "Auto-Submitted", "Precedence",
         "MIME-Version", "Content-Type"]
OPTIONAL = {"DKIM-Signature", "Reply-To", "In-Reply-To", "References", "List-Unsubscribe-Post", "Auto-Submitted", "Precedence"}
MAY_REPEAT = {"DKIM-Signature"}
MAY_BE_UTF8 = {"From", "To", "Reply-To"}
VALUES = {
    "From": MAILBOX, "To": MAILBOX, "Reply-To": MAILBOX, "Message-ID": MESSAGE_ID, "In-Reply-To": MESSAGE_ID,
    "References": re.compile(rf"{MESSAGE_ID.pattern}(?: {MESSAGE_ID.pattern})*"),
    "List-Id": re.compile(rf"(?:{WORD}(?: {WORD})* )?<{ATOM}(?:\.{ATOM})+>"),
    "List-Help": re.compile(r"<mailto:[!-;=?-~]+@[!-;=?-~]+>"),
    "List-Unsubscribe": re.compile(r"<mailto:[!-;=?-~]+@[!-;=?-~]+>(?:, <https://[!-;=?-~]+>)?"),
    "List-Unsubscribe-Post": re.compile(r"List-Unsubscribe=One-Click"),
    "Feedback-ID": re.compile(r"[!-9;-~]+(?::[!-9;-~]+){2,3}"),
    "X-Auto-Response-Suppress": re.compile(r"DR, RN, NRN(?:, OOF, AutoReply)?"),
    "Auto-Submitted": re.compile(r"auto-generated"), "Precedence": re.compile(r"bulk"), "MIME-Version": re.compile(r"1\.0"),
}


class Defect(Exception):
    pass


def need(good, what):
    if not good:
        raise Defect(what)


# -- headers --------------------------------------------------------------------------------------------------------
def split_headers(raw):
    head, gap, body = raw.partition(b"\r\n\r\n")
    need(gap, "no empty line behind the headers")
    fields = []
    for line in head.split(b"\r\n"):
        need(len(line) <= 78 or b" " not in line.strip(), f"header line of {len(line)}")
        need(b"=?" not in line or len(line) <= 76, "encoded words on a line over 76")
        if line[:1] in (b" ", b"\t"):
            need(fields and line.strip(), "a fold of nothing")
            fields[-1][1].append(line)
            continue
        name, colon, value = line.partition(b":")
        need(colon and re.fullmatch(rb"[!-9;-~]+", name), f"no header: {line!r}")
        fields.append((name.decode("ascii"), [value]))
    return [(name, b"".join(lines).decode("utf-8").strip()) for name, lines in fields], body


def check_words(value):
    for word in re.findall(r"\S*=\?\S*", value):
        need(len(word) <= 75 and re.fullmatch(ENCODED, word), f"encoded word {word}")
        kind, text = word[8], word[10:-2]
        if kind == "b":
            decoded = base64.b64decode(text, validate=True)
        else:
            need(not re.search("=(?![0-9A-F]{2})", text), f"escape in {word}")
            decoded = quopri.decodestring(text.replace("_", " ").encode())
        decoded.decode("utf-8")


def check_date(value):
    found = DATE.fullmatch(value)
    need(found, f"date {value}")
    year, month, day = int(found[4]), list(calendar.month_abbr).index(found[3]), int(found[2])
    need(calendar.day_abbr[calendar.weekday(year, month, day)] == found[1], f"weekday of {value}")
    need(int(found[5]) < 24 and int(found[6]) < 60 and int(found[7]) < 60, f"hour of {value}")


def check_headers(fields):
    names = [name for name, _ in fields]
    need(set(names) <= set(ORDER), f"unknown headers {set(names) - set(ORDER)}")
    need(names == sorted(names, key=ORDER.index), "order of headers")
    for name in ORDER:
        count = names.count(name)
        need(count <= 1 or name in MAY_REPEAT, f"{name} twice")
        need(count or name in OPTIONAL, f"no {name}")
    for name, value in fields:
        need(value, f"{name} is empty")
        need(value.isascii() or name in MAY_BE_UTF8, f"{name} is not ASCII")
        need(not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value), f"control in {name}")
        if name in VALUES:
            need(VALUES[name].fullmatch(value), f"{name}: {value}")
        if name in ("Subject", "From", "List-Id"):
            check_words(value)
    values = dict(fields)
    check_date(values["Date"])
    need(("In-Reply-To" in values) == ("References" in values), "half a thread")
    need(("Precedence" in values) == ("Auto-Submitted" in values), "half of unwanted")
    need(("List-Unsubscribe-Post" in values) == ("https://" in values["List-Unsubscribe"]), "one click and its page")
    return values


# -- parts ----------------------------------------------------------------------------------------------------------
def parameters(value):
    kind, *rest = re.split(r";\s*", value)
    return kind, dict(one.split("=", 1) for one in rest)


def decode(values, body):
    encoding = values.get("Content-Transfer-Encoding")
    need(body.endswith(b"\r\n") or not body, "the last line of a part is not ended")
    lines = body.split(b"\r\n")[:-1]
    need(all(len(line) <= 76 for line in lines), "encoded line over 76")
    if encoding == "base64":
        need(all(len(line) == 76 for line in lines[:-1]), "short line inside base64")
        return base64.b64decode(b"".join(lines), validate=True)
    need(encoding == "quoted-printable", f"encoding {encoding}")
    need(all(re.fullmatch(rb"(?:[\t -<>-~]|=[0-9A-F]{2})*=?", line) and line[-1:] not in (b" ", b"\t") for line in lines), "quoted-printable")
    return quopri.decodestring(body)


def check_file(values, body):
    disposition, name = parameters(values["Content-Disposition"])
    need(disposition == "attachment", disposition)
    decode(values, body)
    if "filename" in name:
        need(re.fullmatch(r'"[ !#-\[\]-~]+"', name["filename"]), "file name")
        return
    pieces = [name[f"filename*{number}*"] for number in range(len(name))]
    need(pieces[0].startswith("utf-8''") and all(re.fullmatch(r"(?:[A-Za-z0-9!#$&+.^_`{|}~'-]|%[0-9A-F]{2})+", piece) for piece in pieces), "RFC 2231")
    bytes.fromhex("".join(re.sub(r"%(..)|(.)", lambda m: m[1] or m[2].encode().hex(), piece) for piece in [pieces[0][7:], *pieces[1:]])).decode("utf-8")


def check_text(values, body):
    _, rest = parameters(values["Content-Type"])
    need(rest == {"charset": "utf-8"}, f"parameters {rest}")
    text = decode(values, body).decode("utf-8")
    need("{{" not in text and not re.search("[\ue000-\uf8ff\ufffd]", text), "something of the template is left")
    return text


def check_parts(values, body):
    """Every leaf's type, outermost first."""
    kind, rest = parameters(values["Content-Type"])
    if not kind.startswith("multipart/"):
        check_file(values, body) if "Content-Disposition" in values else check_text(values, body)
        return [kind]
    boundary = rest["boundary"]
    need(re.fullmatch(r'"[0-9A-Za-z\'()+_,./:=?-]{1,70}"', boundary), "boundary")
    delimiter = b"--" + boundary[1:-1].encode()
    whole = b"\r\n" + body
    need(whole.startswith(b"\r\n" + delimiter + b"\r\n"), "a preamble")
    pieces = whole.split(b"\r\n" + delimiter)
    need(pieces[-1].startswith(b"--\r\n") and not pieces[-1][4:].strip(b"\r\n") and len(pieces) > 3, "the end of the parts")
    kinds = [kind]
    for piece in pieces[1:-1]:
        need(piece.startswith(b"\r\n"), "text behind a boundary")
        fields, content = split_headers(piece[2:])
        need(len({name for name, _ in fields}) == len(fields), "a part's header twice")
        # The CRLF before a delimiter belongs to the delimiter.
        kinds += check_parts(dict(fields), content)
    return kinds


SHAPES = (["multipart/alternative", "text/plain", "text/html"],)


def check(raw):
    """Raises Defect or whatever a decoder raises; returns headers and the parsed message."""
    need(raw.endswith(b"\r\n") and not re.search(rb"(?<!\r)\n|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", raw), "line ends or controls")
    need(all(len(line) <= 998 for line in raw.split(b"\r\n")), "line over 998")
    fields, body = split_headers(raw)
    values = check_headers(fields)
    need(body.isascii(), "body of 8 bits")
    kinds = check_parts(values, body)
    if kinds[0] == "multipart/mixed":
        need(kinds[1:4] == SHAPES[0] and len(kinds) > 4, kinds)
    else:
        need(kinds == SHAPES[0], kinds)
    return values, check_by_python(raw)


def check_by_python(raw):
    message = email.message_from_bytes(raw, policy=STRICT) if raw.isascii() else email.message_from_string(raw.decode(), policy=STRICT)
    for part in message.walk():
        defects = [*part.defects, *(defect for value in part.values() for defect in getattr(value, "defects", ()))]
        # An address of RFC 6531 is what it is; Python calls that a defect.
        defects = [one for one in defects if raw.isascii() or not isinstance(one, email.errors.NonASCIILocalPartDefect)]
        need(not defects, f"Python: {defects}")
        if not part.is_multipart():
            part.get_content()
    return message


ERRORS = (Defect, ValueError, KeyError, IndexError, binascii.Error, email.errors.MessageError, LookupError)
