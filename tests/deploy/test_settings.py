import re
from pathlib import Path

import pytest
from airflow.configuration import conf

from stack.settings import NO_TELEMETRY, environment
from warehouse.connection import PROJECT

COMPOSE = (PROJECT / "docker-compose.yml").read_text()
# Usage data collection left Airflow's own list of settings; older and newer releases read it.
UNLISTED = {("usage_data_collection", "enabled")}


def settings_of_the_stack(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUAXIANG_HOME", str(tmp_path))
        return environment({}, {"airflow": 1, "shop": 2}, Path("shop.yml"))


def unknown(names):
    from airflow.providers_manager import ProvidersManager

    ProvidersManager().initialize_providers_configuration()
    known = {(s.lower(), o.lower()) for s, v in conf.configuration_description.items() for o in v["options"]}
    asked = {tuple(part.lower() for part in name.split("__")[1:]) for name in names}
    return asked - known - UNLISTED


def test_airflow_knows_every_setting_of_the_compose_file():
    assert unknown(re.findall(r"AIRFLOW__[A-Z_]+__[A-Z_]+", COMPOSE)) == set()


def test_airflow_knows_every_setting_of_the_local_stack(tmp_path):
    assert unknown(name for name in settings_of_the_stack(tmp_path) if name.startswith("AIRFLOW__")) == set()


def test_a_misspelt_setting_would_be_found():
    assert unknown(["AIRFLOW__CORE__EXEKUTOR"]) == {("core", "exekutor")}


def test_telemetry_is_off_in_the_deployment_as_in_the_local_stack():
    assert [name for name in NO_TELEMETRY if f"{name}: " not in COMPOSE] == []
