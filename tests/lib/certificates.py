"""An authority of the test's own and certificates by it, as openssl(1) makes them."""
import datetime
import subprocess

CONFIG = """\
[ca]
default_ca = here
[here]
new_certs_dir = {dir}
database = {dir}/index
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = authority
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = CA:TRUE
[one]
subjectAltName = {names}
"""


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def date(days):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return at.strftime("%Y%m%d%H%M%SZ")


class Authority:
    """`ca` is the file to trust."""

    def __init__(self, directory, name="Test CA"):
        self.dir = directory
        self.dir.mkdir()
        (self.dir / "index").touch()
        self.key = self.dir / "ca.key"
        self.ca = self.sign("ca", name, None, -1, 3650)

    def sign(self, file, name, names, since, until):
        """A certificate for `names` ("DNS:a,IP:127.0.0.1"; None: an authority), valid from `since` to `until` days from now."""
        config, key, request = (self.dir / f"{file}.{what}" for what in ("cnf", "key", "csr"))
        pem = self.dir / f"{file}.pem"
        config.write_text(CONFIG.format(dir=self.dir, names=names or "DNS:none"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
                "-subj", f"/CN={name}")
        by = ["-cert", self.ca, "-keyfile", self.key, "-extensions", "one"] if names else ["-selfsign", "-keyfile", key]
        openssl("ca", "-batch", "-notext", "-config", config, *by, "-in", request, "-out", pem,
                "-startdate", date(since), "-enddate", date(until))
        return pem

    def key_of(self, pem):
        return pem.with_suffix(".key")
