import pytest

from tests.dbt.content import dbt, fill, insert, line, product, recommend

MARTS = ("customers", "products", "orders", "interactions")


def rows(connection, query):
    return connection.execute(query).fetchall()


def checksums(connection):
    query = "select md5(string_agg(t::text, e'\n' order by t::text)) from marts.{} as t"
    return {table: connection.execute(query.format(table)).fetchone()[0] for table in MARTS}


@pytest.fixture(scope="module")
def built(module_warehouse, tmp_path_factory):
    """The warehouse after the transform stage, twice, and the campaign stage."""
    folder = tmp_path_factory.mktemp("dbt")
    fill(module_warehouse)
    first = dbt(folder, "build", "--exclude", "tag:campaign")
    assert first.returncode == 0, first.stdout
    before = checksums(module_warehouse)
    assert dbt(folder, "build", "--exclude", "tag:campaign").returncode == 0
    recommend(module_warehouse)
    campaign = dbt(folder, "build", "--select", "tag:campaign")
    assert campaign.returncode == 0, campaign.stdout
    module_warehouse.before, module_warehouse.folder = before, folder
    return module_warehouse


def test_a_second_build_gives_the_same_marts(built):
    assert checksums(built) == built.before


def test_only_purchases_refunds_and_behaviour_of_known_people_are_interactions(built):
    found = rows(built, "select interaction_id, customer_id, weight from marts.interactions where business = 'shop'")
    assert sorted(found) == [
        ("event:m1:T1", "c1", 1),  # before the login, on a device of one customer
        ("event:m6:T2", "c2", 3),  # GA4's add_to_cart
        ("event:m6:T3", "c2", 3),
        ("order:o1:1", "c1", 5),
        ("order:o1:2", "c1", 5),
        ("order:o5:1", "c3", -5),
        ("order:o6:2", "c4", 5),
        ("order:o7:1", "c3", 5),
    ]


def test_what_is_left_out_of_the_marts_stands_flagged_in_staging(built):
    query = """
        select order_id from staging.stg_shop__orders
        where business = 'shop' and (is_cancelled or is_refunded or is_return or not is_priced) and not is_kept
    """
    assert sorted(rows(built, query)) == [("o3",), ("o4",), ("o5",), ("o6",)]
    flagged = """
        select message_id, bot_reason, is_future from staging.stg_shop__events
        left join intermediate.int_events__bot_flagged using (business, message_id)
        where bot_reason is not null or is_future
    """
    assert sorted(rows(built, flagged)) == [("m7", "user agent of a program", False), ("m8", None, True)]


def test_orders_count_purchases_only(built):
    query = "select order_id, customer_id, status, line_count, revenue::int from marts.orders where business = 'shop'"
    assert sorted(rows(built, query)) == [
        ("o1", "c1", "completed", 2, 40),
        ("o2", None, "completed", 1, 10),
        ("o3", "c2", "cancelled", 0, 0),
        ("o4", "c3", "completed", 0, 0),
        ("o5", "c3", "refunded", 0, 0),
        ("o6", "c4", "completed", 1, 10),
        ("o7", "c3", "completed", 1, 10),
    ]


def test_customers_are_all_who_registered_ordered_or_logged_in(built):
    query = """
        select customer_id, is_registered, may_personalise, may_email, order_count, event_count
        from marts.customers where business = 'shop'
    """
    assert sorted(rows(built, query)) == [
        ("c1", True, True, True, 1, 4),
        ("c2", True, True, True, 0, 2),
        ("c3", True, True, False, 1, 0),  # unsubscribed, known by the address alone
        ("c4", True, False, True, 1, 0),
        ("only_seen", False, True, None, 0, 1),
    ]


def test_products_come_from_the_catalogue_or_from_purchases_and_postage_is_none(built):
    assert rows(built, "select name, price::int from marts.products where product_id = 'T1'") == [("Tea T1", 10)]
    query = "select name, is_available, order_line_count from marts.products where business = 'online_retail'"
    assert sorted(rows(built, query)) == [("METAL LANTERN", True, 1), ("WHITE LANTERN", True, 40)]
    sold_out = "select is_available, is_recommendable from marts.products where product_id = 'T12'"
    assert rows(built, sold_out) == [(False, False)]


def test_offers_go_to_the_treated_and_the_held_out_stay_alone(built):
    arms = dict(rows(built, "select arm, count(*) from marts.assignments where business = 'online_retail' group by 1"))
    assert sum(arms.values()) == 40 and arms["hold_out"] >= 1
    offers = "select distinct customer_id from marts.campaign_offers where business = 'online_retail'"
    treated = "select customer_id from marts.assignments where business = 'online_retail' and arm = 'treatment'"
    assert set(rows(built, offers)) == set(rows(built, treated))
    assert rows(built, "select max(rank) from marts.campaign_offers") == [(3,)]
    asked = "select customer_id from marts.assignments where business = 'shop'"
    assert sorted(rows(built, asked)) == [("c1",), ("c4",)]
    left_out = "select customer_id, rule_id from marts.contact_exclusions where business = 'shop' and customer_id = 'c3'"
    assert sorted(rows(built, left_out)) == [("c3", "no_consent"), ("c3", "unsubscribed")]  # who bought too


