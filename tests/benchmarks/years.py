"""A shop's days straight into raw, in SQL: visitors come and go, a tenth are customers; a day is 10,000 events.

Each day brings 500 new devices, which make about four visits of five events within thirty days, and 50 new customers
with three devices each. What an id does is a hash of it: the same days hold the same rows, however they are filled.
"""

FIRST_DAY = "2020-01-01"
PRODUCTS = """
insert into raw.products (business, product_id, page_id, name, brand, category, price, currency, availability, url,
                          last_seen_at, first_seen_at, source, batch_id, position, fingerprint)
select 'shop', 'P' || n, 'p' || n, 'Tea ' || n, 'Brand ' || n %% 40, 'Tea > Kind ' || n %% 25, 5 + n %% 300, 'CNY',
       'InStock', 'https://shop.example/p/' || n, %(until)s, %(first)s, 'years', 1, n, int4send(n)
from generate_series(1, 2000) as n
on conflict (business, product_id, page_id, fingerprint, first_seen_at) do update set last_seen_at = %(until)s
"""
CUSTOMERS = """
insert into raw.customers (business, customer_id, registered_at, updated_at, email_index, gender, birth_year, country,
                           consents, source, batch_id, position, fingerprint, loaded_at)
select 'shop', 'c' || n, day, day, int4send(n), (array['female', 'male'])[1 + n %% 2], 1950 + n %% 50, 'China',
       jsonb_build_object('analytics', n %% 20 > 0, 'email', n %% 3 > 0), 'years', day_number, n, int4send(n), day
from generate_series(%(since)s::int, %(until_number)s::int - 1) as day_number
cross join lateral (select %(first)s::timestamptz + day_number * interval '1 day' as day) as days
cross join generate_series(day_number * 50, day_number * 50 + 49) as n
on conflict do nothing
"""
EVENTS = """
with visits as (
    select day_number, place, day_number * 2000 + place as visit,
           hashint8extended(day_number * 2000 + place, 1) & 1048575 as dice
    from generate_series(%(since)s::int, %(until_number)s::int - 1) as day_number
    cross join generate_series(0, 1999) as place
), visitors as (
    select *, greatest(
        day_number * 500 + 499 - floor(power(dice / 1048576.0, 2) * 15000)::int, place %% 500
    ) as device from visits
), described as (
    select *, device %% 10 < 3 as is_customer, dice %% 2 = 0 as is_logged_in,
           case when device %% 100 = 99 then 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
                when device %% 3 = 0 then 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Mobile/15E148 Safari/604.1'
                else 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Firefox/140.0' end as agent
    from visitors
), messages as (
    select described.*, step, hashint8extended(visit, step + 2) & 65535 as thing,
           %(first)s::timestamptz + day_number * interval '1 day' + (dice %% 80000) * interval '1 second'
           + step * (20 + (hashint8extended(visit, step) & 63)) * interval '1 second' as occurred_at
    from described cross join generate_series(0, 4) as step
)
insert into raw.events (business, message_id, type, event, anonymous_id, user_id, occurred_at, sent_at, received_at,
                        context, properties, source, batch_id, position, fingerprint, loaded_at)
select 'shop', 'm' || visit || '-' || step, case when step in (0, 3) then 'page' else 'track' end,
       (array[null, 'Product Viewed', 'Product Viewed', null, 'Product Added'])[step + 1], 'd' || device,
       case when is_customer and is_logged_in and step > 1 then 'c' || device / 10 end,
       occurred_at, occurred_at, occurred_at + interval '1 second',
       jsonb_build_object('userAgent', agent, 'page', jsonb_build_object(
           'url', 'https://shop.example/p/' || 1 + thing %% 2000
           || case when step = 0 and dice %% 7 = 0
              then '?utm_source=mail&utm_medium=email&utm_campaign=c' || dice %% 9 else '' end,
           'referrer', case when dice %% 5 = 0 then 'https://www.google.com/' end)),
       case when step in (1, 2, 4) then jsonb_build_object('product_id', 'P' || 1 + thing %% 2000) end,
       'years', day_number, place * 5 + step, int8send(visit * 5 + step), occurred_at + interval '1 hour'
from messages
"""
ORDERS = """
insert into raw.orders (business, order_id, line_id, customer_id, product_id, quantity, unit_price, currency,
                        ordered_at, status, source, batch_id, position, fingerprint, loaded_at)
select 'shop', 'o' || number, line, 'c' || greatest(day_number * 50 + 49 - dice %% 1500, place %% 50),
       'P' || 1 + (hashint8extended(number, line) & 65535) %% 2000, 1 + line, 5 + dice %% 50, 'CNY', ordered_at,
       'completed', 'years', day_number, place * 2 + line, int8send(number * 2 + line), ordered_at + interval '1 hour'
from generate_series(%(since)s::int, %(until_number)s::int - 1) as day_number
cross join generate_series(0, 99) as place
cross join lateral (
    select day_number * 100 + place as number, hashint8extended(day_number * 100 + place, 7) & 65535 as dice
) as orders
cross join lateral (
    select %(first)s::timestamptz + day_number * interval '1 day' + dice * interval '1 second' as ordered_at
) as times
cross join generate_series(0, 1) as line
"""
MAIL = """
insert into raw.email_events (business, event_id, event, customer_id, campaign_id, url, occurred_at, source, batch_id,
                              position, fingerprint, loaded_at)
select 'shop', 'e' || number, (array['Email Delivered', 'Email Opened', 'Email Link Clicked'])[1 + dice %% 3],
       'c' || greatest(day_number * 50 + 49 - dice %% 1500, place %% 50), 'k' || day_number,
       'https://shop.example/p/' || 1 + dice %% 2000, sent_at, 'years', day_number, place, int8send(number),
       sent_at + interval '1 hour'
from generate_series(%(since)s::int, %(until_number)s::int - 1) as day_number
cross join generate_series(0, 299) as place
cross join lateral (
    select day_number * 300 + place as number, hashint8extended(day_number * 300 + place, 9) & 65535 as dice
) as mails
cross join lateral (
    select %(first)s::timestamptz + day_number * interval '1 day' + dice * interval '1 second' as sent_at
) as times
"""


def fill(connection, since, until):
    """Add the days from the number `since` up to, and without, `until`."""
    days = {"since": since, "until_number": until, "first": FIRST_DAY}
    moment = "select (%(first)s::timestamptz + %(until_number)s * interval '1 day')::text"
    days["until"] = connection.execute(moment, days).fetchone()[0]
    for statement in (PRODUCTS, CUSTOMERS, EVENTS, ORDERS, MAIL):
        connection.execute(statement, days)
    for table in ("products", "customers", "events", "orders", "email_events"):
        connection.execute(f"vacuum (analyze) raw.{table}")
