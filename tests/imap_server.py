"""A scripted IMAP server (RFC 3501) for stories: a mailbox in memory, everything it hears in a transcript, and hooks with which it misbehaves."""
import base64
import re
import socket
import ssl
import threading

CAPABILITIES = "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 IDLE UIDPLUS MOVE"


class ImapServer:
    """certificate: path without .pem/.key, for STARTTLS or, with implicit, at once. answers: {verb: function(connection, tag, rest)} that may answer in the server's
    stead; True = it has. after_starttls: bytes sent in clear behind the OK. users: {name: password}, tokens: {name: token}."""

    def __init__(self, messages=(), certificate=None, implicit=False, capabilities=CAPABILITIES, in_clear="", users=None, tokens=None, greeting=b"* OK ready\r\n",
                 answers=None, after_starttls=b"", uidvalidity=100, host="127.0.0.1"):
        self.box = [[uid + 1, set(), bytes(message)] for uid, message in enumerate(messages)]
        self.folders = {"INBOX": self.box}
        self.next_uid = len(self.box) + 1
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate + ".pem", certificate + ".key")
        self.implicit, self.capabilities, self.in_clear, self.greeting = implicit, capabilities, in_clear, greeting
        self.users, self.tokens = users or {}, tokens or {}
        self.answers, self.after_starttls, self.uidvalidity = answers or {}, after_starttls, uidvalidity
        self.heard = []      # (connection number, "clear" or "tls", line), each line as it came
        self.connections = 0
        self.lock = threading.RLock()
        self.idlers = []
        self.listener = socket.create_server((host, 0), backlog=50)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(line, self.connections), daemon=True).start()

    def serve(self, line, number):
        connection = Connection(self, line, number)
        try:
            line.settimeout(60)
            connection.run()
        except (OSError, ssl.SSLError, EOFError):
            pass
        finally:
            connection.close()

    def close(self):
        self.listener.close()

    def verbs(self, layer=None):
        return [line.split(b" ", 2)[1].split(b"\r")[0].decode("latin-1").upper() for _, where, line in self.heard if layer in (None, where) and b" " in line]

    def bytes_heard(self):
        return b"".join(line for _, _, line in self.heard)

    def add(self, message):
        """A delivery: whoever idles is told."""
        with self.lock:
            self.box.append([self.next_uid, set(), message])
            self.next_uid += 1
            for connection in list(self.idlers):
                try:
                    connection.say(f"* {len(self.box)} EXISTS")
                except OSError: # it has just hung up: nobody is there to be told
                    pass


