import re
import subprocess
import sys

import pytest

from stack import doctor, packages
from warehouse.connection import PROJECT


def run_without_packages(*arguments):
    """A Python that sees the standard library and the project alone."""
    command = [sys.executable, "-S", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)


def test_the_doctor_needs_nothing_installed():
    assert "ModuleNotFoundError" in run_without_packages("-c", "import psutil").stderr
    result = run_without_packages("-m", "stack", "doctor")
    assert result.stderr == ""
    assert result.stdout.count("\n") == 9


def test_without_packages_the_other_commands_say_what_to_do():
    result = run_without_packages("-m", "stack", "status")
    assert result.returncode == 1
    assert "make setup" in result.stderr and "Traceback" not in result.stderr


def test_help_names_every_command():
    result = run_without_packages("-m", "stack", "--help")
    assert all(f"\n    {name} " in result.stdout for name in ("demo", "up", "down", "status", "doctor"))


def test_a_package_that_is_not_installed_is_named():
    assert packages.lacking("no-such-package==1.0 \\\n    --hash=sha256:00\n") == ["no-such-package"]


def test_a_package_in_another_version_is_named():
    assert packages.lacking("psutil==0.0.1\n") == ["psutil"]


def test_a_package_for_other_machines_is_not_asked_for():
    assert packages.lacking("no-such-package==1.0 ; sys_platform == 'none'\n") == []


def test_the_lock_file_is_read_whole():
    lock = (PROJECT / "requirements.lock").read_text()
    heads = [line for line in lock.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    nothing_fits = re.sub(r"^([\w.-]+)==[^ \\]+", r"\1==0.0.0.dev0", lock, flags=re.MULTILINE)
    assert len(packages.lacking(nothing_fits)) > 0.9 * len(heads)


def test_a_folder_that_others_may_not_enter_is_found(tmp_path):
    closed = tmp_path / "closed"
    (closed / "project").mkdir(parents=True)
    closed.chmod(0o700)
    assert closed in doctor.closed_folders(closed / "project")
    closed.chmod(0o711)
    assert closed not in doctor.closed_folders(closed / "project")


@pytest.mark.parametrize(
    ("found", "remedy"), [((3, 10), "install Python"), ((3, 11), ""), ((3, 13), ""), ((3, 14), "install Python")]
)
def test_python_must_be_one_that_everything_was_run_with(monkeypatch, found, remedy):
    monkeypatch.setattr(doctor, "version", lambda: found)
    assert doctor.python().remedy.startswith(remedy) and bool(doctor.python().remedy) == bool(remedy)


def test_a_compiler_is_needed_where_the_recommender_has_no_wheel(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setattr(doctor, "version", lambda: (3, 11))
    assert "gcc" in doctor.compiler().remedy
    monkeypatch.setattr(doctor, "version", lambda: (3, 12))
    assert not doctor.compiler().remedy


def test_a_machine_without_openmp_is_told_its_package(monkeypatch):
    assert not doctor.openmp().remedy
    monkeypatch.setattr(doctor.ctypes, "CDLL", lambda name: (_ for _ in ()).throw(OSError(name)))
    assert "libgomp1" in doctor.openmp().remedy


def test_too_little_room_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "DISK_BYTES", 2**60)
    assert doctor.report() == 1
    assert any(line.startswith("missing") and "disk" in line for line in capsys.readouterr().out.splitlines())


def test_a_taken_port_is_a_note_and_no_failure(monkeypatch):
    monkeypatch.setattr(doctor, "_is_free", lambda port: False)
    (finding,) = doctor.ports()
    assert "8080" in finding.remedy and not finding.is_needed
