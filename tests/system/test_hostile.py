"""Strangers at every door.  After each: the same process, the same answers, memory as before."""
import random
import socket
import struct

import dns.message
import dns.rcode
import pytest

from daemon import DNS_PORT, STATUS_PORT, until


@pytest.fixture
def alive(locumd, farm):
    """Serving, with its figures at the begin; at the end the same process must answer as then."""
    farm.start()
    pid, serial = locumd.process.pid, locumd.serial()
    yield locumd
    assert locumd.running() and locumd.process.pid == pid
    assert farm.active() == "fra" and locumd.serial() == serial
    assert locumd.http("/healthz")[0] == 200 and locumd.ctl("status").returncode == 0


def udp(locumd):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((locumd.address, DNS_PORT))
    s.settimeout(2)
    return s


def still_answers(locumd, s):
    """Sends a good query over the same socket and drops what came before its answer."""
    question = dns.message.make_query("mail.example.com", "A")
    s.send(question.to_wire())
    seen = []
    while True:
        reply = s.recv(65535)
        if reply[:2] == question.to_wire()[:2] and reply[2] & 0x80:
            return seen
        seen.append(reply)


GOOD = dns.message.make_query("mail.example.com", "A", use_edns=0).to_wire()
HEADER = struct.Struct("!6H")


