"""Networks of a test's own: namespaces, cables between them, and a cable that loses packets.  Needs root."""
import contextlib
import ctypes
import fcntl
import os
import random
import select
import struct
import subprocess
import sys

from processes import spawn, until

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def why_not():
    """Why there can be no namespaces here; None: there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        return "the kernel allows no network namespace"
    return None


class Namespace:
    """Lives as long as a process that does nothing, which the guard ends."""

    def __init__(self, guard):
        self.holder = spawn(guard, ["unshare", "-n", "sleep", "infinity"])
        self.path = f"/proc/{self.holder.pid}/ns/net"
        ours = os.readlink("/proc/self/ns/net")
        until("there is a namespace", 10, lambda: os.readlink(self.path) != ours)
        self.ip("link", "set", "lo", "up")

    @contextlib.contextmanager
    def inside(self):
        """This thread, what it opens and what it starts are in there."""
        with open("/proc/thread-self/ns/net") as before, open(self.path) as there:
            if LIBC.setns(there.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield self
            finally:
                if LIBC.setns(before.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")

    def ip(self, *words):
        with self.inside():
            return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout

    def mac(self, device):
        return self.ip("-br", "link", "show", device).split()[2]


def cable(left, right):
    """A veth pair, `cable` at both ends: 10.77.0.1 is left, 10.77.0.11 to 10.77.0.29 are right."""
    left.ip("link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", str(right.holder.pid))
    address(left, right)


def address(left, right):
    left.ip("addr", "add", "10.77.0.1/24", "dev", "cable")
    right.ip("addr", "add", "10.77.0.10/24", "dev", "cable")
    for n in range(11, 30):
        right.ip("addr", "add", f"10.77.0.{n}/32", "dev", "cable")  # goes alone when it is taken away
    for end in (left, right):
        end.ip("link", "set", "cable", "up")


def lossy_cable(guard, left, right, share):
    """The same of tun devices, between which a process carries packets and drops a share of them, at random."""
    ends = []
    for namespace in (left, right):
        with namespace.inside():
            fd = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"cable", IFF_TUN | IFF_NO_PI))
            ends.append(fd)
    address(left, right)
    relay = guard.add(subprocess.Popen([sys.executable, __file__, *map(str, ends), str(share)], pass_fds=ends, start_new_session=True))
    for fd in ends:
        os.close(fd)
    return relay


def carry(left, right, share):
    other = {left: right, right: left}
    while True:
        for fd in select.select([left, right], [], [])[0]:
            packet = os.read(fd, 65536)
            if random.random() >= share:
                with contextlib.suppress(OSError):
                    os.write(other[fd], packet)


if __name__ == "__main__":
    carry(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
