"""What stories about returns share: messages as they come back, the pipe they come through, and what is asked afterwards. Over
send_bed.py; not a test itself."""
import json
import subprocess

from send_bed import Bed, METRO, READY, SENT, SKIPPED, absolute, address, check, plain, same, run  # noqa: F401  what stories import from here

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (f"2025-12-{day}T10:00:00+01:00" for day in (16, 17, 18, 19))
HARD, SOFT, AUTOREPLY, REPLY, OBJECTION, COMPLAINT = 1, 2, 4, 8, 16, 32
numbers = iter(range(1, 100000))


class Dispatch:
    """The last mail planned for a commune, or of one wave."""

    def __init__(self, bed, party, wave=None):
        self.id, self.delivery, self.address, self.message_id, self.token = bed.rows(
            "SELECT p.id, p.delivery_id, p.address, p.message_id, p.token FROM dispatch p JOIN delivery d ON d.id = p.delivery_id "
            "JOIN wave w ON w.id = d.wave_id WHERE d.party_id = ? AND COALESCE(?, w.name) = w.name ORDER BY p.id DESC", party, wave)[0]
        self.bed, self.party, self.path = bed, party, f"retour+{self.token}@amf.example"

    def returned(self):
        return self.bed.rows("SELECT returned FROM delivery WHERE id = ?", self.delivery)[0][0]


def report(dispatch, action, status, said="550 refused", address=None, path=None, others=()):
    """RFC 3464, with one block a recipient."""
    blocks = [(address or dispatch.address, action, status, said), *others]
    path = path or dispatch.path
    fields = "".join(f"\r\nFinal-Recipient: rfc822; {to}\r\nAction: {what}\r\nStatus: {code}\r\nDiagnostic-Code: smtp; {text}\r\n"
                     for to, what, code, text in blocks)
    return (f"Return-Path: <>\r\nDelivered-To: {path}\r\nFrom: MAILER-DAEMON@mx.test\r\nTo: {path}\r\nSubject: Undelivered Mail\r\n"
            f"Message-ID: <{next(numbers)}@mx.test>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=\"q\"\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\n"
            "Your message could not be delivered.\r\n--q\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n"
            f"{fields}\r\n--q--\r\n")


def letter(dispatch, text, subject="Re: Enquête", extra="", to=None, sender=None):
    return (f"Return-Path: <{sender or dispatch.address}>\r\nFrom: {sender or dispatch.address}\r\nTo: {to or dispatch.path}\r\nSubject: {subject}\r\n"
            f"Date: Mon, 15 Dec 2025 11:00:00 +0100\r\nMessage-ID: <{next(numbers)}@commune.test>\r\n{extra}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n")


def automatic(dispatch, text):
    return letter(dispatch, text, "Réponse automatique : Enquête", "Auto-Submitted: auto-replied\r\n")


def quick(bed, *words, want=0, stdin=None):
    """A command that changes no counts, or is followed by one that has them added up."""
    done = subprocess.run(bed.command(*words), capture_output=True, text=True, input=stdin, check=False, timeout=120)
    if done.returncode != want:
        check(f"relais {' '.join(words)} exits {want}", False, done.returncode, done.stdout, done.stderr)
    return done


def comes(bed, *messages, clock=None):
    """Through an MTA's pipe. Returns the id of the last one's row."""
    bed.clock = clock or bed.clock
    for message in messages:
        quick(bed, "inbox", "--stdin", stdin=message)
    return bed.rows("SELECT MAX(id) FROM inbound")[0][0]


def listed(bed, *words):
    return {one["id"]: one for one in json.loads(quick(bed, "returns", "c", "--format", "json", *words).stdout)["returns"]}


def settle(bed, id, *words):
    return json.loads(bed("returns", "c", "settle", str(id), *words, "--format", "json").stdout)


def refused(bed, label, code, id, *words):
    before = bed.rows("SELECT COUNT(*) FROM event"), bed.rows("SELECT id, settled FROM inbound"), bed.rows("SELECT * FROM delivery")
    said = json.loads(quick(bed, "returns", "c", "settle", str(id), *words, "--format", "json", want=2).stdout)["error"]
    same(f"{label}: refused", said["code"], code)
    same(f"{label}: nothing changed", (bed.rows("SELECT COUNT(*) FROM event"), bed.rows("SELECT id, settled FROM inbound"),
                                      bed.rows("SELECT * FROM delivery")), before)


def events(bed, party):
    return [json.loads(line) for line in quick(bed, "history", party, "--format", "json").stdout.splitlines()]


def why(bed, party):
    return json.loads(quick(bed, "why", party, "--campaign", "c", "--format", "json").stdout)


def told(bed, party):
    return "\n".join(why(bed, party)["details"])


def suppressed(bed):
    return sorted(bed.rows("SELECT DISTINCT address, reason FROM suppression"))


def calls(bed):
    return {one["id"]: one["reason"] for one in json.loads(quick(bed, "calls", "c", "--format", "json").stdout)["calls"]}


def counts(bed, wave):
    return next(one for one in json.loads(quick(bed, "report", "c", "--format", "json").stdout)["waves"] if one["wave"] == wave)


def wrote(bed, count=None):
    """To whom, in the order the server took it; the last `count`, sorted."""
    to = [one["rcpt"] for one in bed.server.accepted()]
    return sorted(to[-count:]) if count else to
