"""What this machine lacks: `python3 -m stack doctor`, with any Python and before anything is installed."""

from __future__ import annotations

import ctypes
import locale
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
GIB = 2**30
DISK_BYTES, MEMORY_BYTES = 5 * GIB, 6 * GIB
OLDEST, NEWEST = (3, 11), (3, 13)
PORTS = {"Airflow": 8080, "the demo shop": 8770, "PostgreSQL": 54320}


@dataclass(frozen=True)
class Finding:
    """One thing looked at; without a remedy it is fine, and only what is needed fails the doctor."""

    what: str
    remedy: str = ""
    is_needed: bool = True


def report() -> int:
    """Print a line per finding; return 1 if something needed is missing."""
    findings = [check() for check in (python, compiler, openmp, packages, disk, memory, owner, encoding)] + ports()
    for finding in findings:
        state = "ok" if not finding.remedy else "missing" if finding.is_needed else "note"
        print(f"{state:<8} {finding.what}" + (f": {finding.remedy}" if finding.remedy else ""))
    return int(any(finding.remedy and finding.is_needed for finding in findings))


def python() -> Finding:
    """Python 3.11 to 3.13, of this interpreter or of the project's venv where there is one."""
    found = version()
    what = f"Python {found[0]}.{found[1]}"
    fits = OLDEST <= found <= NEWEST
    return Finding(what, "" if fits else "install Python 3.11, 3.12 or 3.13 and run `make setup PYTHON=python3.12`")


def compiler() -> Finding:
    """A C compiler, where the recommender has no wheel."""
    found = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if found or version() != (3, 11):
        return Finding(f"C compiler ({found or 'not needed on this Python'})")
    return Finding("C compiler", "lightfm-next is built from source on Python 3.11: install gcc, or use Python 3.12")


def openmp() -> Finding:
    """The library that the ranker's threads come from; its wheel brings none."""
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        return Finding("OpenMP (libgomp)", "LightGBM loads it: `apt install libgomp1`, or your system's package of it")
    return Finding("OpenMP (libgomp)")


def packages() -> Finding:
    """Every package of the lock file, in its version."""
    command = [str(interpreter()), "-m", "stack.packages", "requirements.lock"]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    lacking = result.stdout.split()
    if result.returncode:
        return Finding("packages", "`make setup` installs them")
    more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
    return Finding("packages", f"`make setup` installs {', '.join(lacking[:3])}{more}" if lacking else "")


def disk() -> Finding:
    """Room for the packages, the database and its logs."""
    free = shutil.disk_usage(PROJECT).free
    remedy = "" if free >= DISK_BYTES else f"free {DISK_BYTES // GIB} GB here, or set HUAXIANG_HOME to another disk"
    return Finding(f"disk, {free / GIB:.0f} GB free", remedy)


def memory() -> Finding:
    """Memory for the whole chain."""
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # Firmware keeps some of what the machine was sold with.
    remedy = "" if size >= 0.9 * MEMORY_BYTES else f"the chain is made for {MEMORY_BYTES // GIB} GB"
    return Finding(f"memory, {size / GIB:.0f} GB", remedy)


def owner() -> Finding:
    """An account that PostgreSQL agrees to run as."""
    if os.geteuid() != 0:
        return Finding("an ordinary user")
    home = Path(os.environ.get("HUAXIANG_HOME") or PROJECT / ".huaxiang").resolve()
    closed = [folder for base in (home, interpreter().parent) for folder in closed_folders(base)]
    remedy = "".join(
        f"PostgreSQL runs as nobody, who may not enter {folder}: `chmod o+x {folder}`" for folder in closed[:1]
    )
    return Finding("root, who lends PostgreSQL the account nobody", remedy)


def encoding() -> Finding:
    """UTF-8, for names in any language on the screen."""
    found = locale.getpreferredencoding(False)
    is_utf8 = found.lower().replace("-", "") == "utf8"
    return Finding(f"encoding {found}", "" if is_utf8 else "export LC_ALL=C.UTF-8")


def ports() -> list[Finding]:
    """The preferred ports; a taken one is no harm, the next free one serves."""
    taken = [f"{port} ({name})" for name, port in PORTS.items() if not _is_free(port)]
    remedy = f"{', '.join(taken)} taken; the next free ones serve" if taken else ""
    return [Finding("ports on 127.0.0.1", remedy, is_needed=False)]


def closed_folders(path: Path) -> list[Path]:
    """Return the folders on the way to a path that others may not enter."""
    return [folder for folder in (path, *path.parents) if folder.is_dir() and not folder.stat().st_mode & 0o001]


def interpreter() -> Path:
    """Return the Python of the project's venv, else this one."""
    found = PROJECT / ".venv" / "bin" / "python"
    return found if found.exists() else Path(sys.executable)


def version() -> tuple[int, int]:
    """Return the version of that Python."""
    found = sorted((PROJECT / ".venv" / "lib").glob("python3.*"))
    return (3, int(found[0].name.split(".")[1])) if found else sys.version_info[:2]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0
