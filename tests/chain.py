"""The chain: the demo shop's sources, and the commands behind them as README lists and the scheduler runs them."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from warehouse.connection import PROJECT

SOURCES = ["shop_products", "shop_customers", "shop_events", "shop_orders", "shop_email_events", "shop_posts"]
SOURCES += ["shop_ad_spend", "shop_campaign_contacts"]
FIRST, LAST = "python -m expectations raw", "python -m warehouse export"


def commands():
    """Return the commands of README from the gate of raw to the export, as lists of words."""
    listed = re.findall(r"^\$ (.+)$", (PROJECT / "README.md").read_text(), re.M)
    return [shlex.split(command) for command in listed[listed.index(FIRST) : listed.index(LAST) + 1]]


def environment(folder):
    """Return the variables under which the commands run, dbt's target and logs below `folder`."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | {"PATH": path, "DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs")}


def run_stages(folder, project=PROJECT / "dbt"):
    """Run them all, dbt on `project`; return what each printed by its words."""
    printed = {}
    for words in commands():
        command = [str(project) if word == "dbt" and place else word for place, word in enumerate(words)]
        done = subprocess.run(command, cwd=PROJECT, env=environment(folder), capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        printed[" ".join(words)] = done.stdout
    return printed
