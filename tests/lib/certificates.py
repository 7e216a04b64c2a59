"""An authority of the test's own and what it signs, made by the openssl program."""
import subprocess


def openssl(*argv, cwd):
    done = subprocess.run(["openssl", *map(str, argv)], cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


class Authority:
    """`ca`: its certificate, for who trusts it."""

    KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")

    def __init__(self, directory):
        self.dir = directory
        self.dir.mkdir()
        self.dir.chmod(0o755)
        self.ca = self.dir / "ca.pem"
        openssl("req", "-x509", *self.KEY, "-keyout", "ca.key", "-out", self.ca, "-subj", "/CN=test authority", "-days", "2", cwd=self.dir)

    def sign(self, file, name, days=30):
        """The files of a certificate for `name` and of its key; expired when `days` is negative."""
        certificate, key = self.dir / f"{file}.pem", self.dir / f"{file}.key"
        openssl("req", *self.KEY, "-keyout", key, "-out", f"{file}.csr", "-subj", f"/CN={name}",
                "-addext", f"subjectAltName=DNS:{name}", cwd=self.dir)
        openssl("x509", "-req", "-in", f"{file}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", days,
                "-copy_extensions", "copy", "-out", certificate, cwd=self.dir)
        return certificate, key
