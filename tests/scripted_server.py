"""The scripted SMTP server (smtp_server.py) as the beds of stories run it: started on a free port, and what it has accepted."""
import email
import email.policy
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
servers = []  # processes; whoever ends a story ends them


class Server:
    def __init__(self, folder, *options):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "smtp_server.py"), "--record", folder, *options],
                                        stdout=subprocess.PIPE, text=True)
        servers.append(self.process)
        self.port = int(self.process.stdout.readline().split()[1])

    def accepted(self):
        path = os.path.join(self.folder, "accepted.jsonl")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def to(self):
        return sorted(one["rcpt"] for one in self.accepted())

    def text(self, one):
        with open(os.path.join(self.folder, one["file"]), "rb") as file:
            message = email.message_from_binary_file(file, policy=email.policy.default)
        return message.get_body(("plain",)).get_content()