def test_whoever_entered_a_campaign_keeps_the_first_draw(built):
    query = "select customer_id, arm, contacted_at from marts.enrolments where business = 'online_retail' order by 1"
    before = rows(built, query)
    arms = "select customer_id, arm from marts.assignments where business = 'online_retail' order by 1"
    assert [row[:2] for row in before] == rows(built, arms)
    built.execute("delete from marts.enrolments where customer_id = 'g1'")
    built.execute("update marts.enrolments set arm = 'drawn before' where customer_id = 'g2'")
    assert dbt(built.folder, "run", "--select", "enrolments").returncode == 0
    assert rows(built, query) == [(name, "drawn before" if name == "g2" else arm, at) for name, arm, at in before]


def test_every_model_and_column_is_described_and_the_descriptions_have_no_other(built):
    from tests.dbt.project import described

    found = rows(
        built,
        "select table_schema, table_name, column_name from information_schema.columns"
        " where table_schema in ('staging', 'intermediate', 'marts', 'seeds')",
    )
    assert set(found) == described(built.folder)


def damage_the_portrait(connection):
    connection.execute("update marts.rfm set monetary = monetary + 0.01 where customer_id = 'c1'")
    connection.execute("update marts.preferences set weight = weight + 1, share = share / 2 where dimension = 'hour'")
    connection.execute("insert into marts.repurchase_intervals values ('shop', 'T1', 1, 1, 1, 1, 1, 1)")
    connection.execute("update marts.basket_habits set order_count = order_count + 1 where customer_id = 'c1'")
    connection.execute("update marts.consents set is_granted = false where purpose in ('analytics', 'email')")
    connection.execute("delete from marts.segment_memberships where customer_id = 'g1'")
    connection.execute("update marts.segments set size = 3 where segment_id = 'never_bought'")
    connection.execute("insert into marts.customer_values values ('shop', 'c1', 1, 1, 0, 1, 1, 'CNY', 5)")
    connection.execute("update seeds.segment_rules set value = 'four' where operator = '>='")


def test_a_third_business_needs_no_model_and_damaged_marts_are_seen(built):
    """Last of this module: it damages the marts."""
    product(built, "X", price=None, business="toys", name="Bear", currency=None)
    line(built, "o1", "1", "Y", business="toys", product_name="Car", currency="EUR")
    assert dbt(built.folder, "build", "--exclude", "tag:campaign").returncode == 0
    assert rows(built, "select count(*) from marts.products where business = 'toys'") == [(2,)]

    built.execute("update marts.orders set revenue = revenue + 1 where order_id = 'o1' and business = 'shop'")
    built.execute("update marts.interactions set product_id = 'nowhere' where interaction_id = 'event:m1:T1'")
    built.execute("insert into marts.products select * from marts.products where product_id = 'T2'")
    built.execute("delete from marts.customers where customer_id = 'only_seen'")
    built.execute("delete from marts.interactions where interaction_id = 'order:o7:1'")
    built.execute("update marts.assignments set arm = 'hold_out' where customer_id = 'c4'")
    built.execute("update marts.sessions set event_count = 9 where session_id = 'm1'")
    built.execute(
        "insert into intermediate.int_identities__dated (business, kind, identifier, customer_id, valid_from)"
        " select business, kind, identifier, 'c2', valid_from + interval '1 day'"
        " from intermediate.int_identities__dated where identifier = 'own'"
    )
    damage_the_portrait(built)
    built.execute("update marts.attribution set revenue = revenue + 0.01 where model = 'last'")
    tested = dbt(built.folder, "test", "--select", "marts.*", "test_type:singular")
    failed = {words.split(" FAIL ")[1].split()[1] for words in tested.stdout.splitlines() if " FAIL " in words}
    assert tested.returncode == 1
    assert failed == {
        "belongs_to_consents_business__customer_id__ref_customers_",
        "belongs_to_interactions_business__product_id__ref_products_",
        "belongs_to_preferences_business__customer_id__ref_customers_",
        "belongs_to_segment_memberships_business__customer_id__ref_customers_",
        "belongs_to_sessions_business__customer_id__ref_customers_",
        "belongs_to_touches_business__customer_id__ref_customers_",
        "conversions_are_the_orders_before_refunds",
        "credits_add_up_to_their_conversion",
        "customers_add_up_to_their_orders",
        "customers_are_registered_ordered_or_logged_in",
        "held_out_customers_get_no_offer",
        "identities_have_one_owner_at_a_time",
        "orders_add_up_to_their_kept_lines",
        "purchases_are_the_kept_lines_of_customers",
        "sessions_share_out_all_messages_of_people",
        "unique_key_products_business__product_id",
        "audiences_rest_on_a_lawful_purpose",
        "basket_habits_add_up_to_the_orders",
        "consents_agree_with_the_customers",
        "customer_values_are_of_every_buyer_that_was_foretold",
        "portraits_rest_on_a_lawful_purpose",
        "preferences_of_a_dimension_share_one_whole",
        "preferences_of_hours_are_what_was_done",
        "repurchases_are_the_days_after_the_first",
        "rfm_adds_up_to_the_kept_lines",
        "segment_counts_are_their_open_memberships",
        "segment_memberships_are_who_meets_the_rules_now",
        "segment_rules_compare_what_can_be_compared",
        "training_leaves_out_objectors_and_pushers_alone",
        "what_was_learned_rests_on_a_lawful_purpose",
    }
