"""Child processes that outlive the command that started them, found again by a mark in their environment."""

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil

from stack.settings import MARKER, folder
from warehouse.connection import PROJECT, home

NAME = "HUAXIANG_PROCESS"
GONE = (psutil.NoSuchProcess, psutil.AccessDenied, OSError)


class ProcessEndedError(Exception):
    """A process of the stack is not there any more; the message carries the last lines of its log."""


def start(name: str, arguments: list[str], environment: dict[str, str]) -> psutil.Process:
    """Start `python ARGUMENTS` detached under this name, unless it runs; leftovers of a dead one go first."""
    running = find(name)
    if running:
        return running
    end([process for process, owner in ours() if owner == name])
    with log_file(name).open("wb") as log:
        # It holds the child until it was waited for: left to itself, subprocess would take the exit code away.
        process = psutil.Popen(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=environment | {NAME: name},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while not _shows(process):
        time.sleep(0.01)
    unfinished = _record(name).with_suffix(".new")
    unfinished.write_text(f"{process.pid} {process.create_time()}")
    unfinished.rename(_record(name))
    return process


def run(name: str, arguments: list[str], environment: dict[str, str]) -> None:
    """Run `python ARGUMENTS` to its end, its output in the log of this name.

    Raises:
        ProcessEndedError: it did not succeed.
    """
    if start(name, arguments, environment).wait() != 0:
        raise ProcessEndedError(failure(name))


def find(name: str) -> psutil.Process | None:
    """Return the running process of this name; a pid that now belongs to another process does not count."""
    try:
        pid, started = _record(name).read_text().split()
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(started)) < 1 and _mark(process) == str(home())
    except (*GONE, ValueError):
        return None
    return process if same and _is_alive(process) else None


def ours() -> Iterator[tuple[psutil.Process, str]]:
    """Yield every living process that this home's stack started, whoever its parent is now, and its name."""
    for process in psutil.process_iter():
        try:
            if process.pid != psutil.Process().pid and _mark(process) == str(home()):
                yield process, process.environ().get(NAME, "")
        except GONE:
            continue


def stop_all(patience: float = 10) -> int:
    """End every process this home's stack started, and their children; return how many there were."""
    stopped, quiet = 0, 0
    while quiet < 2:
        found = [process for process, _ in ours() if _is_alive(process)]
        end(found, patience)
        stopped += len(found)
        quiet = 0 if found else quiet + 1
        time.sleep(0.05)  # one that was just being born shows only now
    for path in folder("run").glob("*.pid"):
        path.unlink()
    return stopped


def end(processes: list[psutil.Process], patience: float = 10) -> None:
    """Ask the processes to end, and after `patience` seconds make them."""
    for process in processes:
        _signal(process, "terminate")
    _, stubborn = psutil.wait_procs(processes, timeout=patience)
    for process in stubborn:
        _signal(process, "kill")
    psutil.wait_procs(stubborn, timeout=patience)


def log_file(name: str):
    """Return the path of the log of the process of this name."""
    return folder("logs") / f"{name}.log"


def failure(name: str) -> str:
    """Say that a process ended, with the last lines of its log and where the rest is."""
    lines = log_file(name).read_text(errors="replace").splitlines()[-5:]
    return "\n".join(
        [f"{name} ended. Its last lines:", *(f"    {line}" for line in lines), f"The whole log: {log_file(name)}"]
    )


def _signal(process: psutil.Process, how: str) -> None:
    try:
        getattr(process, how)()
    except psutil.NoSuchProcess:
        return


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except GONE:
        return False


def _shows(process: psutil.Process) -> bool:
    """Say whether a new process shows its environment yet, which it does a moment after it runs, or has ended."""
    try:
        return _mark(process) is not None or process.status() == psutil.STATUS_ZOMBIE
    except GONE:
        return True


def _mark(process: psutil.Process) -> str | None:
    return process.environ().get(MARKER)


def _record(name: str):
    return folder("run") / f"{name}.pid"
