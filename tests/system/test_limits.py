"""Limits of values, `min`, `max` and `max-age`, with kinds that read them."""
import os
import time


def write(locumd, **probes):
    quick = {"every": "50ms", "timeout": "500ms", "fall": 1, "rise": 1}
    return locumd.write({name: {"zone": "example.com", "records": [f"{name} TXT {{name}}"], "endpoints": [{"name": "a"}],
                                "health": {"all": [name]}, "policy": {"hold": "100ms"}} for name in probes},
                        {name: {**quick, **probe} for name, probe in probes.items()}, server={"hooks": "hooks"})


def hook(locumd, name, text):
    directory = locumd.dir / "hooks"
    directory.mkdir(exist_ok=True)
    directory.chmod(0o755)
    (directory / name).write_text("#!/bin/sh\n" + text)
    (directory / name).chmod(0o755)


def replace(path, text):
    """Whole, or not at all: a file that is written in place may be read while it is empty."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


def test_file(locumd):
    """What a job wrote, and when."""
    left, lag = locumd.dir / "left", locumd.dir / "lag"
    replace(left, "left 30 days\n")
    replace(lag, "7\n")
    os.utime(lag, (time.time() - 60,) * 2)
    write(locumd, left={"type": "file", "path": "left", "value": "left ([0-9]+)", "min": 14},
          lag={"type": "file", "path": "lag", "max": 10, "max-age": "10s"}).start()
    locumd.log.wait(r'service=lag endpoint=a state=down .*probe=lag why="value 7 is [67][0-9].[0-9]s old, max-age 10s"')
    locumd.until_states("left", a="up")
    replace(lag, "9.5\n")
    locumd.until_states("lag", a="up")
    mark = locumd.log.mark()
    replace(lag, "10.01\n")
    locumd.log.wait(r'service=lag endpoint=a state=down was=up probe=lag why="value 10.01 is above max 10"', since=mark)
    replace(left, "left 13 days\n")
    locumd.log.wait(r'service=left endpoint=a state=down was=up probe=left why="value 13 is below min 14"', since=mark)
    mark = locumd.log.mark()
    replace(left, "left few days\n")
    replace(lag, "much\n")
    for service, why in (("left", "no value was read"), ("lag", "value much is no number")):
        done = locumd.ctl("probe", f"{service}/a")
        assert done.returncode == 4 and why in done.stdout, done.stdout
    assert not [line for line in locumd.log.all[mark:] if "state=up" in line]


def test_exec(locumd):
    """A counter that must not stand still has no age of its own: it is as old as its last change."""
    count = locumd.dir / "count"
    count.write_text("1\n")
    hook(locumd, "count", f"cat {count}\n")
    write(locumd, job={"type": "exec", "argv": ["count"], "value": "([0-9]+)", "max-age": "1s"}).start()
    locumd.until_states("job", a="up")
    mark = locumd.log.mark()
    locumd.log.wait(r'endpoint=a state=down was=up probe=job why="value 1 is 1\.[0-9]s old, max-age 1s"', since=mark)
    count.write_text("2\n")
    locumd.until_states("job", a="up")


def test_heartbeat(locumd):
    """The value of the last report; nobody can ask for it."""
    write(locumd, job={"type": "heartbeat", "name": "job", "limit": "1h", "max": 5, "max-age": "2s"}, other={"type": "file", "path": "none"}).start()
    assert locumd.ctl("beat", "job", "5").returncode == 0
    locumd.until_states("job", a="up")
    mark = locumd.log.mark()
    assert locumd.ctl("beat", "job", "6").returncode == 0
    locumd.log.wait(r'endpoint=a state=down was=up probe=job why="value 6 is above max 5"', since=mark)
    assert locumd.ctl("beat", "job", "4").returncode == 0
    locumd.until_states("job", a="up")
    mark = locumd.log.mark()
    locumd.log.wait(r'endpoint=a state=down was=up probe=job why="value 4 is 2\.[0-9]s old, max-age 2s"', since=mark)
    done = locumd.ctl("probe", "job/a")
    assert done.returncode != 0 and "a heartbeat, which nobody can ask" in done.stderr, done.stderr
