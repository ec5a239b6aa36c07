"""How the crawler behaves on other people's machines: who it is, how often it asks, and when it waits."""

import asyncio
import logging
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy import signals
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.asyncio import call_later
from twisted.python.failure import Failure

from scrapers.addresses import own_places
from scrapers.network import Refused, refusal
from scrapers.settings import USER_AGENT
from scrapers.sources import Source, SourcesError

LONGEST_WAIT = 300
MOST_HOSTS = 32
# Without any delay Scrapy 2.19 lets a whole queue go at once: 15 requests side by side where one was allowed.
LEAST_DELAY = 0.001
log = logging.getLogger(__name__)


def settings_of(source: Source) -> dict:
    """Return what a source changes in Scrapy's settings; SourcesError for a foreign site without a contact."""
    own = own_places(source)
    is_site = source.kind == "catalogue"
    if is_site and not own and not source.contact:
        raise SourcesError(
            f"{source.name}: the site's owner must be able to reach you: say `contact:` (an e-mail address or a web "
            "page) in the sources file, or set $HUAXIANG_CONTACT"
        )
    return {
        "OWN_PLACES": sorted(own),
        "DOWNLOAD_DELAY": max(source.delay_seconds, LEAST_DELAY),
        "CONCURRENT_REQUESTS_PER_DOMAIN": source.concurrency,
        # What waits for its turn counts too: a host that is left alone must not use up the turns of the others.
        "CONCURRENT_REQUESTS": MOST_HOSTS * 2 * source.concurrency,
        "DOWNLOAD_TIMEOUT": source.timeout_seconds,
        "ROBOTSTXT_OBEY": is_site,  # a feed is the business's own export, not a site for visitors
        "USER_AGENT": f"{USER_AGENT} (+{source.contact})" if source.contact else USER_AGENT,
    }


class PatientRetry(RetryMiddleware):
    """Retries after the wait that a server asks for (RFC 9110 Retry-After), and never what was refused here.

    429 speaks of the visitor: nothing is asked of the host until then. 503 speaks of one page: only it waits. Who
    asks for more than LONGEST_WAIT is not asked again in this run.
    """

    def __init__(self, settings):
        super().__init__(settings)
        self.closed = set()

    @classmethod
    def from_crawler(cls, crawler):
        """Scrapy's way to make a middleware."""
        found = super().from_crawler(crawler)
        crawler.signals.connect(found.downloaded, signal=signals.response_downloaded)
        return found

    def process_request(self, request):
        """Drop what belongs to a host that asked for too long a wait."""
        if self.crawler.engine.downloader.get_slot_key(request) in self.closed:
            raise IgnoreRequest("the host asked not to be asked again for long")

    def downloaded(self, response, request):
        """Hold or close the host that answers 429, before its next request goes out."""
        seconds = asked_wait(response) if response.status == 429 else 0
        if seconds > LONGEST_WAIT:
            self._close(request)
        elif seconds:
            self._hold(request, seconds)

    async def process_response(self, request, response):
        """Return the response, or the request again: at once, or when its server wants it."""
        seconds = asked_wait(response) if response.status in (429, 503) else 0
        if seconds > LONGEST_WAIT:
            log.warning("%s asks to wait %.0f seconds: not asked again in this run", response.url, seconds)
            return response
        again = super().process_response(request, response)
        if response.status == 503 and again is not response:
            with self.crawler.spider.waiting(request):
                await asyncio.sleep(seconds)
        return again

    def process_exception(self, request, exception):
        """Retry what failed on its way; what was refused here fails at once."""
        if reason := refusal(request):
            raise Refused(reason) from exception
        return super().process_exception(request, exception)

    def _slot(self, request):
        return self.crawler.engine.downloader.slots[request.meta["download_slot"]]

    def _hold(self, request, seconds: float) -> None:
        """Stop the queue of a host for a while; Scrapy itself stops it so between two requests."""
        slot = self._slot(request)
        slot.close()
        slot.latercall = call_later(seconds, self.crawler.engine.downloader._latercall, slot)

    def _close(self, request) -> None:
        """Drop what waits in the queue of a host, and what is still to come."""
        self.closed.add(request.meta["download_slot"])
        queue = self._slot(request).queue
        while queue:
            _, waiting = queue.popleft()
            waiting.errback(Failure(IgnoreRequest("the host asked not to be asked again for long")))


def asked_wait(response) -> float:
    """Return the seconds that Retry-After asks for; 0 where it is absent, past or malformed."""
    text = response.headers.get("Retry-After", b"").decode("latin-1").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, math.ceil((moment - datetime.now(UTC)).total_seconds()))
