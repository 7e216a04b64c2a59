"""Programs of the operator's as probes: which may run, and what becomes of those that do not end."""
import os
import pathlib

import pytest

from daemon import until
from processes import children


@pytest.fixture
def hooks(locumd):
    """A directory as it must be; writes a script into it."""
    directory = locumd.dir / "hooks"
    directory.mkdir()
    directory.chmod(0o755)

    def script(name, text, mode=0o755):
        file = directory / name
        file.write_text("#!/bin/sh\n" + text)
        file.chmod(mode)
        return file

    script.directory = directory
    return script


def write(locumd, argv, server=None, **options):
    ends = [{"name": n, "vars": {"x": f"{n} $(id)"}} for n in ("a", "b")]
    return locumd.write({"www": {"zone": "example.com", "records": ["www TXT {name}"], "endpoints": ends, "health": {"all": ["tool"]},
                                 "policy": {"hold": "100ms"}}},
                        {"tool": {"type": "exec", "argv": argv, "every": "200ms", "timeout": "2s", "fall": 2, "rise": 1, **options}},
                        server={"hooks": "hooks", **(server or {})} if server != {} else {})


def test_each_endpoint_its_own(locumd, hooks):
    hooks("tool", 'test "$1" = "a \\$(id)" && echo "fine $1" && exit 0\necho "not for $1 but $#"; exit 2\n')
    write(locumd, ["tool", "{vars.x}"]).start()
    locumd.until_states("www", a="up", b="down")
    locumd.log.wait(r'endpoint=b state=down .*why="not for b \$\(id\) but 1"')


def test_what_may_not_run(locumd, hooks):
    """At check time, with the line of the program and the way out."""
    def said(argv, server=None):
        done = write(locumd, argv, server).check()
        assert done.returncode == 1, done.stdout
        lines = [line for line in done.stderr.splitlines() if "error" not in line]
        assert len(lines) == 1 and lines[0].startswith(f"{locumd.config_file}:"), done.stderr
        return lines[0]

    good = hooks("good", "exit 0\n")
    assert write(locumd, ["good"]).check().returncode == 0
    assert "hooks is not given" in said(["good"], {}) or "which is not given" in said(["good"], {})
    assert "is no name of a program in server.hooks" in said(["../hooks/good"])
    assert "is no name of a program in server.hooks" in said([str(good)])
    assert "missing: No such file or directory; put it there" in said(["missing"])
    hooks("plain", "exit 0\n", 0o644)
    assert "is not executable; chmod +x it" in said(["plain"])
    for mode in (0o775, 0o757):
        hooks("open", "exit 0\n", mode)
        assert "can be written to by others; chmod go-w it" in said(["open"])
    (hooks.directory / "out").symlink_to("/bin/true")
    assert "is a link that leads out of server.hooks" in said(["out"])
    (hooks.directory / "dir").mkdir()
    assert "is no file" in said(["dir"])
    hooks.directory.chmod(0o777)
    assert "server.hooks" in (line := said(["good"])) and "can be written to by others" in line
    hooks.directory.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(good, 12345, 12345)
        assert "belongs to another user (12345); give it to root" in said(["good"])


def test_one_that_hangs_is_killed(locumd, hooks):
    """F17: with all that it started, also what made itself a daemon; the next attempts go on."""
    pids = locumd.dir / "pids"
    hooks("tool", f"exec >/dev/null\necho $$ >> {pids}\nsetsid sleep 1000 &\necho $! >> {pids}\nsleep 1000\n")
    write(locumd, ["tool"], timeout="200ms").start()
    locumd.until_states("www", a="down", b="down")
    locumd.log.wait(r'endpoint=a state=down .*why="timed out"')
    prober = locumd.prober()
    numbers = [int(n) for n in pids.read_text().split()]
    assert len(numbers) >= 2
    until("they are gone", 5, lambda: not any(pathlib.Path(f"/proc/{n}").exists() for n in numbers[:2]))
    until("few are left at a time", 5, lambda: len(children(prober)) <= 3)
    assert locumd.prober() == prober


def test_one_that_cannot_start_is_our_trouble(locumd, hooks):
    """F17: unknown, not down."""
    tool = hooks("tool", "exit 0\n")
    write(locumd, ["tool"]).start()
    locumd.until_states("www", a="up", b="up")
    tool.unlink()
    locumd.log.wait(r'endpoint=a state=unknown was=up probe=tool why="cannot start: No such file or directory"')
    assert locumd.data("www.example.com", "TXT") == ['"a"']
    hooks("tool", "echo back; exit 0\n")
    locumd.until_states("www", a="up", b="up")
    hooks("tool", "echo dead; exit 2\n")
    locumd.log.wait(r'endpoint=a state=down was=up probe=tool why="dead"')


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_runs_as_the_user(locumd, hooks):
    hooks("tool", "id -un; test $(id -un) = nobody || exit 2\n")
    write(locumd, ["tool"], {"user": "nobody"}).start()
    locumd.until_states("www", a="up", b="up")
