"""NSD, Knot, BIND and PowerDNS as plain processes on loopback, set up to answer as alike as they can be."""
import random
import shutil
import subprocess

from daemon import DNS_PORT, loopback
from processes import is_free, spawn, until

SBIN = "/usr/sbin:/usr/bin:/usr/local/sbin"


def program(name):
    return shutil.which(name, path=SBIN)


class Peer:
    """zones: apex to file, as the generator wrote them."""
    program = None

    def __init__(self, guard, zones):
        self.guard, self.zones, self.address, self.port = guard, zones, *self.door()
        self.dir = guard.directory / f"{self.name}.{self.address}.{self.port}"
        self.dir.mkdir()
        self.process = None

    def door(self):
        """Address and port to serve at."""
        return loopback(), DNS_PORT

    def start(self):
        config = self.dir / "conf"
        config.write_text(self.config())
        self.process = spawn(self.guard, [program(self.program), *self.options(config)], cwd=self.dir,
                             stdout=(self.dir / "log").open("w"), stderr=subprocess.STDOUT)
        return self

    def log(self):
        return (self.dir / "log").read_text(errors="replace")

    def wait(self, ready, seconds=30):
        """Until `ready` says so of us."""
        until(f"{self.name} answers", seconds, lambda: self.process.poll() is not None or ready())
        assert self.process.poll() is None, f"{self.name} ended:\n{self.log()}"

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Nsd(Peer):
    name = program = "nsd"

    def options(self, config):
        return ["-d", "-c", config]

    def config(self):
        zones = "".join(f'zone:\n  name: "{apex}"\n  zonefile: "{file}"\n' for apex, file in self.zones.items())
        return f"""server:
  server-count: 1
  ip-address: {self.address}@{DNS_PORT}
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{self.dir}"
  pidfile: "{self.dir}/pid"
  xfrdfile: "{self.dir}/xfrd"
  xfrdir: "{self.dir}"
  zonelistfile: "{self.dir}/list"
  minimal-responses: yes
  round-robin: no
  rrl-ratelimit: 0
  tcp-timeout: 120
remote-control:
  control-enable: no
{zones}"""


class Knot(Peer):
    name, program = "knot", "knotd"

    def options(self, config):
        return ["-c", config]

    def config(self):
        zones = "".join(f'  - domain: "{apex}"\n    file: "{file}"\n' for apex, file in self.zones.items())
        return f"""server:
  rundir: "{self.dir}"
  listen: {self.address}@{DNS_PORT}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  tcp-idle-timeout: 120
control:
  listen: "{self.dir}/control"
database:
  storage: "{self.dir}"
log:
  - target: stderr
    any: warning
template:
  - id: default
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: soft
zone:
{zones}"""


class Bind(Peer):
    name, program = "bind", "named"

    def door(self):
        """It listens at addresses that an interface has, and no other of 127/8."""
        while True:
            port = random.randint(20000, 32000)
            if is_free("127.0.0.1", port):
                return "127.0.0.1", port

    def options(self, config):
        return ["-g", "-n", "1", "-c", config]

    def config(self):
        zones = "".join(f'zone "{apex}" {{ type primary; file "{file}"; }};\n' for apex, file in self.zones.items())
        return f"""options {{
  directory "{self.dir}";
  pid-file "{self.dir}/pid";
  session-keyfile "{self.dir}/key";
  listen-on port {self.port} {{ {self.address}; }};
  listen-on-v6 {{ none; }};
  recursion no;
  notify no;
  minimal-responses no-auth;
  minimal-any yes;
  max-udp-size 1232;
  edns-udp-size 1232;
  answer-cookie no;
  zero-no-soa-ttl no;
  dnssec-validation no;
  empty-zones-enable no;
  check-integrity no;
  check-names primary ignore;
  check-dup-records ignore;
  check-mx ignore;
  check-mx-cname ignore;
  check-srv-cname ignore;
  check-spf ignore;
  check-wildcard no;
  max-records-per-type 0;
  tcp-idle-timeout 1200;
}};
controls {{ }};
{zones}"""


class Pdns(Peer):
    """With BIND's zone files as its only source."""
    name, program = "pdns", "pdns_server"

    def options(self, config):
        zones = "".join(f'zone "{apex}" {{ type master; file "{file}"; }};\n' for apex, file in self.zones.items())
        (self.dir / "named.conf").write_text(f'options {{ directory "{self.dir}"; }};\n{zones}')
        config.rename(self.dir / "pdns.conf")
        return [f"--config-dir={self.dir}"]

    def config(self):
        return f"""launch=bind
bind-config={self.dir}/named.conf
local-address={self.address}
local-port={DNS_PORT}
socket-dir={self.dir}
daemon=no
guardian=no
disable-syslog=yes
8bit-dns=yes
any-to-tcp=no
dname-processing=yes
udp-truncation-threshold=1232
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
distributor-threads=1
receiver-threads=1
tcp-idle-timeout=120
max-tcp-connection-duration=0
max-tcp-transactions-per-conn=0
security-poll-suffix=
loglevel=4
"""


PEERS = (Nsd, Knot, Bind, Pdns)
