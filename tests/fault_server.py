"""An SMTP server that goes wrong once, or always, at one state of the dialogue, in one way, in clear or over TLS; before and after that it is
an ordinary one. For faults.t, which asks what the sender makes of it."""
import re
import socket
import ssl
import struct
import threading
import time

STATES = ("greeting", "ehlo", "starttls", "auth", "ehlo again", "mail", "rcpt", "data", "body", "dot", "rset", "idle", "quit")
FAULTS = ("4yz", "5yz", "421", "rst", "fin", "silence", "drip")
REPLIES = {"4yz": b"451 4.3.0 not now\r\n", "5yz": b"554 5.0.0 never\r\n", "421": b"421 4.3.2 closing\r\n"}
SILENCE_S = 6  # longer than any time-out of the tests


class FaultServer:
    """state is a STATES, fault a FAULTS; context: an ssl.SSLContext, None = in clear; always: not once, but each time. accepted: each
    message taken, by its recipient."""

    def __init__(self, state, fault, context=None, always=False):
        self.state, self.fault, self.context, self.always = state, fault, context, always
        self.accepted, self.commands, self.struck, self.begun = [], [], 0, 0
        self.lock, self.closing = threading.Lock(), False
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while not self.closing:
            try:
                client = self.socket.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            Talk(self, client).run()
        except (OSError, ssl.SSLError, EOFError, ValueError):
            pass
        finally:
            client.close()

    def strikes(self, state):
        """Whether it goes wrong here and now."""
        with self.lock:
            if state != self.state or (self.struck and not self.always):
                return False
            self.struck += 1
            return True

    def close(self):
        self.closing = True
        self.socket.close()


class Talk:
    def __init__(self, server, client):
        self.server, self.raw, self.line, self.buffer, self.ehlos = server, client, client, bytearray(), 0

    def read_until(self, end, most=64 << 20):
        looked = 0
        while (at := self.buffer.find(end, looked)) < 0:
            looked = max(0, len(self.buffer) - len(end))
            more = self.line.recv(1 << 18)
            if not more or len(self.buffer) > most:
                raise EOFError
            self.buffer += more
        taken = bytes(self.buffer[:at])
        del self.buffer[:at + len(end)]
        return taken

    def say(self, state, reply):
        """The reply, or what goes wrong in its place. False: the transaction this belongs to is refused."""
        if not self.server.strikes(state):
            self.line.sendall(reply)
            return True
        fault = self.server.fault
        if fault == "rst":
            self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise EOFError
        if fault == "fin":
            self.raw.shutdown(socket.SHUT_RDWR)
            raise EOFError
        if fault in ("silence", "drip"):
            for at in range(SILENCE_S):
                if fault == "drip":
                    self.line.sendall(reply[at:at + 1])
                time.sleep(1)
            raise EOFError
        self.line.sendall(REPLIES[fault])
        if fault == "421":
            raise EOFError
        return False

    def greet(self):
        self.ehlos += 1
        offer = b"250-STARTTLS\r\n" if self.server.context and self.line is self.raw else b""
        state = "ehlo" if self.ehlos == 1 else "ehlo again"
        if self.server.context and self.line is not self.raw:
            state = "ehlo" if self.ehlos == 2 else "ehlo again"
            if self.ehlos == 2 and self.server.state == "starttls":
                state = "none"
        offer += b"250-AUTH PLAIN\r\n" if self.server.state == "auth" else b""
        self.say(state, b"250-panne.test\r\n" + offer + b"250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 100000000\r\n")

    def run(self):
        if not self.say("greeting", b"220 panne.test ESMTP\r\n"):
            raise EOFError
        recipient, good = None, False
        while True:
            command = self.read_until(b"\r\n").decode("latin-1")
            self.server.commands.append(command)
            verb = command[:4].upper()
            if verb in ("EHLO", "HELO"):
                self.greet()
            elif verb == "STAR":
                if self.say("starttls", b"220 2.0.0 go on\r\n"):
                    self.line = self.server.context.wrap_socket(self.raw, server_side=True)
                    self.buffer = bytearray()
            elif verb == "AUTH":
                self.line.sendall(b"334 \r\n")
                self.read_until(b"\r\n")
                self.say("auth", b"235 2.7.0 ok\r\n")
            elif verb == "MAIL":
                good = self.say("mail", b"250 2.1.0 ok\r\n")
                recipient = None
            elif verb == "RCPT":
                recipient = re.search("<(.*?)>", command)[1]
                if recipient.startswith("inconnu"):
                    self.line.sendall(b"550 5.1.1 unknown user\r\n")
                    good = False
                else:
                    good = self.say("rcpt", b"250 2.1.5 ok\r\n") and good
            elif verb == "DATA":
                if not good:
                    self.line.sendall(b"503 5.5.1 nothing to take\r\n")
                elif self.say("data", b"354 go on\r\n"):
                    self.take(recipient)
                good = False
            elif verb == "RSET":
                self.say("rset", b"250 2.0.0 ok\r\n")
            elif verb == "QUIT":
                self.say("quit", b"221 2.0.0 bye\r\n")
                return
            else:
                self.line.sendall(b"502 5.5.2 what?\r\n")

    def take(self, recipient):
        with self.server.lock:
            self.server.begun += 1
        if self.server.state == "body" and not self.server.struck:
            self.read_until(b"\r\n") # some of it has come
            if not self.say("body", b""):
                time.sleep(0.2)
                raise EOFError
        self.read_until(b"\r\n.\r\n")
        taken = self.server.state != "dot" or self.server.struck or self.server.fault not in REPLIES
        if taken:  # a server that falls silent, or breaks, has taken it
            with self.server.lock:
                self.server.accepted.append(recipient)
        if self.say("dot", b"250 2.0.0 ok\r\n") and self.server.state == "idle":
            time.sleep(0.05)
            if not self.server.struck and self.server.fault not in ("silence", "drip"):
                self.say("idle", b"")
