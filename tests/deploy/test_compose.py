import re
import shlex
import subprocess
import sys
from functools import cache
from importlib import import_module

import pytest
import yaml

from stack.lifecycle import POOLS
from warehouse.connection import PROJECT

TEXT = (PROJECT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
LASTING = {name: service for name, service in SERVICES.items() if service["restart"] != "no"}
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("huaxiang")}
EXAMPLE = (PROJECT / "deploy" / ".env.example").read_text()
SECRET = re.compile("password|secret|key", re.IGNORECASE)


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_has_a_health_check(name):
    assert LASTING[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert LASTING[name]["healthcheck"]["interval"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_runs_as_root_or_may_become_it(name):
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"] and "no-new-privileges:true" in service["security_opt"]
    assert service["read_only"] is True and not service.get("privileged")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_limits(name):
    assert {"cpus", "memory", "pids"} <= set(SERVICES[name]["deploy"]["resources"]["limits"])


def test_nothing_is_published_beyond_this_machine():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published and all(str(port).startswith("127.0.0.1:") for port in published)
    assert not any(service.get("network_mode") == "host" for service in SERVICES.values())


def test_the_database_and_the_broker_reach_nothing_outside():
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


@pytest.mark.parametrize("name", SERVICES)
def test_there_is_no_default_for_a_secret(name):
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(variable) or "@" in str(value):
            assert re.search(r"\$\{\w+:\?", value), f"{name}: {variable} must come from outside, or say what to set"


def test_every_variable_is_explained_in_the_example_which_holds_no_secret():
    asked = set(re.findall(r"\$\{(\w+)", TEXT))
    lines = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    assert asked == set(lines)
    assert all(not value for name, value in lines.items() if SECRET.search(name))


@pytest.mark.parametrize("name", OURS)
def test_the_commands_of_our_services_exist(name):
    program, *words = OURS[name]["command"]
    if program == "sh":
        return  # its lines are the next test's
    assert program == "python"
    assert_runs(words)


def test_the_commands_of_the_first_start_exist():
    text = (
        (PROJECT / "deploy" / "initialise.sh")
        .read_text()
        .replace("\\\n", " ")
        .replace('"$AIRFLOW_ADMIN_EMAIL"', "a@b.c")
    )
    commands = re.findall(r"(?:^|\| )(python .*)$", text, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        assert_runs(shlex.split(command)[1:])


def test_the_first_start_makes_every_pool():
    text = (PROJECT / "deploy" / "initialise.sh").read_text()
    assert {name: int(slots) for name, slots in re.findall(r"pools set (\w+) (\d+)", text)} == POOLS


@pytest.mark.parametrize("name", LASTING)
def test_the_health_checks_use_what_is_there(name):
    how, *words = LASTING[name]["healthcheck"]["test"]
    words = shlex.split(words[0]) if how == "CMD-SHELL" else words
    if words[:3] == ["python", "-m", "airflow"]:
        assert_runs(words[1:])
    elif "celery" in words:
        module, _, attribute = words[words.index("--app") + 1].rpartition(".")
        code = f"from importlib import import_module as i; print(getattr(i({module!r}), {attribute!r}).main)"
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    elif "python" in words:
        compile(words[words.index("-c") + 1], name, "exec")


def test_an_unknown_option_would_be_found():
    with pytest.raises(SystemExit):
        assert_runs(["-m", "airflow", "scheduler", "--no-such-option"])


@cache
def parser():
    """Airflow's parser as the containers have it: the auth manager and the executor bring commands of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CORE__AUTH_MANAGER", "CORE__EXECUTOR"):
            patch.setenv(f"AIRFLOW__{name}", COMPOSE["x-environment"][f"AIRFLOW__{name}"])
        patch.delitem(sys.modules, "airflow.cli.cli_parser", raising=False)
        return import_module("airflow.cli.cli_parser").get_parser()


def assert_runs(words):
    """Airflow's own parser takes the words; the project's commands answer --help."""
    if words[:2] == ["-m", "airflow"]:
        parser().parse_args(words[2:])
        return
    if words[0] != "-m":
        assert (PROJECT / words[0]).exists()
        return
    command = [sys.executable, *words, "--help"]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert result.returncode == 0 and "usage" in result.stdout, result.stderr


def test_the_classes_that_airflow_is_told_to_use_come_from_the_lock_file():
    lock = (PROJECT / "requirements.lock").read_text()
    classes = re.findall(r"airflow\.providers\.(\w+)\.", TEXT)
    assert {"fab", "celery"} <= set(classes)
    for provider in classes:
        assert re.search(rf"^apache-airflow-providers-{provider}==", lock, re.MULTILINE), f"pin the provider {provider}"


def test_the_image_installs_by_hash_and_gives_up_root():
    text = (PROJECT / "deploy" / "Dockerfile").read_text()
    assert "--require-hashes" in text
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE)[-1] == "10001:10001"
    assert all(":latest" not in line for line in text.splitlines() if line.startswith("FROM"))


def test_no_secret_can_get_into_the_image():
    rules = (PROJECT / "deploy" / "Dockerfile.dockerignore").read_text().split()
    assert rules[0] == "*" and not any(".env" in rule or rule == "!." for rule in rules)
