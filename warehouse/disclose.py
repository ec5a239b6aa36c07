"""All personal values that are held of a customer, in clear and for them (GDPR 15, PIPL 45); each look is noted."""

import msgspec
from psycopg import sql

from warehouse import erased, subject_keys, vault
from warehouse.raw import CONTRACTS
from warehouse.raw.fields import fields
from warehouse.rows import place


def disclose(connection, business: str, customer: str, purpose: str = "disclosure") -> dict[str, list]:
    """Return the clear values of a customer by table.column, each once; who asks is written down before.

    What the key of the customer does not open is left out: it was erased.
    """
    subject = subject_keys.subject(business, "customer", customer)
    cipher = subject_keys.existing([subject]).get(subject)
    sealed = (
        [] if cipher is None else [one for name in CONTRACTS for one in _sealed(connection, name, business, customer)]
    )
    columns = sorted({f"{table}.{column}" for table, column, _, _ in sealed})
    erased.note_access(purpose, business, subject, columns, len(sealed))
    found: dict[str, list] = {}
    for table, column, blob, where in sealed:
        clear = vault.unseal(cipher, bytes(blob), where).decode()
        values = found.setdefault(f"{table}.{column}", [])
        value = msgspec.json.decode(clear) if column in ("extra", "traits") else clear
        if value not in values:
            values.append(value)
    return found


def _sealed(connection, name: str, business: str, customer: str):
    """Yield (table, column, ciphertext, its place) of all that is encrypted under a customer's key in one raw table."""
    contract = CONTRACTS[name]
    by = next((field for kind, field in contract.person if kind == "customer"), None)
    columns = {field.name: sql.Identifier(f"{field.name}_encrypted") for field in fields(contract) if field.personal}
    if contract.sealed_extra:
        columns["extra"] = sql.SQL("decode(extra ->> 'sealed', 'hex')")
    if by is None or not columns:
        return
    query = sql.SQL("select {keys}, {columns} from {table} where business = %s and {by} = %s").format(
        keys=sql.SQL(", ").join(map(sql.Identifier, contract.key)),
        columns=sql.SQL(", ").join(columns.values()),
        table=sql.Identifier("raw", name),
        by=sql.Identifier(by),
    )
    for row in connection.execute(query, [business, customer]).fetchall():
        key, blobs = row[: len(contract.key)], row[len(contract.key) :]
        for column, blob in zip(columns, blobs, strict=True):
            if blob is not None:
                yield name, column, blob, place(contract, column, business, *key)
