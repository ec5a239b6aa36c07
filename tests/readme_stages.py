"""The stages behind the collectors, one command after another, as README lists them and the scheduler runs them."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from warehouse.connection import PROJECT

FIRST, LAST = "python -m expectations raw", "python -m warehouse export"


def commands():
    """Return the commands of README from the gate of raw to the export, as lists of words."""
    listed = re.findall(r"^\$ (.+)$", (PROJECT / "README.md").read_text(), re.M)
    return [shlex.split(command) for command in listed[listed.index(FIRST) : listed.index(LAST) + 1]]


def run_stages(folder, project=PROJECT / "dbt"):
    """Run them all, dbt on `project` with its target and logs below `folder`; return what each printed by its words."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    printed = {}
    for words in commands():
        command = [str(project) if word == "dbt" and place else word for place, word in enumerate(words)]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        printed[" ".join(words)] = done.stdout
    return printed
