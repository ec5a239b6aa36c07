"""robots.txt as RFC 9309 has it: none allows all, one that cannot be read forbids all; its Crawl-delay is kept."""

import asyncio
import logging

from scrapy import Request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser
from scrapy.utils.httpobj import urlparse_cached

BYTES_READ = 512 * 1024
LONGEST_DELAY = 60
NOTHING = b"User-agent: *\nDisallow: /"
log = logging.getLogger(__name__)


class Robots(RobotsTxtMiddleware):
    """Obeys robots.txt; Scrapy's own takes an answer of any status for rules, and none for consent."""

    def __init__(self, crawler):
        super().__init__(crawler)
        self.token = self._robotstxt_useragent
        self.reading = {}

    async def robot_parser(self, request):
        """Return the rules for a request's host, read once a run."""
        url = urlparse_cached(request)
        place = f"{url.scheme}://{url.netloc}"
        if place not in self.reading:
            self.reading[place] = asyncio.ensure_future(self._read(place, request))
        return await self.reading[place]

    async def _read(self, place: str, request: Request) -> ProtegoRobotParser:
        rules = ProtegoRobotParser(await self._text(place), self.crawler.spider)
        if delay := rules.crawl_delay(self.token):
            self._slow_down(self.crawler.engine.downloader, request, min(delay, LONGEST_DELAY))
        return rules

    async def _text(self, place: str) -> bytes:
        meta = {"dont_obey_robotstxt": True}
        asked = Request(f"{place}/robots.txt", priority=self.DOWNLOAD_PRIORITY, meta=meta, callback=NO_CALLBACK)
        try:
            response = await self.crawler.engine.download_async(asked)
        except Exception as error:
            problem = str(error)
        else:
            if response.status < 300:
                return response.body[:BYTES_READ]
            if 400 <= response.status < 500 and response.status != 429:
                return b""
            problem = f"HTTP {response.status}"
        log.warning("cannot read %s/robots.txt, so nothing there is asked for: %s", place, problem)
        return NOTHING

    def _slow_down(self, downloader, request: Request, delay: float) -> None:
        """Set the delay of a host, for its queue that is and for one made anew after a pause."""
        delay = max(delay, self.crawler.settings.getfloat("DOWNLOAD_DELAY"))
        key = downloader.get_slot_key(request)
        downloader.per_slot_settings[key] = {"delay": delay}
        if key in downloader.slots:
            downloader.slots[key].delay = delay
