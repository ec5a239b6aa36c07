"""The rules of the house: who may import whom, what is pinned, what a newcomer reads."""

import ast
import re
import tomllib
from typing import get_args, get_type_hints

import pytest

from scrapers.sources import Source
from warehouse.connection import PROJECT
from warehouse.raw import CONTRACTS

PACKAGES = ("warehouse", "scrapers", "ml", "expectations", "stack", "bi", "dags")
MAY_IMPORT = {
    "warehouse": {"warehouse"},
    "scrapers": {"scrapers", "warehouse"},
    "ml": {"ml", "warehouse"},
    "expectations": {"expectations", "warehouse"},
    "stack": {"stack", "warehouse"},
    "bi": {"bi", "warehouse"},
    "dags": {"dags", "airflow"},
}
HOUSE = {*PACKAGES, "airflow"}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_meet_in_postgresql_and_import_only_what_they_may(package):
    files = list((PROJECT / package).rglob("*.py"))
    assert files
    wrong = {
        f"{path.relative_to(PROJECT)} imports {name}"
        for path in files
        for name in imports(path)
        if name in HOUSE - MAY_IMPORT[package]
    }
    assert not wrong


def test_nothing_is_pickled():
    names = ("pickle", "joblib", "dill", "cloudpickle", "marshal", "shelve")
    files = [path for package in PACKAGES for path in (PROJECT / package).rglob("*.py")]
    assert not [f"{path}: {name}" for path in files for name in imports(path) if name in names]


def test_no_sql_is_built_from_strings():
    """Composed SQL goes through psycopg.sql or SQLAlchemy; Great Expectations takes text alone, of our constants."""
    sql = re.compile(r"\s*(with|select|insert into|update|delete from|create|drop|alter|truncate|copy)\s", re.I)
    files = [path for name in PACKAGES if name != "expectations" for path in (PROJECT / name).rglob("*.py")]
    wrong = [
        f"{path.relative_to(PROJECT)}:{node.lineno}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.JoinedStr)
        and isinstance(node.values[0], ast.Constant)
        and sql.match(node.values[0].value)
    ]
    assert not wrong


LOCKS = {"requirements.lock": "dev", "requirements-bi.lock": "bi", "requirements-deep.lock": "deep"}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_hashed_and_no_registry_is_named(name):
    lock = (PROJECT / name).read_text()
    assert not re.search(r"https?://|--(extra-)?index-url|file:", lock)
    pins = re.split(r"\n(?=[a-z0-9])", lock.strip())
    assert len(pins) > (30 if "deep" in name else 100)
    assert not [
        pin.split("\n")[0]
        for pin in pins
        if not re.match(r"[a-z0-9._-]+(\[.*\])?==\S+", pin) or "--hash=sha256:" not in pin
    ]


def dependencies(lock):
    """Yield (name, the rest of its line) of every direct dependency that a lock file is made from."""
    text = (PROJECT / "pyproject.toml").read_text()
    project = tomllib.loads(text)
    groups = project["dependency-groups"]
    of_main = project["project"]["dependencies"] if lock == "requirements.lock" else []
    for entry in of_main + groups[LOCKS[lock]]:
        line = next(line for line in text.splitlines() if line.strip().startswith(f'"{entry}"'))
        yield re.match(r"[a-z0-9-]+", entry)[0], line.split('",', 1)[1]


@pytest.mark.parametrize("lock_file", LOCKS)
def test_every_direct_dependency_says_why_it_is_there_and_is_locked(lock_file):
    lock = (PROJECT / lock_file).read_text()
    found = list(dependencies(lock_file))
    assert len(found) > (3 if "deep" in lock_file else 4)
    assert not [name for name, rest in found if len(rest.split("#", 1)[-1].split()) < 3 or "#" not in rest]
    unlocked = [name for name, _ in found if not re.search(rf"^{name}(\[.*\])?==", lock, re.M)]
    assert unlocked == (["torch"] if "deep" in lock_file else [])


def test_every_source_file_is_short_enough_to_read():
    long = {
        str(path.relative_to(PROJECT)): len(path.read_text().splitlines())
        for package in PACKAGES
        for path in (PROJECT / package).rglob("*.py")
        if "versions" not in path.parts
    }
    assert not {name: lines for name, lines in long.items() if lines > 300}


@pytest.mark.parametrize("table", CONTRACTS)
def test_a_raw_table_has_its_spider_gate_and_staging_model(table):
    """The steps of README's "Add a source", in their order: what is missing says which was forgotten."""
    kind = {"products": "catalogue"}.get(table, table)
    assert (PROJECT / "scrapers" / "spiders" / f"{kind}.py").exists(), f"step 2: no spider for kind {kind}"
    assert kind in get_args(get_type_hints(Source)["kind"]), f"step 2: scrapers/sources.py does not know kind {kind}"
    suites = (PROJECT / "expectations" / "raw.py").read_text()
    assert f'"raw.{table}"' in suites, f"step 3: no suite for raw.{table} in expectations/raw.py"
    models = list((PROJECT / "dbt" / "models" / "staging").rglob(f"stg_*__{table}.sql"))
    assert models, f"step 4: no staging model stg_<source>__{table}.sql"
    reads = f"source('raw', '{table}')"
    assert any(reads in model.read_text() for model in models), f"step 4: no {models[0].name} reads raw.{table}"
