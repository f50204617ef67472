"""A machine's clock that a story may set while a program runs: Debian's libfaketime, preloaded, reading its offset from a file at
every look. Only the wall clock is false unless steady=True asks for the steady one too."""
import datetime
import glob
import os
import time

LIBRARIES = sorted(glob.glob("/usr/lib/*/faketime/libfaketime.so.1"))


def instant(text):
    """RFC 3339 to Unix seconds."""
    return datetime.datetime.fromisoformat(text).timestamp()


class FakeClock:
    def __init__(self, path, shows, steady=False):
        """shows: what it shows now, RFC 3339; of a steady clock the same step is taken."""
        self.path, self.steady, self.steps = path, steady, []
        self.set(shows)

    def environment(self):
        env = dict(os.environ, LD_PRELOAD=LIBRARIES[0], FAKETIME_TIMESTAMP_FILE=self.path, FAKETIME_NO_CACHE="1", NO_FAKE_STAT="1",
                   ASAN_OPTIONS=":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"))))
        if not self.steady:
            env.update(DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
        return env

    def set(self, shows):
        self._offset(instant(shows) - time.time())

    def step(self, seconds):
        self._offset(self.steps[-1][1] + seconds)

    def _offset(self, offset):
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.write(f"{offset:+.3f}\n")
        os.replace(self.path + ".new", self.path)
        self.steps.append((time.monotonic(), offset))

    def now(self):
        return time.time() + self.steps[-1][1]

    def shown(self, steady_s, slack_s=0.0):
        """What it showed at an instant of the steady clock: Unix seconds; two of them within slack_s after a step."""
        real = time.time() - time.monotonic() + steady_s
        before = [(at, offset) for at, offset in self.steps if at <= steady_s]
        shown = [real + before[-1][1]]
        if len(before) > 1 and steady_s - before[-1][0] < slack_s:
            shown.append(real + before[-2][1])
        return shown
