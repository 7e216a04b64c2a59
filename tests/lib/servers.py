"""Mail, directory and file servers as plain processes on loopback, each in a directory of its own."""
import os
import shutil
import signal
import subprocess

from daemon import loopback
from processes import connects, spawn, until

SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"
USER, PASSWORD = "anna", "Xyzzy-7 \"quoted\" \\"


def program(name):
    return shutil.which(name, path=SBIN)


def run(*argv, given="", **more):
    done = subprocess.run([str(a) for a in argv], input=given, capture_output=True, text=True, timeout=60, **more)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"


class Server:
    """`certificate`: a file of the authority's."""
    needs, ports = (), ()  # programs or files; what it listens on

    @classmethod
    def missing(cls):
        return [n for n in cls.needs if not (os.path.exists(n) if n.startswith("/") else program(n))]

    def __init__(self, guard, authority, certificate):
        self.guard, self.certificate, self.key = guard, certificate, authority.key_of(certificate)
        self.address = loopback()
        self.dir = guard.directory / f"{type(self).__name__.lower()}.{self.address}"
        self.dir.mkdir()
        self.dir.chmod(0o755)
        self.process = None
        self.prepare()

    def prepare(self):
        """Writes what it needs."""

    def command(self):
        raise NotImplementedError

    def start(self):
        self.process = spawn(self.guard, self.command(), cwd=self.dir, stdout=(self.dir / "out").open("w"), stderr=subprocess.STDOUT)
        until(f"{self.dir.name} listens", 30,
              lambda: self.process.poll() is not None or all(connects(self.address, p) for p in self.ports))
        assert self.process.poll() is None, f"{self.dir.name} ended:\n{(self.dir / 'out').read_text()}"
        return self

    def hang(self):
        os.killpg(self.process.pid, signal.SIGSTOP)

    def wake(self):
        os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        until(f"{self.dir.name} is gone", 10, lambda: not any(connects(self.address, p) for p in self.ports))


class Slapd(Server):
    """A directory o=ut with the user cn=anna,o=ut, and contextCSN as a provider keeps it."""
    needs, ports = ("slapd", "slapadd"), (7012, 7636)
    user = f"cn={USER},o=ut"

    def prepare(self):
        (self.dir / "db").mkdir()
        (self.dir / "conf").write_text(f"""include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
pidfile {self.dir}/pid
TLSCACertificateFile {self.certificate}
TLSCertificateFile {self.certificate}
TLSCertificateKeyFile {self.key}
database mdb
suffix o=ut
directory {self.dir}/db
maxsize 1048576
rootdn cn=root,o=ut
access to attrs=userPassword by anonymous auth
access to * by * read
overlay syncprov
""")
        self.add(f"""dn: o=ut
objectClass: organization
o: ut

dn: cn={USER},o=ut
objectClass: person
cn: {USER}
sn: Test
userPassword: {PASSWORD}
""")

    def add(self, ldif):
        run(program("slapadd"), "-w", "-f", self.dir / "conf", given=ldif)

    def command(self):
        return [program("slapd"), "-d", "256", "-f", self.dir / "conf", "-h",
                f"ldap://{self.address}:{self.ports[0]} ldaps://{self.address}:{self.ports[1]}"]


class Vsftpd(Server):
    """Anonymous logins with the password only; one file."""
    needs, ports = ("vsftpd",), (7021,)
    user, file = "anonymous", "there.txt"

    def prepare(self):
        root = self.dir / "root"
        root.mkdir()
        (root / self.file).write_text("12345\n")
        root.chmod(0o555)
        (self.dir / "empty").mkdir(mode=0o755)
        (self.dir / "passwords").write_text(PASSWORD + "\n")
        options = {
            "listen": "YES", "listen_ipv6": "NO", "background": "NO", "listen_address": self.address, "listen_port": self.ports[0],
            "anonymous_enable": "YES", "anon_root": root, "secure_email_list_enable": "YES", "email_password_file": self.dir / "passwords",
            "secure_chroot_dir": self.dir / "empty", "run_as_launching_user": "NO" if os.geteuid() == 0 else "YES",
            "ssl_enable": "YES", "allow_anon_ssl": "YES", "ssl_tlsv1": "YES", "rsa_cert_file": self.certificate,
            "rsa_private_key_file": self.key, "xferlog_enable": "NO", "delay_failed_login": 0, "delay_successful_login": 0,
        }
        (self.dir / "conf").write_text("".join(f"{key}={value}\n" for key, value in options.items()))

    def command(self):
        return [program("vsftpd"), self.dir / "conf"]


