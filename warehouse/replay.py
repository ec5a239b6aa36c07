"""Read again what is in quarantine, after a rule was mended: what is good now is loaded, the rest stays."""

from collections.abc import Callable

from warehouse import vault
from warehouse.check import Arrival, Problem
from warehouse.load import Counts, prepare, quarantine_place, store
from warehouse.raw import Record

RECORDS_PER_BATCH = 1_000
WAITING = """
select record_id, original, head from quarantine.records
where source = %s and business = %s and table_name = %s and replayed_at is null and record_id > %s
    and (%s::text is null or reason = %s)
order by record_id limit %s
"""
LEFT = "update quarantine.records set replayed_at = now() where record_id = any(%s)"
STAYED = "update quarantine.records set reason = %s, detail = %s where record_id = %s"


def replay(
    connection,
    contract: type[Record],
    read: Callable[[bytes, bytes | None], dict | Problem],
    *,
    business: str,
    source: str,
    run_id: str,
    reason: str | None = None,
) -> Counts:
    """Read the quarantined records of a source again, batch by batch; return what became of them.

    `read` makes of a record's original bytes, and of what stood around it, the fields of its contract.
    """
    total, last = Counts(), 0
    place = quarantine_place(business, source, contract.table)
    of_source = [source, business, contract.table]
    while rows := connection.execute(WAITING, [*of_source, last, reason, reason, RECORDS_PER_BATCH]).fetchall():
        last = rows[-1][0]
        ids = [record_id for record_id, *_ in rows]
        arrivals = []
        for _, sealed, head in rows:
            original = vault.decrypt(sealed, place)
            arrivals.append(Arrival(original, read(original, head), head))

        def mark(connection, problems, ids=ids):
            good = [record_id for position, record_id in enumerate(ids) if position not in problems]
            connection.execute(LEFT, [good])
            stayed = [(*problem, ids[position]) for position, problem in sorted(problems.items())]
            with connection.cursor() as cursor:
                cursor.executemany(STAYED, stayed)

        batch = prepare(contract, arrivals, business)
        total += store(connection, batch, source=source, run_id=run_id, is_replay=True, also=mark)
    return total
