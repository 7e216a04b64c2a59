"""SIGKILL at each system call of the way to the disk: the short form of `make bars BARS=kills`.  PITFALLS F34."""
import os

from kills import Campaign

SEED = int(os.environ.get("SEED", "4711"))


def test_what_was_acknowledged_survives_every_kill(guard, locumd):
    campaign = Campaign(guard, locumd, SEED)
    kills = campaign.run(25)
    assert campaign.acknowledged > 20, kills
