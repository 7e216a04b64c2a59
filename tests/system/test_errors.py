"""Errors of system calls of the way to the disk: the short form of `make bars BARS=errors`.  PITFALLS F31 to F35."""
import os
import sqlite3

from errors import Errors

SEED = int(os.environ.get("SEED", "4711"))


def test_errors_lose_nothing_and_pass(guard, locumd):
    campaign = Errors(guard, locumd, SEED)
    met = campaign.run(10)
    assert sum(met.values()) >= 3 and campaign.acknowledged > 20, met


def test_a_journal_that_cannot_be_read_at_the_start_is_taken_on_when_it_can(locumd, farm):
    """Somebody looks into it: locumd answers without, says so, and writes nothing over what it has not read."""
    farm.start(policy={"failback": "manual"})
    assert locumd.ctl("pin", "www", "par").returncode == 0
    locumd.stop()
    other = sqlite3.connect(locumd.dir / "state" / "journal.db", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    locumd.start()
    assert "locked" in locumd.log.wait("journal=lost")
    locumd.log.wait("journal=behind")
    assert farm.active() == "fra"
    refused = locumd.ctl("pin", "www", "ams")
    assert refused.returncode == 1 and "nothing was done" in refused.stderr
    other.close()
    assert "services=1" in locumd.log.wait("restored")
    locumd.log.wait("journal=well")
    assert farm.active() == "par"
    assert "whole" in locumd.ctl("check").stdout
    assert locumd.ctl("unpin", "www").returncode == 0
