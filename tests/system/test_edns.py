"""What clients ask for beside the answer: options of EDNS, cookies, identity; and how much they get."""
import secrets
import socket
import subprocess
import time

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.edns

from daemon import DNS_PORT
from processes import until

SECRETS = ["e5e973e5a6b2a43f48e7dc849e37bfcf", "445536bcd2513298075a5d379663c962"]
ALL = {"exempt": []}  # the clients of tests come from 127/8


def write_secrets(locumd, *lines):
    path = locumd.dir / "secrets"
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)


def dig(locumd, *words):
    command = ["dig", f"@{locumd.address}", "-p", str(DNS_PORT), "+tries=1", "+time=5", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout


def test_what_dig_and_kdig_are_told(locumd):
    write_secrets(locumd, "# made for this test", "", SECRETS[0])
    locumd.write(server={"identity": "node-1", "cookies": {"secret-file": "secrets"}}).start()
    told = dig(locumd, "+cookie", "+nsid", "+subnet=192.0.2.0/24", "mail.example.com")
    assert 'NSID: 6e 6f 64 65 2d 31 ("node-1")' in told and "CLIENT-SUBNET: 192.0.2.0/24/0" in told and "(good)" in told, told
    assert "192.0.2.25" in told
    assert "TCP KEEPALIVE: 10.0 secs" in dig(locumd, "+tcp", "+keepalive", "mail.example.com")
    assert "KEEPALIVE" not in dig(locumd, "+ednsopt=keepalive", "mail.example.com")
    assert "EDE: 20 (Not Authoritative)" in dig(locumd, "www.example.org")
    assert "EDE: 18 (Prohibited)" in dig(locumd, "+opcode=notify", "example.com", "SOA")
    assert "PADDING" not in dig(locumd, "+tcp", "+padding=128", "mail.example.com").split("Got answer")[1].upper()
    assert "status: NOERROR" in dig(locumd, "+header-only", "+cookie")
    assert "status: FORMERR" in dig(locumd, "+ednsopt=10:01", "mail.example.com")
    told = subprocess.run(["kdig", f"@{locumd.address}", "-p", str(DNS_PORT), "+nsid", "+cookie", "mail.example.com"],
                          capture_output=True, text=True, timeout=30).stdout
    assert '"node-1"' in told and ";; COOKIE: " in told and "192.0.2.25" in told, told


def test_class_ch_tells_what_it_may(locumd):
    locumd.write().start()
    for name in "id.server", "hostname.bind", "version.bind", "version.server":
        assert "status: REFUSED" in dig(locumd, "CH", "TXT", name)
    locumd.write(server={"identity": "node-1", "version": True})
    assert "reloaded changes=2" in locumd.reload()
    for name in "id.server", "Hostname.BIND":
        assert dig(locumd, "+short", "CH", "TXT", name) == '"node-1"\n'
    for name in "version.bind", "version.server":
        assert dig(locumd, "+short", "CH", "TXT", name).startswith('"locum ')
    assert "status: REFUSED" in dig(locumd, "CH", "TXT", "authors.bind")


def cookie_of(locumd, cookie):
    """The cookie that the response to one carries."""
    question = dns.message.make_query("mail.example.com", "A", options=[dns.edns.GenericOption(10, cookie)])
    response = dns.query.udp(question, locumd.address, port=DNS_PORT, timeout=5)
    [option] = [o for o in response.options if int(o.otype) == 10]
    return response, getattr(option, "data", None) or option.client + option.server


def is_good(locumd, cookie):
    """RFC 7873 5.4: the one question whose rcode tells."""
    question = dns.message.Message()
    question.use_edns(0, options=[dns.edns.GenericOption(10, cookie)])
    response = dns.query.udp(question, locumd.address, port=DNS_PORT, timeout=5)
    assert response.rcode() in (dns.rcode.NOERROR, dns.rcode.BADCOOKIE)
    return response.rcode() == dns.rcode.NOERROR


def test_secrets_roll_over(locumd):
    write_secrets(locumd, SECRETS[0])
    server = {"cookies": {"secret-file": "secrets"}}
    locumd.write(server=server).start()
    client = secrets.token_bytes(8)
    _, old = cookie_of(locumd, client)
    assert old[:8] == client and len(old) == 24 and is_good(locumd, old)
    assert not is_good(locumd, old[:23] + bytes([old[23] ^ 1]))

    write_secrets(locumd, SECRETS[1], SECRETS[0])
    assert "reloaded changes=1" in locumd.reload()
    _, new = cookie_of(locumd, old)
    assert new[16:] != old[16:] and is_good(locumd, old) and is_good(locumd, new)

    write_secrets(locumd, SECRETS[1])
    assert "reloaded" in locumd.reload()
    assert not is_good(locumd, old) and is_good(locumd, new)

    write_secrets(locumd, SECRETS[1], "no secret")
    assert "refused" in locumd.reload()
    assert "32 hexadecimal digits" in locumd.log.text() and is_good(locumd, new)


def test_a_random_secret_outlives_a_reload(locumd):
    locumd.write().start()
    _, cookie = cookie_of(locumd, secrets.token_bytes(8))
    locumd.write(server={"identity": "other"})
    assert "reloaded" in locumd.reload()
    assert is_good(locumd, cookie)
    locumd.write(server={"cookies": "off"})
    assert "reloaded" in locumd.reload()
    assert "COOKIE" not in dig(locumd, "+cookie", "mail.example.com").split("ANSWER SECTION")[0].split("PSEUDOSECTION")[1]


def test_secrets_that_others_read_are_warned_of(locumd):
    write_secrets(locumd, SECRETS[0])
    locumd.write(server={"cookies": {"secret-file": "secrets"}})
    (locumd.dir / "secrets").chmod(0o644)
    check = locumd.check()
    assert check.returncode == 0 and "chmod 600" in check.stderr
    (locumd.dir / "secrets").unlink()
    check = locumd.check()
    assert check.returncode == 1 and "server.cookies" in check.stderr


def flood(locumd, n, cookie=None):
    """`n` queries at once from one socket: full answers, truncated ones, octets sent and received."""
    options = [dns.edns.GenericOption(10, cookie)] if cookie else None
    query = dns.message.make_query("example.com", "NS", use_edns=0, options=options).to_wire()
    whole = short = received = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        client.connect((locumd.address, DNS_PORT))
        client.settimeout(0.5)
        for left in range(n, 0, -50):
            for _ in range(min(50, left)):
                client.send(query)
            try:
                for _ in range(min(50, left)):
                    response = client.recv(4096)
                    received += len(response)
                    if response[2] & 2:
                        short += 1
                        assert len(response) <= len(query)
                    else:
                        whole += 1
            except TimeoutError:
                pass
    return whole, short, n * len(query), received


def test_a_flood_is_truncated_and_tcp_and_cookies_are_not(locumd):
    locumd.write(server={"rrl": ALL, "workers": 1}).start()
    began = time.monotonic()
    whole, short, _, _ = flood(locumd, 1000)
    most = 100 + 50 * (time.monotonic() - began)
    assert 100 <= whole <= most + 1 and whole + short == 1000
    until("it is counted", 5, lambda: locumd.metric("locum_rrl_slipped_total") == short)
    assert locumd.query("mail.example.com", tcp=True).answer
    _, cookie = cookie_of(locumd, secrets.token_bytes(8))  # it is limited, and gets a cookie
    assert flood(locumd, 1000, cookie)[0] == 1000
    whole, short, sent, received = flood(locumd, 2000)
    assert received < 2 * sent and short > 0


def test_limits_change_with_a_reload(locumd):
    locumd.write(server={"rrl": {"rate": 10, "slip": 0, **ALL}, "workers": 1}).start()
    whole, short, _, _ = flood(locumd, 100)
    assert 20 <= whole < 60 and short == 0
    assert locumd.metric("locum_rrl_dropped_total") > 0
    locumd.write(server={"rrl": "off", "workers": 1})
    assert "reloaded changes=1" in locumd.reload()
    assert flood(locumd, 500)[0] == 500


def test_clients_on_this_machine_are_exempt(locumd):
    locumd.write().start()
    assert flood(locumd, 1000)[0] == 1000
