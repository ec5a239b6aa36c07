"""Every raw table notes when rows are taken away: what was loaded before may have to be loaded again."""

from warehouse.raw import CONTRACTS


def test_every_raw_table_notes_when_rows_are_taken_away(warehouse):
    rows = warehouse.execute(
        "select event_object_table::text from information_schema.triggers where trigger_name = 'note_removal'"
    ).fetchall()
    missing = set(CONTRACTS) - {name for (name,) in rows}
    assert not missing, f"the migration of {missing} lacks the trigger note_removal, see 0002"
