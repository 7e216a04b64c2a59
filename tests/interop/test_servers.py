"""smtp, imap, pop3, ldap and ftp as real servers have them: Postfix, Cyrus, slapd, vsftpd; well, hung, dead, and with what is wrong."""
import os
import re

import pytest

from certificates import Authority
from daemon import until
from servers import PASSWORD, USER, Cyrus, Postfix, Slapd, Vsftpd

HOST = "mail.example.com"


class Case:
    """A kind, the server it asks, and more options for a login."""

    def __init__(self, kind, server, port, implicit, refused, root=False, **login):
        self.kind, self.server, self.port, self.implicit = kind, server, port, implicit
        self.refused, self.root, self.login = refused, root, login


CASES = [
    Case("smtp", Postfix, 7025, 7465, r"login: 535 5\.7\.8 Error: authentication failed", root=True),
    Case("imap", Cyrus, 7143, 7993, r"login: b NO Login failed", root=True, mailbox="INBOX"),
    Case("pop3", Cyrus, 7110, 7995, r"login: -ERR \[AUTH\] Invalid login", root=True),
    Case("ldap", Slapd, 7012, 7636, r"bind: invalid credentials \(49\)", base="o=ut", attr="contextCSN", value=1),
    Case("ftp", Vsftpd, 7021, None, r"login: 530 Login incorrect", file=Vsftpd.file),
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
    at_once = {"type": case.kind, "port": case.implicit, "tls": {"begin": "implicit", **ca}}
    asked = Asked(locumd, server, {
        **({"at-once": at_once} if case.implicit else {}),
        "clear": port,
        "tls": tls,
        "login": {**login, "password-file": right},
        "refused": {**login, "password-file": wrong},
        "misnamed": tls,
        "named": {**port, "tls": {"name": HOST, **ca}},
        "untrusted": {**port, "tls": "starttls"},
    }, {"misnamed": "other.example.com", "named": "other.example.com"})
    for name in ("clear", "tls", "login", "named", *(["at-once"] if case.implicit else [])):
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


def test_what_the_check_refuses(locumd):
    secret(locumd, "closed", PASSWORD)
    (locumd.dir / secret(locumd, "open", PASSWORD)).chmod(0o640)
    login = {"user": USER, "password-file": "closed"}
    rows = {
        "open": ({"type": "imap", **login, "password-file": "open"}, "password-file: is open to others; chmod 600"),
        "gone": ({"type": "pop3", **login, "password-file": "gone"}, "password-file: cannot be read: No such file or directory"),
        "alone": ({"type": "smtp", "user": USER}, "password-file: is missing; a login wants one"),
        "nobody": ({"type": "ftp", "file": "x"}, "file: can be asked for by a user only; add user and password-file"),
        "filter": ({"type": "ldap", "filter": "(uid=x"}, 'filter: a closing parenthesis is wanted at ""'),
        "maybe": ({"type": "smtp", "tls": "maybe"}, "tls must be no, starttls or implicit or a map of keys and values"),
        "inside": ({"type": "smtp", "tls": {"cert": "x"}}, 'tls: unknown key "cert"; known here: begin, name, ca, verify, version, days'),
    }
    checked = locumd.write(probes={name: probe for name, (probe, _) in rows.items()}).check()
    assert checked.returncode != 0
    for name, (_, why) in rows.items():
        assert re.search(rf'locum\.yaml:\d+:\d+: probe "{name}": {re.escape(why)}', checked.stderr), f"{name}\n{checked.stderr}"
    fine = {"clear": {"type": "smtp"}, "at-once": {"type": "imap", "port": 993, "tls": {"begin": "implicit", "days": 7}},
            "login": {"type": "ldap", "tls": "starttls", **login, "filter": "(&(a=b)(c=*d))"}}
    assert locumd.write(probes=fine).check().returncode == 0
