"""Who owns which identifier when: the compiled models on small graphs, against slow, obvious code."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.dbt.content import dbt

pytestmark = pytest.mark.slow
START = datetime(2026, 3, 1, tzinfo=UTC)
GRAPH = ("int_identifiers__clustered", "int_identifiers__replayed", "int_identities__dated")
LINKS = ("int_identities__linked", "int_identity_conflicts__found")
EXAMPLES = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Graph:
    """The models of the graph as dbt compiled them, to be run on pairs at will."""

    def __init__(self, connection, folder):
        self.connection, self.folder = connection, folder
        models = folder / "target" / "compiled" / "huaxiang" / "models" / "intermediate"
        self.text = {name: sql.SQL(Path(models / f"{name}.sql").read_text()) for name in (*GRAPH, *LINKS)}

    def run(self, pairs):
        """Return who owns what when: {(kind, identifier): [(customer, from, to), ...]}."""
        with self.connection.transaction():
            self.connection.execute("set local enable_nestloop = off; set local enable_mergejoin = off")
            self.connection.execute("truncate intermediate.int_identifiers__paired")
            with self.connection.cursor() as cursor:
                cursor.executemany(
                    "insert into intermediate.int_identifiers__paired (business, kind, identifier, other_kind,"
                    " other_identifier, source, rule, confidence, seen_at, unmerged_at)"
                    " values ('shop', %s, %s, %s, %s, 'events', 'login', 1, %s, %s)",
                    pairs,
                )
            for name in (*GRAPH, *LINKS):
                table = sql.Identifier("intermediate", name)
                self.connection.execute(sql.SQL("truncate {}").format(table))
                self.connection.execute(sql.SQL("insert into {} {}").format(table, self.text[name]))
        found = {}
        query = "select kind, identifier, customer_id, valid_from, valid_to from intermediate.int_identities__dated"
        for kind, identifier, *span in self.connection.execute(query + " order by valid_from"):
            found.setdefault((kind, identifier), []).append(tuple(span))
        return found

    def conflicts(self):
        """Return the reasons by (kind, identifier)."""
        query = "select kind, identifier, reason from intermediate.int_identity_conflicts__found"
        return {(kind, identifier): reason for kind, identifier, reason in self.connection.execute(query)}


@pytest.fixture(scope="module")
def graph(module_warehouse, tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph")
    run = dbt(folder, "build", "--select", "+int_identity_conflicts__found", "+int_identities__linked",
              "--exclude", "resource_type:test", "resource_type:unit_test")  # fmt: skip
    assert run.returncode == 0, run.stdout
    return Graph(module_warehouse, folder)


def day(number):
    return START + timedelta(days=number)


def login(device, customer, on=0, until=None):
    return ("device", device, "customer", customer, day(on), until and day(until))


def alias(device, other, on=0, until=None):
    one, two = sorted((device, other))
    return ("device", one, "device", two, day(on), until and day(until))


def owners(pairs, at):
    """Who owns what at a time, looked up pair by pair."""
    held = [pair for pair in pairs if pair[4] <= at and (pair[5] is None or at < pair[5])]
    group, customers = {}, {}
    for kind, identifier, other_kind, other, *_ in pairs:
        group[kind, identifier] = {(kind, identifier)}
        if other_kind != "customer":
            group[other_kind, other] = {(other_kind, other)}
    for kind, identifier, other_kind, other, *_ in held:
        if other_kind == "customer":
            customers.setdefault((kind, identifier), set()).add(other)
        else:
            joined = group[kind, identifier] | group[other_kind, other]
            group.update(dict.fromkeys(joined, joined))
    found = {}
    for thing, members in group.items():
        own = customers.get(thing, set())
        met = set().union(*(customers.get(member, set()) for member in members))
        if len(met) == 1 or len(own) == 1:
            (found[thing],) = met if len(met) == 1 else own
    return found


def as_of(history, at):
    return {
        thing: customer
        for thing, spans in history.items()
        for customer, since, until in spans
        if since <= at and (until is None or at < until)
    }


devices, customers, days = st.sampled_from("abcdef"), st.sampled_from("123"), st.integers(0, 5)
ends = st.one_of(st.none(), st.integers(6, 8))
logins = st.builds(login, devices, customers, days, ends)
aliases = st.builds(alias, devices, devices, days, ends).filter(lambda pair: pair[1] != pair[3])
# dbt keeps one row of a pair and rule.
graphs = st.lists(st.one_of(logins, aliases), min_size=1, max_size=14, unique_by=lambda pair: pair[:4])


@EXAMPLES
@given(pairs=graphs)
def test_the_history_says_at_each_time_what_was_known_then(graph, pairs):
    history = graph.run(pairs)
    for number in range(10):
        assert as_of(history, day(number)) == owners(pairs, day(number))


@EXAMPLES
@given(pairs=graphs, data=st.data())
def test_any_order_of_the_same_pairs_gives_the_same_owners(graph, pairs, data):
    assert graph.run(data.draw(st.permutations(pairs))) == graph.run(pairs)


@EXAMPLES
@given(pairs=graphs, wrong=st.one_of(logins, aliases))
def test_a_pair_taken_apart_leaves_what_was_without_it(graph, pairs, wrong):
    others = [pair for pair in pairs if pair[:4] != wrong[:4]]
    parted = (*wrong[:5], day(9))
    assert as_of(graph.run([*others, parted]), day(9)) == as_of(graph.run(others), day(9)) if others else True


def test_two_customers_are_never_merged_and_each_keeps_what_is_certainly_theirs(graph):
    pairs = [login("tea", "1"), alias("tea", "bridge"), alias("bridge", "salt"), login("salt", "2", on=3)]
    history = graph.run(pairs)
    assert as_of(history, day(2)) == dict.fromkeys([("device", "tea"), ("device", "bridge"), ("device", "salt")], "1")
    assert as_of(history, day(3)) == {("device", "tea"): "1", ("device", "salt"): "2"}
    assert graph.conflicts()["device", "bridge"] == "joins several customers"
    linked = graph.connection.execute("select anonymous_id, customer_id from intermediate.int_identities__linked")
    assert sorted(linked) == [("salt", "2"), ("tea", "1")]


def test_a_chain_of_a_thousand_devices_is_one_cluster_and_too_much_for_a_person(graph):
    names = [f"{number * 7919 % 1000:03d}" for number in range(1000)]
    chain = [alias(*names[place : place + 2]) for place in range(999)]
    history = graph.run([*chain, login(names[0], "1"), login(names[500], "1")])
    assert as_of(history, day(0)) == {("device", names[0]): "1", ("device", names[500]): "1"}
    reasons = [graph.conflicts()["device", name] for name in names]
    assert set(reasons) == {"joined with more identifiers than a person has"}
    large = ("--vars", "{identifiers_per_person: 1000}")
    assert dbt(graph.folder, "run", "--select", "int_identifiers__clustered", *large).returncode == 0
    clusters = "select cluster_id, count(*) from intermediate.int_identifiers__clustered group by 1"
    assert graph.connection.execute(clusters).fetchall() == [("device:000", 1000)]


def test_a_customer_keeps_the_first_identifiers_and_no_more_than_a_person_has(graph):
    graph.run([login(f"{number:02d}", "1", on=number) for number in range(60)])
    linked = graph.connection.execute("select anonymous_id from intermediate.int_identities__linked order by 1")
    assert [name for (name,) in linked] == [f"{number:02d}" for number in range(50)]
    assert graph.conflicts()["device", "59"] == "its customer has as many identifiers as a person may"
