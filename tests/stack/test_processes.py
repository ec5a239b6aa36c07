import os
import subprocess
import sys
import time

import psutil
import pytest

from stack import processes
from stack.settings import MARKER, folder

SLEEP = ["-c", "import time; time.sleep(600)"]
STUBBORN = ["-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"]
PARENT = [
    "-c",
    "import subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
    "print('born', flush=True); time.sleep(600)",
]


@pytest.fixture
def environment(stack_home):
    return os.environ | {MARKER: str(stack_home)}


@pytest.fixture
def stranger():
    """A process that is not of the stack."""
    process = subprocess.Popen([sys.executable, *SLEEP])
    yield process
    process.kill()
    process.wait()


def wait_for_log(name, word):
    until = time.monotonic() + 20
    while word not in processes.log_file(name).read_text():
        assert time.monotonic() < until, f"{name} never said {word}"
        time.sleep(0.05)


def test_a_started_process_is_found_again(environment):
    process = processes.start("sleeper", SLEEP, environment)
    assert processes.find("sleeper") == process


def test_a_process_is_found_the_moment_it_was_started(environment):
    for number in range(60):
        processes.start(f"sleeper-{number}", SLEEP, environment)
        assert processes.find(f"sleeper-{number}")


def test_a_command_that_ends_at_once_has_succeeded(environment):
    for _ in range(20):
        processes.run("quick", ["-S", "-c", "pass"], environment)


def test_starting_twice_starts_one(environment):
    assert processes.start("sleeper", SLEEP, environment) == processes.start("sleeper", SLEEP, environment)
    assert len(list(processes.ours())) == 1


def test_a_process_lives_in_a_session_of_its_own(environment):
    process = processes.start("sleeper", SLEEP, environment)
    assert os.getsid(process.pid) == process.pid


def test_a_pid_that_belongs_to_another_process_now_is_left_alone(environment, stranger):
    there = psutil.Process(stranger.pid)
    (folder("run") / "sleeper.pid").write_text(f"{there.pid} {there.create_time() - 60}")
    assert processes.find("sleeper") is None
    assert processes.stop_all() == 0
    assert stranger.poll() is None


def test_not_even_the_same_start_time_makes_a_stranger_ours(environment, stranger):
    there = psutil.Process(stranger.pid)
    (folder("run") / "sleeper.pid").write_text(f"{there.pid} {there.create_time()}")
    assert processes.find("sleeper") is None


def test_a_stack_of_another_home_is_left_alone(environment, tmp_path_factory, monkeypatch):
    process = processes.start("sleeper", SLEEP, environment)
    with monkeypatch.context() as patch:
        patch.setenv("HUAXIANG_HOME", str(tmp_path_factory.mktemp("other")))
        assert processes.stop_all() == 0
    assert process.is_running()


def test_orphans_of_a_killed_process_are_ended_too(environment):
    parent = processes.start("parent", PARENT, environment)
    wait_for_log("parent", "born")
    (child,) = parent.children()
    parent.kill()
    parent.wait()
    assert processes.stop_all() == 1
    assert not child.is_running()


def test_a_new_start_ends_the_leftovers_of_the_dead_one_first(environment):
    parent = processes.start("parent", PARENT, environment)
    wait_for_log("parent", "born")
    (child,) = parent.children()
    parent.kill()
    parent.wait()
    processes.start("parent", SLEEP, environment)
    assert not child.is_running()


def test_a_process_that_does_not_listen_is_made_to_end(environment):
    process = processes.start("stubborn", STUBBORN, environment)
    wait_for_log("stubborn", "deaf")
    assert processes.stop_all(patience=0.5) == 1
    assert not process.is_running()


def test_stopping_twice_is_no_error(environment):
    processes.start("sleeper", SLEEP, environment)
    assert (processes.stop_all(), processes.stop_all()) == (1, 0)


def test_an_unreadable_pid_file_counts_as_none(environment):
    for content in ("", "12", "twelve 0", "-1 0"):
        (folder("run") / "sleeper.pid").write_text(content)
        assert processes.find("sleeper") is None


def test_a_command_that_fails_is_reported_with_what_it_said(environment):
    with pytest.raises(processes.ProcessEndedError, match="(?s)migrate ended.*no such table"):
        processes.run("migrate", ["-c", "import sys; sys.exit('no such table')"], environment)
