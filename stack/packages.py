"""Which packages of the lock file this interpreter lacks: `python -m stack.packages requirements.lock`, one a line."""

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import InvalidVersion


def lacking(lock: str) -> list[str]:
    """Return the requirements that apply here and are not installed in the version asked for."""
    lines = re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE)
    wanted = [Requirement(line) for line in lines]
    return [str(one.name) for one in wanted if (not one.marker or one.marker.evaluate()) and not _is_there(one)]


def _is_there(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except (PackageNotFoundError, InvalidVersion):
        return False


if __name__ == "__main__":
    print("\n".join(lacking(Path(sys.argv[1]).read_text())))