MALFORMED = [
    ("shorter than a header", b"\x12\x34\x00", None),
    ("a response", GOOD[:2] + b"\x80" + GOOD[3:], None),
    ("a header alone", HEADER.pack(0x1234, 0, 1, 0, 0, 0), dns.rcode.FORMERR),
    ("no question", HEADER.pack(0x1234, 0, 0, 0, 0, 0), dns.rcode.FORMERR),
    ("65535 questions", HEADER.pack(0x1234, 0, 65535, 0, 0, 0) + GOOD[12:], dns.rcode.FORMERR),
    ("a label of 0x40", HEADER.pack(0x1234, 0, 1, 0, 0, 0) + b"\x41a\0\0\1\0\1", dns.rcode.FORMERR),
    ("a pointer to itself", HEADER.pack(0x1234, 0, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1", dns.rcode.FORMERR),
    ("a name that does not end", HEADER.pack(0x1234, 0, 1, 0, 0, 0) + b"\x3f" + b"a" * 20, dns.rcode.FORMERR),
    ("a name of more than 255 octets", HEADER.pack(0x1234, 0, 1, 0, 0, 0) + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1", dns.rcode.FORMERR),
    ("opcode 15", HEADER.pack(0x1234, 0x7800, 1, 0, 0, 0) + GOOD[12:29], dns.rcode.NOTIMP),
    ("an OPT cut short", GOOD[:-4], dns.rcode.FORMERR),
]


@pytest.mark.parametrize("what, packet, rcode", MALFORMED, ids=[row[0] for row in MALFORMED])
def test_malformed(alive, what, packet, rcode):
    with udp(alive) as s:
        s.send(packet)
        replies = still_answers(alive, s)
    if rcode is None:
        assert not replies, what
    else:
        assert all(reply[3] & 15 in (rcode, dns.rcode.FORMERR) and reply[:2] == packet[:2] for reply in replies), what


def test_every_type_and_class(alive):
    with udp(alive) as s:
        for kind in [*range(0, 300), *range(65270, 65536)]:
            for klass in (1, 3, 255):
                s.send(HEADER.pack(kind, 0, 1, 0, 0, 0) + b"\4mail\7example\3com\0" + struct.pack("!HH", kind, klass))
            if kind % 16 == 0:
                still_answers(alive, s)


def test_noise(alive):
    """Random octets, and a good query with a few of them changed; the seed is printed when it fails."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    with udp(alive) as s:
        for i in range(5000):
            if i % 2:
                packet = bytearray(GOOD)
                for _ in range(dice.randint(1, 4)):
                    packet[dice.randrange(len(packet))] = dice.randrange(256)
            else:
                packet = dice.randbytes(dice.randint(0, 600))
            s.send(packet)
            if i % 64 == 0:
                still_answers(alive, s)


def test_tcp_noise_and_half_open(alive):
    keep = [socket.create_connection((alive.address, DNS_PORT), timeout=5) for _ in range(50)]
    for i, s in enumerate(keep):
        s.sendall([b"\xff\xff", b"\0\0", b"\0", b"\0\x0c" + b"\xff" * 12, random.randbytes(2000)][i % 5])
    assert alive.data("mail.example.com", tcp=True) == ["192.0.2.25"]
    for s in keep:
        s.close()


def ask_over(s, more=b""):
    """Whether a query over this connection, and what comes with it, gets its answer; False: it was closed."""
    try:
        s.sendall(struct.pack("!H", len(GOOD)) + GOOD + more)
        return len(s.recv(65535)) > 2
    except (ConnectionResetError, BrokenPipeError):
        return False


def test_one_client_does_not_take_all_tcp_connections(locumd):
    """It has its share, keeps the youngest, and is closed where it holds them busy; others do not notice, nor does UDP."""
    locumd.write(server={"workers": 1, "rrl": {"exempt": ["127.9.9.9"]}, "connections-per-client": 6}).start()

    def connect(source):
        return socket.create_connection((locumd.address, DNS_PORT), timeout=5, source_address=(source, 0))

    other, held = connect("127.0.0.2"), []
    for _ in range(30):
        held.append(connect("127.0.0.1"))
        assert ask_over(held[-1]), "a new one takes the place of its own oldest"
    assert [ask_over(s) for s in held] == [False] * 24 + [True] * 6
    assert ask_over(other) and locumd.data("mail.example.com") == ["192.0.2.25"]
    assert locumd.metric("locum_tcp_over_share_total") == 24 and locumd.metric("locum_tcp_crowded_out_total") == 0
    free = [connect("127.9.9.9") for _ in range(30)]
    assert all(ask_over(s) for s in free)
    assert all(ask_over(s, more=b"\0") for s in held[24:]), "each has begun a message"
    late = connect("127.0.0.1")
    assert not ask_over(late), "none of its own is idle"
    assert ask_over(other)

    locumd.write(server={"workers": 1, "rrl": "off", "connections-per-client": 6})  # loopback is exempt by default
    assert "reloaded" in locumd.reload()
    more = [connect("127.0.0.1") for _ in range(30)]
    assert all(ask_over(s) for s in more)
    for s in [other, late, *held, *free, *more]:
        s.close()


def http(locumd, octets, wait=True):
    with socket.create_connection((locumd.address, STATUS_PORT), timeout=10) as s:
        reply = b""
        try:
            s.sendall(octets)
            s.shutdown(socket.SHUT_WR)
            while wait and (more := s.recv(65536)):
                reply += more
        except (ConnectionResetError, BrokenPipeError):
            pass
        return reply


@pytest.mark.parametrize("octets", [
    b"", b"\r\n\r\n", b"GET\r\n\r\n", b"GET /status\r\n\r\n", b"\0" * 1000, b"GET " + b"/" * 100000 + b" HTTP/1.1\r\n\r\n",
    b"GET /status HTTP/1.1\r\n" + b"A: b\r\n" * 100000, b"GET /status HTTP/9.9\r\n\r\n", b"POST /status HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    b"GET /status HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", b"GET http://[:::::]/status HTTP/1.1\r\n\r\n",
], ids=lambda o: repr(o[:24]))
def test_http(alive, octets):
    reply = http(alive, octets)
    assert reply == b"" or reply.startswith(b"HTTP/1.") and int(reply.split()[1]) in (200, 400, 404, 405, 408, 413, 414, 421, 431, 501, 505), reply[:200]


def test_many_idle_http_connections_do_not_lock_out_a_reader(alive):
    held = []
    try:
        for _ in range(300):
            s = socket.create_connection((alive.address, STATUS_PORT), timeout=5)
            s.send(b"GET /status HT")
            held.append(s)
        until("a reader is let in", 15, lambda: readable(alive))
    finally:
        for s in held:
            s.close()


def readable(locumd):
    try:
        return locumd.http("/healthz")[0] == 200
    except (OSError, socket.timeout):
        return False


@pytest.mark.parametrize("line", [b"\n", b"status\n", b"{\n", b"[]\n", b"{}\n", b'{"verb":7}\n', b'{"verb":"dance"}\n', b"\xff\xfe\n",
                                  b'{"a":' * 5000 + b"\n", b"x" * 2_000_000], ids=lambda o: repr(o[:16]))
def test_control_lines(alive, line):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(str(alive.control))
        reply = b""
        try:
            s.sendall(line)
            while more := s.recv(65536):  # until it closes the connection
                reply += more
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert b"error" in reply or len(line) > 100_000, reply


def test_the_control_socket_is_not_for_everybody(alive):
    assert alive.control.stat().st_mode & 0o7 == 0
