"""Alembic's way into the warehouse: the tables of this package, on the connection that `migrate` hands over."""

from alembic import context

from warehouse import (  # noqa: F401  (they register their tables)
    tables_activation,
    tables_api,
    tables_builds,
    tables_campaigns,
    tables_crawl,
    tables_ml,
)
from warehouse.tables import METADATA, SCHEMAS


def is_ours(name, kind, parents) -> bool:
    """Leave alone what dbt and publish build."""
    return name in SCHEMAS if kind == "schema" else True


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    include_schemas=True,
    include_name=is_ours,
    version_table="alembic_version",
)
with context.begin_transaction():
    context.run_migrations()