class Postfix(Server):
    """Logs in by a password database of its own."""
    needs, ports = ("/usr/lib/postfix/sbin/master", "saslpasswd2"), (7025, 7465)
    user = f"{USER}@example.com"

    def prepare(self):
        conf, sasl = self.dir / "conf", self.dir / "conf" / "sasl"  # Debian looks for it there
        for d in (conf, sasl, self.dir / "queue", self.dir / "data"):
            d.mkdir()
        shutil.chown(self.dir / "data", "postfix")
        run(program("saslpasswd2"), "-c", "-p", "-f", sasl / "db", "-u", "example.com", USER, given=PASSWORD)
        shutil.chown(sasl / "db", "postfix")
        (sasl / "smtpd.conf").write_text(f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {sasl}/db\nmech_list: PLAIN\n")
        options = {
            "compatibility_level": "3.6", "queue_directory": self.dir / "queue", "data_directory": self.dir / "data",
            "myhostname": "mail.example.com", "mydestination": "", "inet_interfaces": "all", "inet_protocols": "ipv4",
            "mynetworks": "", "alias_maps": "", "local_recipient_maps": "", "maillog_file": self.dir / "log", "maillog_file_prefixes": self.dir,
            "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_path": "smtpd",
            "smtpd_tls_security_level": "may", "smtpd_tls_cert_file": self.certificate, "smtpd_tls_key_file": self.key,
            "smtpd_tls_auth_only": "yes", "smtpd_peername_lookup": "no", "smtpd_client_connection_count_limit": 0,
            "smtpd_client_connection_rate_limit": 0, "smtpd_error_sleep_time": "0s",
        }
        (conf / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in options.items()))
        (conf / "master.cf").write_text(
            f"{self.address}:{self.ports[0]} inet n - n - - smtpd\n"
            f"{self.address}:{self.ports[1]} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n"
            "postlog unix-dgram n - n - 1 postlogd\nanvil unix - - n - 1 anvil\ntlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\n"
            "cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\nproxymap unix - - n - - proxymap\n"
            "error unix - - n - - error\nshowq unix n - n - - showq\npickup unix n - n 60 1 pickup\n")
        queue = self.dir / "queue"
        for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"):
            (queue / name).mkdir(mode=0o700)
            shutil.chown(queue / name, "postfix")
        for name, mode in (("public", 0o710), ("maildrop", 0o730)):
            (queue / name).mkdir()
            (queue / name).chmod(mode)
            shutil.chown(queue / name, "postfix", "postdrop")
        (queue / "pid").mkdir()

    def command(self):
        return ["/usr/lib/postfix/sbin/master", "-c", self.dir / "conf", "-d"]


class Cyrus(Server):
    """IMAP and POP3; the user has an INBOX."""
    needs, ports = ("/usr/lib/cyrus/bin/master", "saslpasswd2"), (7143, 7110, 7993, 7995)
    user = USER

    def prepare(self):
        for d in ("lib", "lib/socket", "lib/proc", "lib/log", "spool"):
            (self.dir / d).mkdir()
            shutil.chown(self.dir / d, "cyrus", "mail")
        run(program("saslpasswd2"), "-c", "-p", "-f", self.dir / "sasldb", "-u", "mail.example.com", USER, given=PASSWORD)
        shutil.chown(self.dir / "sasldb", "cyrus", "mail")
        shutil.copy(self.key, self.dir / "key")
        shutil.chown(self.dir / "key", "cyrus", "mail")
        options = {
            "configdirectory": self.dir / "lib", "partition-default": self.dir / "spool", "defaultpartition": "default",
            "servername": "mail.example.com", "defaultdomain": "example.com", "virtdomains": "off", "admins": "cyrus",
            "sasl_pwcheck_method": "auxprop", "sasl_auxprop_plugin": "sasldb", "sasl_sasldb_path": self.dir / "sasldb",
            "sasl_mech_list": "PLAIN", "allowplaintext": "no", "autocreate_quota": 0, "autocreate_post": 1,
            "tls_server_cert": self.certificate, "tls_server_key": self.dir / "key", "tls_server_ca_file": self.certificate,
            "tls_sessions_db_path": self.dir / "lib/tls", "popminpoll": 0, "poptimeout": 10, "failedloginpause": 0,
        }
        imapd, cyrus = self.dir / "imapd.conf", self.dir / "cyrus.conf"
        imapd.write_text("".join(f"{key}: {value}\n" for key, value in options.items()))
        cyrus.write_text(f"""START {{
  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C {imapd} -r"
}}
SERVICES {{
  imap cmd="imapd -C {imapd} -U 30" listen="{self.address}:{self.ports[0]}" prefork=0 maxchild=20
  pop3 cmd="pop3d -C {imapd} -U 30" listen="{self.address}:{self.ports[1]}" prefork=0 maxchild=20
  imaps cmd="imapd -C {imapd} -s -U 30" listen="{self.address}:{self.ports[2]}" prefork=0 maxchild=20
  pop3s cmd="pop3d -C {imapd} -s -U 30" listen="{self.address}:{self.ports[3]}" prefork=0 maxchild=20
}}
EVENTS {{
}}
""")

    def command(self):
        return ["/usr/lib/cyrus/bin/master", "-C", self.dir / "imapd.conf", "-M", self.dir / "cyrus.conf",
                "-p", self.dir / "pid", "-D"]
