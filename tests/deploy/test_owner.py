"""The deployment's owner of the warehouse is no superuser: all that it has to do works with what it was given."""

import os
import re
import subprocess
import sys

import pytest

from warehouse import connection
from warehouse.connection import PROJECT

FIRST_START = (PROJECT / "deploy" / "postgres" / "create-databases.sh").read_text()


@pytest.fixture(scope="module")
def owner(tmp_path_factory):
    """The environment of the owner on a server of this module's own, made by the SQL of the first start."""
    home = tmp_path_factory.mktemp("owner")
    for folder in (home, *home.parents[:3]):
        folder.chmod(0o711)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    clean |= {"HUAXIANG_HOME": str(home), "HUAXIANG_PGPORT": "0", "HUAXIANG_VAULT_DATABASE": "huaxiang_vault"}
    run(clean, "start")
    sql = re.search(r"<<'SQL'\n(.*?)\nSQL", FIRST_START, re.S)[1]
    sql = sql.replace("create database huaxiang owner huaxiang", "alter database huaxiang owner to huaxiang")
    passwords = {"HUAXIANG_PASSWORD": "own", "AIRFLOW_PASSWORD": "other"}
    run(clean | passwords, "psql", "-v", "ON_ERROR_STOP=1", stdin=sql)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PG")]:
            patch.delenv(name)
        patch.setenv("HUAXIANG_HOME", str(home))
        known = connection.environment()
    yield clean | known | {"PGUSER": "huaxiang", "PGPASSWORD": "own"}
    run(clean, "stop")


def run(environment, *words, stdin=None):
    command = [sys.executable, "-m", "warehouse", *words]
    done = subprocess.run(command, cwd=PROJECT, env=environment, input=stdin, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_owner_who_may_not_make_roles_is_told_what_to_do(owner):
    command = [sys.executable, "-m", "warehouse", "migrate"]
    superuser = {name: value for name, value in owner.items() if not name.startswith("PG")}
    run(superuser, "psql", "-c", "alter role huaxiang nocreaterole")
    try:
        done = subprocess.run(command, cwd=PROJECT, env=owner, capture_output=True, text=True)
    finally:
        run(superuser, "psql", "-c", "alter role huaxiang createrole")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "alter role huaxiang createrole" in done.stderr


def test_the_owner_migrates_twice_and_the_report_finds_nothing(owner):
    run(owner, "migrate")
    run(owner, "migrate")
    assert "rules hold" in run(owner, "security")


def test_the_owner_makes_logins_turns_keys_and_forgets(owner):
    run(owner, "migrate")
    found = dict(re.findall(r"^export (\w+)='?(.*?)'?$", run(owner, "login", "bi", "--business", "shop"), re.M))
    assert found["PGUSER"] == "bi"
    assert "1" in run(owner | found, "psql", "-At", "-c", "select count(*) + 1 from serving.releases")
    assert "under a new key" in run(owner, "rotate-keys")
    assert "certificate" in run(owner, "erase", "c1", "--business", "shop")
