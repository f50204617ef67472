"""Certificates for stories about TLS, made by openssl for a day: an authority, and servers that deserve trust or do not."""
import os
import subprocess

SYSTEM = "/etc/ssl/certs/ca-certificates.crt"
NAMES = "DNS:localhost,IP:127.0.0.1,IP:0.0.0.0"
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Certificates:
    """In folder: ca.pem, and NAME.pem with NAME.key for each of good, expired, other_host, unknown_ca, chain (by way of an
    authority in between), self_signed."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        for authority in ("ca", "other_ca", "filler"):
            self._openssl("req", "-x509", *KEY, "-keyout", f"{authority}.key", "-out", f"{authority}.pem", "-subj", f"/CN={authority}", "-days", "2")
        self._sign("good", "ca", NAMES)
        self._sign("expired", "ca", NAMES, days="-1")
        self._sign("other_host", "ca", "DNS:autre.test")
        self._sign("unknown_ca", "other_ca", NAMES)
        self._sign("between", "ca", "DNS:between.test", more="basicConstraints=critical,CA:TRUE\n")
        self._sign("chain", "between", NAMES)
        with open(self.path("chain.pem"), "a", encoding="ascii") as file, open(self.path("between.pem"), encoding="ascii") as other:
            file.write(other.read())
        self._openssl("req", "-x509", *KEY, "-keyout", "self_signed.key", "-out", "self_signed.pem", "-subj", "/CN=localhost", "-days", "2",
                      "-addext", f"subjectAltName={NAMES}")

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _sign(self, name, authority, names, days="2", more=""):
        self._openssl("req", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        with open(self.path(f"{name}.ext"), "w", encoding="ascii") as file:
            file.write(f"subjectAltName={names}\n{more}")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial",
                      "-days", days, "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def path(self, name):
        return os.path.join(self.folder, name)

    def server(self, name):
        """Options of smtp_server.py."""
        return ("--cert", self.path(f"{name}.pem"), "--key", self.path(f"{name}.key"))

    def bundle(self, name, *authorities):
        """A list of authorities as long as a system's (the system's own where there is one), with ours in it."""
        long_list = [SYSTEM] if os.path.exists(SYSTEM) else [self.path("filler.pem")] * 140
        with open(self.path(name), "wb") as out:
            for path in long_list + [self.path(f"{one}.pem") for one in authorities]:
                with open(path, "rb") as file:
                    out.write(file.read())
        return self.path(name)