class Connection:
    def __init__(self, server, line, number):
        self.server, self.line, self.number, self.layer = server, line, number, "clear"
        self.buffer, self.user = b"", None

    def close(self):
        if self in self.server.idlers:
            self.server.idlers.remove(self)
        self.line.close()

    def send(self, data):
        self.line.sendall(data)

    def say(self, text):
        self.send(text.encode() + b"\r\n")

    def read_line(self):
        while b"\n" not in self.buffer:
            got = self.line.recv(65536)
            if not got:
                raise EOFError
            self.buffer += got
        line, _, self.buffer = self.buffer.partition(b"\n")
        self.server.heard.append((self.number, self.layer, line + b"\n"))
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def encrypt(self):
        self.line = self.server.context.wrap_socket(self.line, server_side=True)
        self.layer, self.buffer = "tls", b""

    def run(self):
        if self.server.implicit:
            self.encrypt()
        self.send(self.server.greeting)
        while True:
            tag, verb, rest = (self.read_line().split(" ", 2) + ["", ""])[:3]
            verb = verb.upper()
            if verb == "UID":
                verb, _, rest = rest.partition(" ")
                verb = "UID " + verb.upper()
            hook = self.server.answers.get(verb)
            if hook and hook(self, tag, rest):
                continue
            method = getattr(self, "do_" + verb.lower().replace(" ", "_"), None)
            with self.server.lock if verb != "IDLE" else threading.Lock():
                if not method:
                    self.say(f"{tag} BAD what?")
                elif method(tag, rest) == "end":
                    return

    # -- before the log-in
    def do_capability(self, tag, _rest):
        self.say("* CAPABILITY " + (self.server.in_clear if self.layer == "clear" and self.server.in_clear else self.server.capabilities))
        self.say(f"{tag} OK done")

    def do_starttls(self, tag, _rest):
        self.send(f"{tag} OK begin\r\n".encode() + self.server.after_starttls)
        self.encrypt()

    def logged_in(self, tag, good, user):
        self.user = user if good else None
        self.say(f"{tag} " + ("OK logged in" if good else "NO [AUTHENTICATIONFAILED] refused"))

    def do_login(self, tag, rest):
        user, password = [re.sub(r"\\(.)", r"\1", a) or b for a, b in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', rest)][:2]
        self.logged_in(tag, self.server.users.get(user) == password, user)

    def do_authenticate(self, tag, rest):
        mechanism, _, initial = rest.partition(" ")
        said = base64.b64decode(initial)
        if mechanism == "PLAIN":
            _, user, password = said.decode().split("\0")
            return self.logged_in(tag, self.server.users.get(user) == password, user)
        match = re.fullmatch(r"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01", said.decode())
        good = bool(match) and self.server.tokens.get(match[1]) == match[2]
        if not good:
            self.say("+ " + base64.b64encode(b'{"status":"400"}').decode())
            self.read_line()
        self.logged_in(tag, good, match[1] if match else "")

    # -- the mailbox
    def do_select(self, tag, rest):
        self.send(f"* {len(self.server.box)} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Deleted)\r\n* OK [UIDVALIDITY {self.server.uidvalidity}] ok\r\n"
                  f"* OK [UIDNEXT {self.server.next_uid}] ok\r\n{tag} OK [READ-WRITE] selected\r\n".encode())

    def chosen(self, text, by_uid):
        last = (self.server.box[-1][0] if by_uid else len(self.server.box)) if self.server.box else 0
        wanted = []
        for part in text.split(","):
            first, _, end = part.partition(":")
            first, end = (last if x == "*" else int(x) for x in (first, end or first))
            wanted.append((min(first, end), max(first, end)))
        return [(n, one) for n, one in enumerate(self.server.box, 1) if any(a <= (one[0] if by_uid else n) <= b for a, b in wanted)]

    def fetch(self, tag, rest, by_uid):
        numbers, _, what = rest.partition(" ")
        partial = re.search(r"<0\.(\d+)>", what)
        for number, (uid, flags, message) in self.chosen(numbers, by_uid):
            parts = [f"UID {uid}".encode()]
            if "FLAGS" in what:
                parts.append(b"FLAGS (" + " ".join(sorted(flags)).encode() + b")")
            if "RFC822.SIZE" in what:
                parts.append(b"RFC822.SIZE %d" % len(message))
            if "BODY.PEEK[]" in what:
                body = message[:int(partial[1])] if partial else message
                parts.append(b"BODY[]%s {%d}\r\n%s" % (b"<0>" if partial else b"", len(body), body))
            self.send(b"* %d FETCH (%s)\r\n" % (number, b" ".join(parts)))
        self.say(f"{tag} OK fetched")

    def do_fetch(self, tag, rest):
        self.fetch(tag, rest, False)

    def do_uid_fetch(self, tag, rest):
        self.fetch(tag, rest, True)

    def do_list(self, tag, rest):
        name = rest.split(" ", 1)[1].strip('"')
        if name in self.server.folders:
            self.say(f'* LIST () "." {name}')
        self.say(f"{tag} OK listed")

    def do_create(self, tag, rest):
        self.server.folders[rest.strip('"')] = []
        self.say(f"{tag} OK created")

    def expunge(self, uids):
        for number in range(len(self.server.box), 0, -1):
            if self.server.box[number - 1][0] in uids:
                del self.server.box[number - 1]
                self.say(f"* {number} EXPUNGE")

    def copy(self, rest):
        numbers, _, folder = rest.partition(" ")
        chosen = self.chosen(numbers, True)
        self.server.folders.setdefault(folder.strip('"'), []).extend(one for _, one in chosen)
        return {one[0] for _, one in chosen}

    def do_uid_copy(self, tag, rest):
        self.copy(rest)
        self.say(f"{tag} OK copied")

    def do_uid_move(self, tag, rest):
        self.expunge(self.copy(rest))
        self.say(f"{tag} OK moved")

    def do_uid_store(self, tag, rest):
        for _, one in self.chosen(rest.split(" ", 1)[0], True):
            one[1].add("\\Deleted")
        self.say(f"{tag} OK stored")

    def do_uid_expunge(self, tag, rest):
        self.expunge({one[0] for _, one in self.chosen(rest, True) if "\\Deleted" in one[1]})
        self.say(f"{tag} OK expunged")

    def do_noop(self, tag, _rest):
        self.say(f"* {len(self.server.box)} EXISTS")
        self.say(f"{tag} OK noop")

    def do_idle(self, tag, _rest):
        self.say("+ idling")
        self.server.idlers.append(self)
        try:
            self.read_line()
        finally:
            self.server.idlers.remove(self)
        self.say(f"{tag} OK idled")

    def do_logout(self, tag, _rest):
        self.say("* BYE")
        self.say(f"{tag} OK bye")
        return "end"


class Proxy:
    """A TCP proxy that cuts the line after so many bytes of one direction ("down": from the server); -1 = never. change: a function of each piece from the server."""

    def __init__(self, port, change=None):
        self.target, self.change = port, change
        self.down, self.up, self.seen_down, self.seen_up = -1, -1, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def cut(self, down=-1, up=-1):
        self.down, self.up, self.seen_down, self.seen_up = down, up, 0, 0

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            for source, sink, name in ((far, near, "down"), (near, far, "up")):
                threading.Thread(target=self.pump, args=(source, sink, name, (near, far)), daemon=True).start()

    def pump(self, source, sink, name, both):
        try:
            while True:
                data = source.recv(65536)
                if name == "down" and self.change:
                    data = self.change(data)
                most, seen = getattr(self, name), getattr(self, "seen_" + name)
                setattr(self, "seen_" + name, seen + len(data))
                end = not data or 0 <= most <= seen + len(data)
                sink.sendall(data[:max(0, most - seen)] if data and end else data)
                if end:
                    break
        except OSError:
            pass
        for one in both:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
