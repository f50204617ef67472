#!/usr/bin/env python3
"""An SMTP sink that can be slow: bench_sink.py [--dot-ms MS] [--stall-s S] [--refuse PERCENT] [--one-way-ms MS]
Prints "PORT n"; on SIGTERM "connections N, taken N". --stall-s: the first message of the first connection waits so long for its
answer. --one-way-ms: every byte takes that long in each direction, as on a long line."""
import argparse
import asyncio
import signal

options = None
counts = {"connections": 0, "taken": 0, "recipients": 0, "stalled": False}


class Sink(asyncio.Protocol):
    def connection_made(self, transport):
        counts["connections"] += 1
        self.transport, self.buffer, self.in_data, self.good = transport, b"", False, False
        self.loop, self.busy = asyncio.get_running_loop(), False
        self.say(b"220 sink.test ESMTP\r\n")

    def say(self, reply):
        if not options.one_way_ms:
            return self.transport.write(reply)
        self.loop.call_later(options.one_way_ms / 1000, self.write, reply)

    def write(self, reply):
        if not self.transport.is_closing():
            self.transport.write(reply)

    def data_received(self, data):
        if options.one_way_ms:
            self.loop.call_later(options.one_way_ms / 1000, self.take, data)
        else:
            self.take(data)

    def take(self, data):
        self.buffer += data
        if not self.busy:
            self.go_on()

    def answered(self):
        self.busy = False
        self.say(b"250 2.0.0 ok\r\n")
        self.go_on()

    def dot(self):
        counts["taken"] += 1
        wait_s = options.dot_ms / 1000
        if options.stall_s and not counts["stalled"]:
            counts["stalled"], wait_s = True, options.stall_s
        if not wait_s:
            return self.say(b"250 2.0.0 ok\r\n")
        self.busy = True
        self.loop.call_later(wait_s, self.answered)

    def go_on(self):
        out = []
        while not self.busy:
            if self.in_data:
                at = self.buffer.find(b"\r\n.\r\n")
                if at < 0:
                    break
                self.buffer, self.in_data = self.buffer[at + 5:], False
                if out:
                    self.say(b"".join(out))
                    out = []
                self.dot()
                continue
            at = self.buffer.find(b"\r\n")
            if at < 0:
                break
            verb, self.buffer = self.buffer[:4].upper(), self.buffer[at + 2:]
            if verb in (b"EHLO", b"HELO"):
                out.append(b"250-sink.test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n")
            elif verb == b"RCPT":
                counts["recipients"] += 1
                self.good = not options.refuse or counts["recipients"] * options.refuse % 100 >= options.refuse
                out.append(b"250 2.1.5 ok\r\n" if self.good else b"550 5.7.1 not this one\r\n")
            elif verb == b"DATA":
                self.in_data = self.good
                out.append(b"354 go on\r\n" if self.good else b"503 5.5.1 no recipient\r\n")
            elif verb == b"QUIT":
                self.say(b"".join(out) + b"221 2.0.0 bye\r\n")
                return self.transport.close()
            else:
                out.append(b"250 2.0.0 ok\r\n")
        if out:
            self.say(b"".join(out))


async def main():
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print("PORT", server.sockets[0].getsockname()[1], flush=True)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    print(f"connections {counts['connections']}, taken {counts['taken']}", flush=True)


parser = argparse.ArgumentParser()
for name in ("--dot-ms", "--stall-s", "--refuse", "--one-way-ms"):
    parser.add_argument(name, type=float, default=0)
options = parser.parse_args()
asyncio.run(main())
