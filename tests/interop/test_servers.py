"""smtp, imap, pop3, ldap and ftp as real servers have them: Postfix, Cyrus, slapd, vsftpd; well, hung, dead, and with what is wrong."""
import os

import pytest

from certificates import Authority
from daemon import until
from servers import PASSWORD, Cyrus, Postfix, Slapd, Vsftpd

HOST = "mail.example.com"


class Case:
    """A kind, the server it asks, and more options for a login."""

    def __init__(self, kind, server, port, refused, root=False, **login):
        self.kind, self.server, self.port, self.refused, self.root, self.login = kind, server, port, refused, root, login


CASES = [
    Case("smtp", Postfix, 7025, r"login: 535 5\.7\.8 Error: authentication failed", root=True),
    Case("imap", Cyrus, 7143, r"login: b NO Login failed", root=True, mailbox="INBOX"),
    Case("pop3", Cyrus, 7110, r"login: -ERR \[AUTH\] Invalid login", root=True),
    Case("ldap", Slapd, 7012, r"bind: invalid credentials \(49\)", base="o=ut", attr="contextCSN", value=1),
    Case("ftp", Vsftpd, 7021, r"login: 530 Login incorrect", file=Vsftpd.file),
]


@pytest.fixture(params=CASES, ids=lambda c: c.kind)
def case(request):
    missing = request.param.server.missing()
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if request.param.root and os.geteuid() != 0:
        pytest.skip("it becomes another user: only root can start it")
    return request.param


@pytest.fixture
def authority(guard):
    return Authority(guard.directory / "authority")


def good(authority):
    return authority.sign("good", HOST, f"DNS:{HOST}", -1, 30)


def secret(locumd, name, text):
    file = locumd.dir / name
    file.write_text(text + "\n")
    file.chmod(0o600)
    return name


class Asked:
    """locumd with a service for each of some probes of one server."""

    def __init__(self, locumd, server, probes, hosts):
        self.locumd = locumd
        locumd.write({name: {"zone": "example.com", "records": [f"{name} A {{address}}"], "health": {"all": [name]},
                             "endpoints": [{"name": "it", "host": hosts.get(name, HOST), "address": server.address}]}
                      for name in probes},
                     {name: {"every": "200ms", "timeout": "2s", "fall": 1, "rise": 1, **probe} for name, probe in probes.items()})
        locumd.start()

    def until(self, name, last, reason=""):
        """The last outcome of a probe is that, with exactly that reason."""
        seen = {}

        def question():
            [check] = self.locumd.service(name)["endpoints"][0]["checks"]
            seen.update(check)
            return check["last"] == last and check["reason"] == reason
        try:
            until(f"{name} is {last}", 10, question)
        except TimeoutError:
            raise AssertionError(f"{name}: {seen}") from None

    def reason(self, name, pattern):
        self.locumd.log.wait(rf'service={name} .*state=down .*why="{pattern}')


def test_a_server(case, guard, locumd, authority):
    server = case.server(guard, authority, good(authority)).start()
    port, ca = {"type": case.kind, "port": case.port}, {"ca": str(authority.ca)}
    tls = {**port, "tls": {"begin": "starttls", **ca}}
    login = {**tls, **case.login, "user": server.user}
    right, wrong = secret(locumd, "right", PASSWORD), secret(locumd, "wrong", "wrong")
    asked = Asked(locumd, server, {
        "clear": port,
        "tls": tls,
        "login": {**login, "password-file": right},
        "refused": {**login, "password-file": wrong},
        "misnamed": tls,
        "named": {**port, "tls": {"name": HOST, **ca}},
        "untrusted": {**port, "tls": "starttls"},
    }, {"misnamed": "other.example.com", "named": "other.example.com"})
    for name in ("clear", "tls", "login", "named"):
        asked.until(name, "pass")
    asked.reason("refused", case.refused)
    asked.reason("misnamed", "certificate")
    asked.reason("untrusted", "certificate")
    assert PASSWORD not in locumd.log.text() and "Xyzzy" not in locumd.log.text()

    server.hang()
    for name in ("clear", "tls", "login"):
        asked.until(name, "fail", "timed out")
    server.wake()
    for name in ("clear", "tls", "login"):
        asked.until(name, "pass")
    server.kill()
    for name in ("clear", "tls", "login"):
        asked.until(name, "fail", "connection refused")


def test_a_directory(guard, locumd, authority):
    if Slapd.missing():
        pytest.skip("slapd is not installed")
    server = Slapd(guard, authority, authority.sign("old", HOST, f"DNS:{HOST}", -2, -1)).start()
    base = {"type": "ldap", "port": 7012, "base": "o=ut"}
    asked = Asked(locumd, server, {
        "suffix": base,
        "person": {**base, "scope": "sub", "filter": "(&(objectClass=person)(|(cn=AN*a)(sn>=x))(!(cn=bert)))", "attr": "sn"},
        "nobody": {**base, "scope": "sub", "filter": "(cn=bert)"},
        "nowhere": {**base, "base": "o=elsewhere"},
        "nothing": {**base, "attr": "seeAlso"},
        "second": {**base, "attr": "objectClass", "value": 2},
        "expired": {**base, "tls": {"ca": str(authority.ca)}},
    }, {})
    for name in ("suffix", "person"):
        asked.until(name, "pass")
    asked.until("nobody", "fail", "search: no entry")
    asked.until("nowhere", "fail", "search: no such entry (32)")
    asked.until("nothing", "fail", "search: no seeAlso")
    asked.until("second", "fail", "search: no objectClass number 2")
    asked.reason("expired", "certificate .*expired")


def test_a_file_that_is_not_there(guard, locumd, authority):
    if Vsftpd.missing():
        pytest.skip("vsftpd is not installed")
    server = Vsftpd(guard, authority, good(authority)).start()
    login = {"type": "ftp", "port": 7021, "user": server.user, "password-file": secret(locumd, "good", PASSWORD),
             "tls": {"ca": str(authority.ca)}}
    asked = Asked(locumd, server, {"there": {**login, "file": server.file}, "missing": {**login, "file": "missing.txt"}}, {})
    asked.until("there", "pass")
    asked.until("missing", "fail", "file: 550 Could not get file size.")
