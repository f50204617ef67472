"""AUTH as the scripted server verifies it: each mechanism is a generator that yields challenges and is sent answers.

MECHANISMS[name](account, first): account.user, account.password() and account.token() say what is right; first is the initial
response, or None. It yields bytes (a challenge, to be sent as 334 in base64) and returns (whether it is right, and further
text for the refusal)."""
import base64
import hashlib
import hmac
import json
import os


class Account:
    """Files are read at each log-in: a token may be renewed while the server runs."""

    def __init__(self, user, password_file, token_file):
        self.user, self.password_file, self.token_file = user, password_file, token_file

    @staticmethod
    def _line(path):
        if not path:
            return None
        with open(path, encoding="utf-8") as file:
            return file.read().rstrip("\r\n")

    def password(self):
        return self._line(self.password_file)

    def token(self):
        return self._line(self.token_file)

    def right(self, user, password):
        return bool(self.password()) and user == self.user.encode() and password == self.password().encode()


def plain(account, first):
    """RFC 4616."""
    answer = (yield b"") if first is None else first
    parts = answer.split(b"\0")
    return len(parts) == 3 and parts[0] in (b"", parts[1]) and account.right(parts[1], parts[2])


def login(account, first):
    """draft-murchison-sasl-login."""
    user = (yield b"Username:") if first is None else first
    return account.right(user, (yield b"Password:"))


def cram_md5(account, first):
    """RFC 2195."""
    if first is not None:
        return False
    challenge = b"<" + os.urandom(8).hex().encode() + b"@mx.serveur.test>"
    answer = yield challenge
    user, _, digest = answer.rpartition(b" ")
    want = hmac.new((account.password() or "").encode(), challenge, hashlib.md5).hexdigest().encode()
    return bool(account.password()) and user == account.user.encode() and hmac.compare_digest(digest, want)


def xoauth2(account, first):
    """As Google and Microsoft describe it: a wrong token is answered with JSON, then the client sends an empty line."""
    answer = (yield b"") if first is None else first
    if account.token() and answer == f"user={account.user}\x01auth=Bearer {account.token()}\x01\x01".encode():
        return True
    yield json.dumps({"status": "400", "schemes": "Bearer", "scope": "https://mail.serveur.test/"}).encode()
    return False


def oauthbearer(account, first):
    """RFC 7628."""
    answer = (yield b"") if first is None else first
    head, _, rest = answer.partition(b"\x01")
    if account.token() and head == f"n,a={account.user},".encode() and f"auth=Bearer {account.token()}".encode() in rest.split(b"\x01"):
        return True
    yield json.dumps({"status": "invalid_token"}).encode()
    return False


def scram_sha_256(account, first):
    """RFC 5802 and 7677, without channel binding."""
    answer = (yield b"") if first is None else first
    bare = answer[3:]
    fields = dict(part.split(b"=", 1) for part in bare.split(b",") if b"=" in part)
    if answer[:3] != b"n,," or fields.get(b"n") != account.user.encode() or not account.password():
        return False
    nonce, salt, rounds = fields[b"r"] + os.urandom(9).hex().encode(), os.urandom(16), 4096
    challenge = b"r=" + nonce + b",s=" + base64.b64encode(salt) + b",i=" + str(rounds).encode()
    final = yield challenge
    without, _, proof = final.rpartition(b",p=")
    salted = hashlib.pbkdf2_hmac("sha256", account.password().encode(), salt, rounds)
    message = bare + b"," + challenge + b"," + without
    key = hmac.new(salted, b"Client Key", hashlib.sha256).digest()
    signature = hmac.new(hashlib.sha256(key).digest(), message, hashlib.sha256).digest()
    want = bytes(a ^ b for a, b in zip(key, signature))
    if without != b"c=biws,r=" + nonce or not hmac.compare_digest(base64.b64decode(proof), want):
        return False
    server = hmac.new(hmac.new(salted, b"Server Key", hashlib.sha256).digest(), message, hashlib.sha256).digest()
    yield b"v=" + base64.b64encode(server)
    return True


MECHANISMS = {"PLAIN": plain, "LOGIN": login, "CRAM-MD5": cram_md5, "XOAUTH2": xoauth2, "OAUTHBEARER": oauthbearer,
              "SCRAM-SHA-256": scram_sha_256}


def unbase64(text):
    """b"" for what is none; "=" is an empty initial response (RFC 4954)."""
    try:
        return b"" if text == b"=" else base64.b64decode(text, validate=True)
    except ValueError:
        return b""
