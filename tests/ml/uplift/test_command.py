"""`python -m ml uplift` on marts by hand."""

import pytest

from ml.__main__ import main
from tests.ml.lift.test_command import TABLES
from tests.ml.worlds import MARTS

# Every other customer is treated; every third bought before. Who did is persuaded by `persuaded` of ten, others never.
FILL = """
    insert into marts.customers (business, customer_id, last_seen_at)
    select 'toy', 'c' || n, '2026-05-01Z' from generate_series(1, 3000) as n;
    insert into marts.contacts
    select 'toy', 'spring', 'c' || n, case when n % 2 = 0 then 'hold_out' else 'treatment' end, 'Email', 0.5, 14,
        n % 2 = 0, timestamptz '2026-03-01Z'
    from generate_series(1, 3000) as n;
    insert into marts.conversions
    select 'toy', 'before:' || n, 'before:' || n, 'c' || n, 'purchase', 1, 10, 'CNY', timestamptz '2026-02-20Z'
    from generate_series(1, 3000) as n where n % 3 = 0;
    insert into marts.conversions
    select 'toy', 'now:' || n, 'now:' || n, 'c' || n, 'purchase', 1, 10, 'CNY', timestamptz '2026-03-02Z'
    from generate_series(1, 3000) as n
    where n / 6 % 10 < 3 + case when n % 2 = 1 and n % 3 != 0 then {persuaded} else 0 end + 5 * (n % 3 = 0)::int;
    insert into marts.conversions
    select 'toy', 'late:' || n, 'late:' || n, 'c' || n, 'purchase', 1, 10, 'CNY', timestamptz '2026-04-25Z'
    from generate_series(1, 3000) as n where n % 5 = 0
"""


@pytest.mark.parametrize(("persuaded", "is_used"), [(4, True), (0, False)])
def test_scores_are_written_where_they_beat_response_and_else_none(persuaded, is_used, warehouse, capsys):
    warehouse.execute(MARTS)
    warehouse.execute(TABLES)
    warehouse.execute(FILL.format(persuaded=persuaded))
    warehouse.execute("insert into marts.consents values ('toy', 'c9', 'analytics', false, '2026-01-01Z', null)")
    assert main(["uplift"]) == 0
    assert ("not used" not in capsys.readouterr().out) == is_used
    query = "select learner, customers from ml.uplift_models order by learner"
    assert warehouse.execute(query).fetchall() == [("T", 2999), ("X", 2999)]
    used = warehouse.execute("select count(*) from ml.uplift_models where is_used").fetchone()
    assert used == (int(is_used),), "one learner scores, or none"
    scores = dict(warehouse.execute("select customer_id, uplift from ml.uplift_scores").fetchall())
    if not is_used:
        assert not scores
        return
    assert len(scores) == 2999 and "c9" not in scores
    assert scores["c7"] > 0.3 > 0.1 > scores["c5"]  # c5 bought of late: buys anyway
