"""The report finds what should not be, and says so as rows."""

import os
import subprocess
import sys

import pytest

from warehouse import key_ring, roles, security, subject_keys
from warehouse.connection import PROJECT, home


def report():
    return subprocess.run([sys.executable, "-m", "warehouse", "security"], capture_output=True, text=True)


@pytest.fixture
def guarded(warehouse):
    """A warehouse as `migrate` leaves it; a copied database has the rights of none yet."""
    roles.apply()
    return warehouse


def test_a_warehouse_as_it_is_made_breaks_no_rule_and_every_look_is_rows(guarded):
    run = report()
    assert run.returncode == 0, run.stdout + run.stderr
    rows = guarded.execute("select rule, found, subjects from quality.security_report").fetchall()
    assert len(rows) == len(security.CHECKS) + len(security.permissions.RULES)
    assert {(found, tuple(subjects)) for _, found, subjects in rows} == {(0, ())}
    assert run.stdout == f"{len(rows)} of {len(rows)} rules hold\n"


def test_what_breaks_a_rule_is_named_and_fails_the_command(guarded):
    os.chmod(key_ring.key_file(), 0o644)
    try:
        guarded.execute("grant select on raw.customers to public")
        run = report()
    finally:
        os.chmod(key_ring.key_file(), 0o600)
    assert run.returncode == 1 and run.stderr == ""
    assert "a private file is open to others: master.key (644)" in run.stdout
    assert "everybody has a right: raw.customers" in run.stdout


def test_a_login_without_scram_and_a_door_without_a_password_are_found(guarded):
    rules = home() / "postgres" / "data" / "pg_hba.conf"
    kept = rules.read_text()
    try:
        rules.write_text(f"{kept}\nhost all all 127.0.0.2/32 trust\n")
        assert any(found.startswith("pg_hba.conf:") for found in security.weak_logins(guarded))
    finally:
        rules.write_text(kept)
    guarded.execute("set password_encryption = 'md5'")
    guarded.execute("create role old_login login password 'x'")
    assert {"password_encryption", "old_login"} <= set(security.weak_logins(guarded))
    guarded.execute("drop role old_login")


SECRETS = {
    "key.py": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "cloud.yml": "id: AKIA" + "ABCDEFGHIJKLMNOP",
    "login.toml": "pass" + 'word = "c29tZXRoaW5nLWxvbmctZW5vdWdo"',
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_in_the_code_is_found(tmp_path, name):
    (tmp_path / name).write_text(f"harmless\n{SECRETS[name]}\n")
    (tmp_path / "harmless.py").write_text("password = os.environ['PGPASSWORD']\n")
    assert list(security.secrets_in_code(root=tmp_path)) == [f"{name}:2"]


def test_the_projects_own_files_hold_no_secret():
    assert list(security.secrets_in_code()) == []


def test_an_installed_package_of_another_version_is_found(tmp_path, monkeypatch):
    lock = (PROJECT / "requirements.lock").read_text()
    assert "\nmsgspec==" in lock
    changed = lock.replace("\nmsgspec==", "\nmsgspec==0.0.1.dev", 1) + "\nloose==1.0\n"
    (tmp_path / "requirements.lock").write_text(changed)
    monkeypatch.setattr(security, "PROJECT", tmp_path)
    found = list(security.unlocked_packages())
    assert "loose: no hash" in found and any(one.startswith("msgspec ") for one in found)


def test_who_waits_longer_than_a_week_to_be_forgotten_is_reported_by_business_alone(guarded):
    guarded.execute("insert into raw.erasure_requests values ('toy', 'c1', now() - interval '8 days')")
    guarded.execute("insert into raw.erasure_requests values ('other', 'c2', now())")
    assert list(security.waiting_people(guarded)) == ["toy"]


def test_the_vault_is_of_its_own_database(guarded):
    assert subject_keys.database() != guarded.info.dbname
