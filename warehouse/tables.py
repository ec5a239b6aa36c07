"""Every table of the warehouse that dbt does not build: the raw ones from their contract, ledgers, quarantine, ml."""

from datetime import date, datetime
from decimal import Decimal

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from warehouse.raw import CONTRACTS, GREATEST, LATEST, Record
from warehouse.raw.fields import Field, fields

SCHEMAS = ("raw", "quarantine", "crawl", "quality", "ml", "serving", "builds", "access", "live", "activation")
METADATA = sa.MetaData()
TIME = sa.TIMESTAMP(timezone=True)
TYPES = {
    str: sa.Text,
    int: sa.BigInteger,
    bool: sa.Boolean,
    Decimal: sa.Numeric,
    datetime: lambda: TIME,
    date: sa.Date,
    dict: JSONB,
}


def _columns(field: Field, contract: type[Record]) -> list[sa.Column]:
    """Return the column of a field, or the encrypted one and its blind index where the field is personal."""
    if field.personal:
        names = [f"{field.name}_encrypted"] + [f"{field.name}_index"] * ("index" in field.personal)
        return [sa.Column(name, sa.LargeBinary, info=field.personal) for name in names]
    required = {one.name for one in msgspec.structs.fields(contract) if one.required} | set(contract.key)
    return [sa.Column(field.name, TYPES[field.type](), nullable=field.name not in required)]


def _checks(contract: type[Record]) -> list[sa.CheckConstraint]:
    """PostgreSQL takes NaN as a number and infinity as a time; the raw tables do not."""
    checks = []
    for field in fields(contract):
        column = sa.column(field.name)
        if field.type is Decimal:
            bounds = sa.text(f"-{GREATEST}"), sa.text(str(GREATEST))
        elif field.type is datetime:
            bounds = sa.text(f"'{contract.earliest:%Y-%m-%d}Z'"), sa.text(f"'{LATEST:%Y-%m-%d}Z'")
        elif field.type is date:
            bounds = sa.text(f"'{contract.earliest:%Y-%m-%d}'"), sa.text(f"'{LATEST:%Y-%m-%d}'")
        else:
            continue
        checks.append(sa.CheckConstraint(column.between(*bounds), name=f"{contract.table}_{field.name}_is_sane"))
    return checks


def raw_table(contract: type[Record]) -> sa.Table:
    """Return the table of a contract: its own columns between where each row came from and when."""
    version = ["fingerprint"] if contract.versioned else []
    since = [sa.Column("first_seen_at", TIME, nullable=False)] if contract.seen else []
    return sa.Table(
        contract.table,
        METADATA,
        sa.Column("business", sa.Text, nullable=False),
        *(column for field in fields(contract) for column in _columns(field, contract)),
        *since,
        sa.Column("extra", JSONB, comment="fields of the source that the mapping does not name"),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("batch_id", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False, comment="place in its batch, from 0"),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False, comment="keyed hash of the content"),
        sa.Column("loaded_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("business", *contract.key, *(column.name for column in since), *version),
        *_checks(contract),
        schema="raw",
        comment=contract.__doc__,
    )


RAW = {name: raw_table(contract) for name, contract in CONTRACTS.items()}

