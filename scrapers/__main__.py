"""Collect one source into the warehouse: `python -m scrapers shop_events`.

Exits 1 on any error, on a start page that fails, and on nothing received where something was expected.
"""

import argparse
import gc
import os
import sys
import uuid
from datetime import date

from scrapers.sources import Source, SourcesError, read
from warehouse.connection import NotConfiguredError

SOURCE_LOCK = 4_207_002
MANY_ROWS = 10_000


def main() -> int:
    """Parse the command line, crawl, and say in one line what came in."""
    arguments = parsed()
    try:
        known = read(arguments.sources)
        if arguments.list:
            print("\n".join(f"{source.name}  {source.kind}  {source.url or source.path}" for source in known.values()))
            return 0
        if arguments.source not in known:
            names = ", ".join(known)
            raise SourcesError(f"there is no source {arguments.source!r} in the sources file; it has: {names}")
        if arguments.replay:
            return again(known[arguments.source], arguments.reason)
        days = (arguments.from_day, arguments.until_day) if arguments.from_day else None
        return collect(known[arguments.source], days)
    except (SourcesError, NotConfiguredError) as error:
        print(error, file=sys.stderr)
        return 2


def parsed() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(prog="python -m scrapers", description=__doc__)
    parser.add_argument("source", nargs="?", help="name of a source in the sources file")
    parser.add_argument("--sources", help="the sources file (default: $HUAXIANG_SOURCES or the demo shop's)")
    parser.add_argument("--list", action="store_true", help="show the sources and exit")
    parser.add_argument("--from", dest="from_day", type=date.fromisoformat, metavar="DAY", help="first day to collect")
    parser.add_argument("--until", dest="until_day", type=date.fromisoformat, metavar="DAY", help="day after the last")
    parser.add_argument("--replay", action="store_true", help="read the source's records in quarantine again")
    parser.add_argument("--reason", help="with --replay: only those that are there for this reason")
    arguments = parser.parse_args()
    if not arguments.source and not arguments.list:
        parser.error("name a source, or see them all with --list")
    if bool(arguments.from_day) != bool(arguments.until_day):
        parser.error("--from and --until go together: a window of days, the last one left out")
    return arguments


def collect(source: Source, days: tuple[date, date] | None) -> int:
    """Crawl one source while no other run of it does; return the exit status."""
    from scrapers import files
    from scrapers.run import Run, describe
    from warehouse import crawl_log
    from warehouse.connection import acting_as, connect
    from warehouse.load import refresh_statistics

    if source.path and not files.is_readable(source):
        print(f"{source.name}: cannot read {source.path}: see `path` in the sources file", file=sys.stderr)
        return 1
    with acting_as("loader"), connect(autocommit=True) as connection:
        # Held by the session: a killed run lets go of it by itself.
        connection.execute("select pg_advisory_lock(%s, hashtext(%s))", [SOURCE_LOCK, source.name])
        run = Run(source, connection, os.environ.get("AIRFLOW_CTX_DAG_RUN_ID") or uuid.uuid4().hex, days)
        if source.kind == "catalogue":
            # Scrapy's requests and answers hang in cycles, each as large as its page. What is imported is left out of
            # the count: Python looks at old objects only when a quarter as many are new.
            gc.freeze()
            gc.set_threshold(700, 10, 2)
        else:
            # A batch is tens of thousands of living objects: at a threshold of 700 the collector would never rest.
            gc.set_threshold(100_000, 50, 100)
        is_well = files.read(run) if source.path else crawl(run)
        run.end(is_well)
        if not is_well:
            print(f"{source.name}: failed, see the errors above; what was stored stays, run it again", file=sys.stderr)
            return 1
        is_all = not days  # a single day may well be empty
        if is_all and not run.counts.received and not source.may_be_empty and _is_new(connection, source):
            print(
                f"{source.name}: nothing received from {source.url or source.path}, ever; "
                "if that is right, say `may_be_empty: true` in the sources file",
                file=sys.stderr,
            )
            return 1
        if run.counts.loaded >= MANY_ROWS:
            refresh_statistics(connection, run.contract)
        print(f"{source.name}: {describe(run.counts)}" if run.counts.received else f"{source.name}: nothing new")
        for field, change, detail, records in crawl_log.drift_of(connection, source.name, run.run_id):
            print(f"{source.name}: drift: {field} is {change} ({detail}) in {records:,} records")
    return 0


def again(source: Source, reason: str | None) -> int:
    """Read a source's quarantined records again; what is good now is loaded."""
    from scrapers import formats
    from scrapers.run import Run, describe
    from warehouse.connection import acting_as, connect
    from warehouse.replay import replay

    with acting_as("loader"), connect(autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s, hashtext(%s))", [SOURCE_LOCK, source.name])
        run = Run(source, connection, f"replay-{uuid.uuid4().hex}")
        counts = replay(
            connection,
            run.contract,
            lambda original, head: formats.again(source, original, head, run.mapping),
            business=source.business,
            source=source.name,
            run_id=run.run_id,
            reason=reason,
        )
    print(f"{source.name}: {describe(counts)}" if counts.received else f"{source.name}: nothing to read again")
    return 0


def crawl(run) -> bool:
    """Run Scrapy until the source is read; say whether all went well."""
    from scrapy.crawler import CrawlerProcess
    from scrapy.settings import Settings

    from scrapers.politeness import settings_of

    # The thread that stores waits for the database often, and for its turn in Python after each wait: keep turns short.
    sys.setswitchinterval(0.0002)
    source, settings = run.source, Settings()
    settings.setmodule("scrapers.settings")
    settings.setdict(settings_of(source), priority="cmdline")
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(source.kind)
    process.crawl(crawler, run=run)
    process.start()
    stats = crawler.stats.get_stats()
    status = "downloader/response_status_count/"
    run.requests = stats.get("downloader/request_count", 0)
    run.responses.update({k.removeprefix(status): v for k, v in stats.items() if k.startswith(status)})
    run.errors = stats.get("log_count/ERROR", 0) + stats.get("downloader/exception_count", 0)
    return crawler.spider is not None and "log_count/ERROR" not in stats and "log_count/CRITICAL" not in stats


def _is_new(connection, source: Source) -> bool:
    """Say whether nothing was ever received from a source."""
    found = connection.execute("select exists (select from raw.batches where source = %s)", [source.name]).fetchone()
    return not found[0]


if __name__ == "__main__":
    sys.exit(main())
