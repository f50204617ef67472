"""A folder with a database and a configuration of sources, for stories about where returns are read from."""
import atexit
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

from tap import RELAIS

CLOCK = "2025-12-15T10:00:00+01:00"


class Bed:
    def __init__(self, prefix="relais-imap."):
        self.tmp = tempfile.mkdtemp(prefix=prefix)
        os.chmod(self.tmp, 0o755)
        subprocess.run([RELAIS, "init", "."], cwd=self.tmp, check=True, capture_output=True)
        with open(self.path("relais.ini"), encoding="utf-8") as file:
            self.base = file.read()
        self.peak_kb = 0

    def path(self, *names):
        return os.path.join(self.tmp, *names)

    def close(self):
        shutil.rmtree(self.tmp, ignore_errors=True)

    def secret(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text + "\n")
        os.chmod(self.path(name), 0o600)

    def maildir(self, name):
        for part in ("new", "cur", "tmp"):
            os.makedirs(self.path(name, part), exist_ok=True)

    def configure(self, **sections):
        """inbox={...}, other={...} becomes [inbox.other]."""
        text = self.base
        for name, keys in sections.items():
            section = name if name in ("inbox", "sender", "log") else "inbox." + name
            text += f"\n[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
        with open(self.path("relais.ini"), "w", encoding="utf-8") as file:
            file.write(text)

    def once(self, timeout=60):
        """Exit code, answer (None when it is none), standard error, seconds."""
        began = time.monotonic()
        run = subprocess.Popen([RELAIS, "inbox", "--once", "--format", "json", "--clock", CLOCK], cwd=self.tmp, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, said = run.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            run.kill()
            out, said = run.communicate()
        return run.returncode, json.loads(out) if out.startswith(b"{") else None, said.decode("utf-8", "replace"), time.monotonic() - began

    def start(self, *more):
        log = open(self.path("role.log"), "ab")
        role = subprocess.Popen([RELAIS, "inbox", "--clock", CLOCK, *more], cwd=self.tmp, stdout=log, stderr=log)
        atexit.register(role.kill) # a story that breaks off leaves nobody behind
        return role

    def stop(self, role):
        self.peak_kb = max(self.peak_kb, peak_kb(role.pid))
        role.send_signal(signal.SIGTERM)
        try:
            return role.wait(15)
        except subprocess.TimeoutExpired:
            role.kill()
            return role.wait()

    def log(self):
        with open(self.path("role.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def rows(self, sql, *values):
        store = sqlite3.connect(self.path("relais.db"), timeout=30)
        try:
            return store.execute(sql, values).fetchall()
        finally:
            store.close()

    def counted(self):
        """How many messages are in the store, and how many different ones."""
        return self.rows("SELECT COUNT(*), COUNT(DISTINCT message_id) FROM inbound")[0]

    def forget(self):
        store = sqlite3.connect(self.path("relais.db"), timeout=30)
        store.execute("DELETE FROM inbound")
        store.commit()
        store.close()


def peak_kb(pid):
    """The most memory the process has had in RAM."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1])
    except (OSError, TypeError):
        return 0


def letter(number, text="Bonjour.", size=0):
    body = text + "\r\n" + ("x" * 70 + "\r\n") * (size // 72)
    return (f"Return-Path: <a@commune.test>\r\nFrom: mairie@commune{number}.test\r\nTo: retour@amf.example\r\nSubject: Message {number}\r\n"
            f"Message-ID: <{number}@commune.test>\r\n\r\n{body}").encode()


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())
