"""Each stage, and the database under it, killed with SIGKILL at random moments: the result is that of a calm run."""

import os
import random
import signal
import tempfile
import time

import pytest

from tests.machine import STAGES, Machine
from warehouse import embedded

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
KILLS = {"collect": 12, "transform": 8, "train": 10, "publish": 12}
POSTMASTER_KILLS = {"collect": 4, "transform": 2, "train": 1, "publish": 1}
STARTS = ["begin", *STAGES]  # what a stage starts from is what the one before left


@pytest.fixture(scope="module")
def calm(shop):
    """A machine of its own on which the chain ran undisturbed, the warehouse kept after each stage; the contents."""
    with tempfile.TemporaryDirectory(prefix="huaxiang-kills-") as home, pytest.MonkeyPatch.context() as patch:
        os.chmod(home, 0o711)  # where root runs the tests, PostgreSQL runs as nobody
        for name in [name for name in os.environ if name.startswith("PG")]:
            patch.delenv(name)
        patch.setenv("HUAXIANG_HOME", home)
        patch.setenv("HUAXIANG_PGPORT", "0")
        patch.delenv("HUAXIANG_VAULT_DATABASE", raising=False)
        try:
            machine, contents = Machine(shop[0]), {}
            machine.keep("begin")
            for stage, commands in STAGES.items():
                for command in commands:
                    machine.measure(command)
                machine.keep(stage)
                contents[stage] = machine.content()
            yield machine, contents
        finally:
            embedded.stop()


def shared_out(kills, stage):
    """Each command of a stage with its share of the kills."""
    commands = STAGES[stage]
    whole, rest = divmod(kills[stage], len(commands))
    return [(command, whole + (at < rest)) for at, command in enumerate(commands)]


def differences(found, expected):
    """The tables, with rows and checksum, that are not the same."""
    return sorted(set(found.splitlines()) ^ set(expected.splitlines()))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_killed_at_random_moments_leaves_what_a_calm_run_leaves(calm, stage):
    machine, contents = calm
    chance, kills, amid = random.Random(stage), 0, 0
    machine.restore(STARTS[STARTS.index(stage) - 1])
    for command, share in shared_out(KILLS, stage):
        wanted = kills + share
        while kills < wanted:
            status, has_begun = machine.disturb(command, chance, lambda process: process.send_signal(signal.SIGKILL))
            kills += status == -signal.SIGKILL
            amid += status == -signal.SIGKILL and has_begun
        machine.finish(command)
    print(f"\n{stage}: {kills} kills, {amid} of them after it had begun to work on the database")
    assert machine.content() == contents[stage]
    assert amid >= kills / 3, "the kills came before or after the work: they prove nothing"


def test_a_database_killed_under_every_stage_comes_back_by_itself_with_all_that_was_committed(calm):
    machine, contents = calm
    chance, amid, recoveries = random.Random(7), 0, []

    def batches():
        with machine.connect() as connection:
            return set(connection.execute("select batch_id, loaded from raw.batches"))

    machine.restore("begin")
    for stage in STAGES:
        for command, share in shared_out(POSTMASTER_KILLS, stage):
            for _ in range(share):
                seen = {}

                def kill(process, seen=seen):
                    seen["batches"] = batches()
                    machine.kill_postmaster(process)

                status, has_begun = machine.disturb(command, chance, kill)
                amid += has_begun and status != 0
                began = time.monotonic()
                machine.finish(["-m", "warehouse", "start"])
                recoveries.append(time.monotonic() - began)
                assert batches() >= seen["batches"], "what was committed is lost"
            machine.finish(command)
        assert differences(machine.content()[0], contents[stage][0]) == []
    print(f"\n{len(recoveries)} kills of the postmaster, {amid} of them failed a command under way;", end=" ")
    print(f"back after {min(recoveries):.1f} to {max(recoveries):.1f} s")
    assert machine.content() == contents["publish"]
    assert amid >= len(recoveries) / 3, "the kills came before or after the work: they prove nothing"