BATCHES = sa.Table(
    "batches",
    METADATA,
    sa.Column("batch_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False, index=True),
    sa.Column("business", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("loaded", sa.BigInteger, nullable=False),
    sa.Column("duplicate", sa.BigInteger, nullable=False),
    sa.Column("quarantined", sa.BigInteger, nullable=False),
    sa.Column(
        "forgotten",
        sa.BigInteger,
        nullable=False,
        server_default="0",
        comment="of the quarantined: of people who asked to be forgotten",
    ),
    sa.Column("control_total", sa.Numeric, comment="of what was received and is no quarantine, see the contract"),
    sa.Column("content_hash", sa.LargeBinary, comment="of a block of a file and how it was read, to know it again"),
    sa.Column("is_replay", sa.Boolean, nullable=False, server_default=sa.false(), comment="out of quarantine"),
    sa.Column("started_at", TIME, nullable=False),
    sa.Column("finished_at", TIME, nullable=False),
    sa.CheckConstraint("received = loaded + duplicate + quarantined", name="batches_adds_up"),
    sa.Index("batches_known", "source", "content_hash", postgresql_where=sa.text("content_hash is not null")),
    schema="raw",
    comment="The ledger: one row per batch, written in the transaction of its rows.",
)
REMOVALS = sa.Table(
    "removals",
    METADATA,
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("batch_id", sa.BigInteger, nullable=False, comment="the last batch before rows were taken away"),
    schema="raw",
    comment="Where rows were ever deleted: what was loaded before may have to be loaded again.",
)
CURSORS = sa.Table(
    "cursors",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("cursor", JSONB, nullable=False),
    sa.Column("moved_at", TIME, nullable=False, server_default=sa.func.now()),
    schema="raw",
    comment="How far each source was read; moves in the transaction of the rows.",
)
ERASURE_REQUESTS = sa.Table(
    "erasure_requests",
    METADATA,
    sa.Column("business", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("requested_at", TIME, nullable=False, server_default=sa.func.now()),
    schema="raw",
    comment="Who waits to be forgotten; gone when all of it is done.",
)
ERASURES = sa.Table(
    "erasures",
    METADATA,
    sa.Column("erasure_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("business", sa.Text, nullable=False),
    sa.Column("subject", sa.LargeBinary, nullable=False, comment="keyed hash of who was forgotten"),
    sa.Column("requested_at", TIME, nullable=False),
    sa.Column("erased_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("rows", JSONB, nullable=False, comment="rows that were taken away or made a guest's, by table"),
    schema="raw",
    comment="When rows of people were taken away: what was counted before is to be counted again.",
)
QUARANTINE = sa.Table(
    "records",
    METADATA,
    sa.Column("record_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("business", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("table_name", sa.Text, nullable=False),
    sa.Column("batch_id", sa.BigInteger, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, comment="never a value of the record"),
    sa.Column("original", sa.LargeBinary, nullable=False, comment="the bytes as they came, encrypted"),
    sa.Column("head", sa.LargeBinary, comment="what stands around it and is needed to read it, such as a header line"),
    sa.Column("original_index", sa.LargeBinary, nullable=False, comment="keyed hash of the bytes"),
    sa.Column("first_seen_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("replayed_at", TIME),
    sa.UniqueConstraint("business", "source", "table_name", "original_index"),
    schema="quarantine",
    comment="What could not be loaded, with its reason and its original bytes.",
)
RESULTS = sa.Table(
    "results",
    METADATA,
    sa.Column("result_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("suite", sa.Text, nullable=False),
    sa.Column("expectation", sa.Text, nullable=False),
    sa.Column("kwargs", JSONB, nullable=False),
    sa.Column("success", sa.Boolean, nullable=False),
    sa.Column("observed", sa.Text),
    sa.Column("checked_at", TIME, nullable=False, server_default=sa.func.now()),
    schema="quality",
    comment="One row per expectation checked at a gate.",
)
SECURITY_REPORT = sa.Table(
    "security_report",
    METADATA,
    sa.Column("check_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("checked_at", TIME, nullable=False, server_default=sa.func.now()),
    sa.Column("rule", sa.Text, nullable=False, comment="what must not be"),
    sa.Column("found", sa.BigInteger, nullable=False, comment="how often it is"),
    sa.Column("subjects", ARRAY(sa.Text), nullable=False, comment="where, the first of them"),
    schema="quality",
    comment="One row per rule and look; a look's rows share their time.",
)
RELEASES = sa.Table(
    "releases",
    METADATA,
    sa.Column("release_id", sa.BigInteger, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False, comment="of the content of all its tables"),
    sa.Column("is_current", sa.Boolean, nullable=False),
    sa.Column("rows", JSONB, nullable=False, comment="rows per table"),
    sa.Column("published_at", TIME, nullable=False, server_default=sa.func.now()),
    schema="serving",
    comment="What was published; the views of this schema read the current one.",
)
READERS = sa.Table(
    "readers",
    METADATA,
    sa.Column("reader", sa.Text, primary_key=True, comment="the role that connects, exactly"),
    sa.Column("business", sa.Text, primary_key=True, comment="whose rows it may read; * for all"),
    schema="serving",
    comment="Who reads the rows of which business; who is not listed reads none.",
)
