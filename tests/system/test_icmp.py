"""Pings by the daemon: who answers, and what is said where it may not ping."""
import os

import pytest

from daemon import until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="pings need rights")


def write(locumd, **server):
    ends = [{"name": "here", "address": "127.3.2.1"}, {"name": "six", "address": "::1"}, {"name": "far", "address": "127.255.255.255"}]
    return locumd.write({"www": {"zone": "example.com", "records": ["www TXT {name}"], "endpoints": ends, "health": {"all": ["ping"]}}},
                        {"ping": {"type": "icmp", "every": "50ms", "timeout": "200ms", "fall": 2, "rise": 1}}, server=server)


def test_ping(locumd):
    write(locumd).start()
    locumd.until_states("www", here="up", six="up", far="unknown")  # a broadcast address: our own kernel refuses
    assert "ping" not in locumd.check().stderr


def test_no_right_to_ping(locumd):
    """A warning at check and start, and endpoints of which nothing is known: none is down for it."""
    if any(low <= 65534 <= high for low, high in [map(int, open("/proc/sys/net/ipv4/ping_group_range").read().split())]):
        pytest.skip("everybody may ping here")
    write(locumd, user="nobody")
    done = locumd.check()
    assert done.returncode == 0 and 'warning: probe "ping": type icmp: the user nobody here has no right to ping' in done.stderr
    locumd.start()
    until("each was asked", 5, lambda: str(locumd.service("www")).count("no right to ping") == 3)
    assert set(locumd.states("www").values()) == {"unknown"}
