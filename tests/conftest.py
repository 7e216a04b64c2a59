"""Fixtures of the system and interop tests."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
from daemon import WEB_PORT, Locumd, loopback  # noqa: E402
from processes import Guard, Nginx  # noqa: E402

# How often the tests that repeat something do it: `make system ROUNDS=20` for figures one may quote.
ROUNDS = int(os.environ.get("ROUNDS", "3"))


@pytest.fixture
def guard():
    guard = Guard()
    yield guard
    guard.close()


@pytest.fixture
def locumd(guard):
    """Not started.  At the end it must still run (or have been stopped), end with 0 and have nothing to report."""
    daemon = Locumd(guard)
    yield daemon
    daemon.close()


@pytest.fixture
def rounds():
    return ROUNDS


class Farm:
    """Three web servers and the service `www` that locumd makes of them: fra is home."""

    NAMES = ("fra", "ams", "par")

    def __init__(self, guard, locumd):
        self.locumd = locumd
        self.web = {name: Nginx(guard, name, loopback(), WEB_PORT).start() for name in self.NAMES}
        self.owners = {(w.address,): n for n, w in self.web.items()} | {(f"{n}.example.com.",): n for n in self.web}

    def probe(self, **more):
        return {"type": "http", "port": WEB_PORT, "path": "/health", "host": "www.example.com", "every": "50ms",
                "timeout": "100ms", "fall": 2, "rise": 2, **more}

    def service(self, mode="single", records=None, policy=None, **more):
        return {"zone": "example.com", "mode": mode, "ttl": "5s", "health": {"all": ["web"]},
                "records": records or ["www A {address}", "_http._tcp SRV 0 0 8080 {host}."],
                "endpoints": [{"name": n, "host": f"{n}.example.com", "address": w.address} for n, w in self.web.items()],
                "policy": {"failover": "auto", "failback": "auto", "hold": "300ms", "on-none": "keep", **(policy or {})}, **more}

    def write(self, probe=None, server=None, **service):
        self.locumd.write({"www": self.service(**service)}, {"web": self.probe(**(probe or {}))}, server=server)
        return self

    def start(self, **config):
        """locumd with this farm; all endpoints are up when it returns."""
        self.write(**config)
        self.locumd.start()
        self.locumd.until_states("www", fra="up", ams="up", par="up")
        return self

    def owner(self, records):
        return self.owners.get(tuple(records or ()))

    def active(self):
        """Who answers the A query."""
        return self.owner(self.locumd.data("www.example.com"))

    def change(self, goal, cause, seconds=10):
        stub = self.locumd.stub()
        try:
            return stub.change("www.example.com", "_http._tcp.example.com", self.owner, goal, cause, seconds)
        finally:
            stub.close()


@pytest.fixture
def farm(guard, locumd):
    return Farm(guard, locumd)
