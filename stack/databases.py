"""The two databases of the stack, the warehouse and Airflow's metadata, at their newest shape."""

import json
from importlib.metadata import version

from stack import processes, settings
from warehouse import embedded


def migrate(postgres: dict[str, str], environment: dict[str, str], say) -> None:
    """Bring both databases to the newest shape; Airflow's only where its version changed, since that takes seconds."""
    embedded.create_database("airflow", postgres)
    processes.run("migrate", ["-m", "warehouse", "migrate"], environment)
    done = settings.folder("airflow") / "migrated.json"
    if not done.exists() or json.loads(done.read_text()) != _airflow_schema(postgres):
        say("Airflow's database is made")
        processes.run("airflow-migrate", ["-m", "airflow", "db", "migrate"], environment)
        done.write_text(json.dumps(_airflow_schema(postgres)))


def _airflow_schema(postgres: dict[str, str]) -> list[str]:
    """Return the version of the Airflow package and of its schema, the latter empty in a new database."""
    import psycopg

    address = {name[2:].lower(): value for name, value in postgres.items()} | {"dbname": "airflow"}
    del address["database"]
    with psycopg.connect(**address) as connection:
        known = connection.execute("select to_regclass('alembic_version') is not null").fetchone()[0]
        found = connection.execute("select version_num from alembic_version").fetchone() if known else ("",)
    return [version("apache-airflow-core"), *found]
