"""A private, real Dovecot in a folder of its own, on 127.0.0.1: users in a passwd file, Maildirs. Needs no root: without it, it runs as whoever runs the
test; with it, as nobody. Nothing of the system's is read or written."""
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

DOVECOT = "/usr/sbin/dovecot"
IMAPD = "/usr/lib/dovecot/imap"


def missing():
    """Why it cannot run here; "" when it can."""
    if not (os.access(DOVECOT, os.X_OK) and os.path.exists(IMAPD)):
        return "Dovecot is not installed (dovecot-imapd)"
    return ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Dovecot:
    """certificate: path without .pem/.key. users: name to password. The mail of NAME lies in folder/mail/NAME (Maildir++)."""

    def __init__(self, folder, certificate, users, extra=""):
        self.folder, self.extra, self.certificate = folder, extra, certificate
        self.me = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self.port, self.tls_port = free_port(), free_port()
        os.makedirs(os.path.join(folder, "mail"), exist_ok=True)
        os.chmod(folder, 0o755)
        with open(os.path.join(folder, "users"), "w", encoding="utf-8") as file:
            for name, password in users.items():
                file.write(f"{name}:{{PLAIN}}{password}::::::\n")
        for name in users:
            self.make_box(name)
        self.process = None
        self.start()

    def make_box(self, name):
        for part in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(self.box(name), part), exist_ok=True)
        self.own(self.box(name))

    def own(self, path):
        if os.getuid() != 0:
            return
        os.chown(path, self.me.pw_uid, self.me.pw_gid)
        for parent, folders, files in os.walk(path):
            for name in folders + files:
                os.chown(os.path.join(parent, name), self.me.pw_uid, self.me.pw_gid)

    def box(self, name):
        return os.path.join(self.folder, "mail", name)

    def configuration(self):
        user, group = self.me.pw_name, __import__("grp").getgrgid(self.me.pw_gid).gr_name
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
info_log_path = {self.folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {self.me.pw_uid}
mail_gid = {self.me.pw_gid}
mail_location = maildir:{self.folder}/mail/%u
mail_fsync = never
maildir_very_dirty_syncs = no
mailbox_list_index = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
auth_verbose = no
auth_cache_size = 0
disable_plaintext_auth = yes
ssl = yes
ssl_cert = <{self.certificate}.pem
ssl_key = <{self.certificate}.key
ssl_min_protocol = TLSv1.2
imap_idle_notify_interval = 2 mins
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {self.folder}/users
}}
userdb {{
  driver = static
  args = uid={self.me.pw_uid} gid={self.me.pw_gid} home={self.folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service anvil {{
  chroot =
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
    ssl = yes
  }}
}}
service imap {{
  client_limit = 1
}}
{self.extra}
"""

    def start(self):
        path = os.path.join(self.folder, "dovecot.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.configuration())
        self.process = subprocess.Popen([DOVECOT, "-F", "-c", path], stdout=subprocess.DEVNULL, stderr=open(os.path.join(self.folder, "errors"), "wb"))
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as line:
                    line.settimeout(5)
                    if b"OK" in line.recv(1000):
                        return
            except OSError:
                time.sleep(0.05)
        with open(os.path.join(self.folder, "errors"), encoding="utf-8", errors="replace") as file:
            raise RuntimeError("dovecot did not start: " + file.read() + self.log())

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def deliver(self, name, messages):
        """As a delivery agent: written in tmp, renamed into new."""
        box = self.box(name)
        for i, message in enumerate(messages):
            base = f"{time.time_ns()}.{i}.essai"
            with open(os.path.join(box, "tmp", base), "wb") as file:
                file.write(message)
            if os.getuid() == 0:
                os.chown(os.path.join(box, "tmp", base), self.me.pw_uid, self.me.pw_gid)
            os.rename(os.path.join(box, "tmp", base), os.path.join(box, "new", base))

    def waiting(self, name, folder=""):
        """Messages in INBOX, or in a folder of it."""
        box = os.path.join(self.box(name), "." + folder) if folder else self.box(name)
        return sum(len(os.listdir(os.path.join(box, part))) for part in ("new", "cur") if os.path.isdir(os.path.join(box, part)))

    def forget_numbers(self, name):
        """A new UIDVALIDITY: what Dovecot knew of the mailbox is gone."""
        for file in os.listdir(self.box(name)):
            if file.startswith("dovecot"):
                path = os.path.join(self.box(name), file)
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
