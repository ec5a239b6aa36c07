"""Every command of the README runs, in its order; those of make are run by the build or a test of their own."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.connection import PROJECT

TEXT = (PROJECT / "README.md").read_text()
COMMANDS = [line[2:] for block in re.findall(r"```console\n(.*?)```", TEXT, re.S) for line in block.splitlines()]
SECTIONS = ("## Two commands", "## Where things live", "## Add a source", "## Decisions")


def test_every_target_of_make_that_the_readme_names_exists_and_is_run_somewhere():
    targets = set(re.findall(r"make ([a-z-]+)", TEXT))
    makefile = (PROJECT / "Makefile").read_text()
    assert targets >= {"demo", "test", "up", "down", "doctor"}
    assert not [target for target in targets if not re.search(rf"^{target}:", makefile, re.M)]
    ci = (PROJECT / ".ci" / "run").read_text()
    tests = "".join(path.read_text() for path in (PROJECT / "tests" / "stack").glob("*.py"))
    for command in ("make test", "make lint", "make test-bi"):
        assert command in ci
    for verb in ("demo", "up", "down", "doctor"):
        assert f'"{verb}"' in tests, f"no test runs `python -m stack {verb}`"


def test_the_readme_has_its_sections_and_its_links_lead_somewhere():
    assert not [section for section in SECTIONS if section not in TEXT]
    named = re.findall(r"`((?:[a-z_.]+/)+[a-z_]*(?:\.[a-z]+)?)`", TEXT)
    run_time = {".huaxiang/"}
    missing = [name for name in named if name not in run_time and not (PROJECT / name).exists()]
    assert len(named) > 10 and not missing


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_command_of_the_readme_runs(warehouse, shop, tmp_path):
    binaries = Path(sys.executable).parent
    own = {"PATH": f"{binaries}:{os.environ['PATH']}", "SHOP_URL": shop[0]}
    own |= {"DBT_TARGET_PATH": str(tmp_path), "DBT_LOG_PATH": str(tmp_path)}
    commands = [command for command in COMMANDS if not command.startswith("make ")]
    looking = re.compile(r"warehouse (status|psql|quarantine)|ml (measures|evaluate)")
    looks = [command for command in commands if looking.search(command)]
    assert len(commands) > 15 and looks
    for command in [*(command for command in commands if command not in looks), *looks]:
        words = shlex.split(command)
        done = subprocess.run(words, cwd=PROJECT, env=os.environ | own, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
