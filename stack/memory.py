"""How much memory the stack takes: the proportional share of all its processes, sampled beside the work."""

import threading

import psutil

from stack import processes
from warehouse.connection import home

INTERVAL_SECONDS = 1.0


class Sampler(threading.Thread):
    """Keeps the highest sum seen, in bytes, until `stop` is called."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._stopped = threading.Event()

    def run(self):
        """Sample until stopped."""
        while not self._stopped.wait(INTERVAL_SECONDS):
            self.peak_bytes = max(self.peak_bytes, used_bytes())

    def stop(self):
        """Take no more samples."""
        self._stopped.set()


def used_bytes() -> int:
    """Return what the stack's processes, its database and this command use now."""
    return sum(_share(process) for process in {psutil.Process(), *_database(), *(p for p, _ in processes.ours())})


def _database() -> list[psutil.Process]:
    try:
        pid = int((home() / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        return [postmaster, *postmaster.children(recursive=True)]
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return []


def _share(process: psutil.Process) -> int:
    """Shared pages divided among those who share them (PSS); where the system cannot say, all of them (RSS)."""
    try:
        full = process.memory_full_info()
        return getattr(full, "pss", full.rss)
    except psutil.AccessDenied:
        return _resident(process)
    except psutil.NoSuchProcess:
        return 0


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0
