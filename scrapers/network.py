"""Where the crawler goes: only to the hosts of its source, and only to addresses that it may connect to.

The address is checked after the name was resolved and before it is connected to, for each connection anew: whatever a
page, a redirect, a sitemap or a name server says, there is no second resolution in between.
"""

import logging
import socket

from scrapy.exceptions import IgnoreRequest
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet._resolver import GAIResolver

from scrapers.addresses import DEFAULT_PORTS, may_connect

HOSTS_TO_NAME = 10
log = logging.getLogger(__name__)


class Refused(Exception):
    """A host has no address that may be connected to."""


class GuardedResolver(GAIResolver):
    """The reactor's resolver (TWISTED_DNS_RESOLVER): gives out only addresses that may be connected to.

    All connections of the crawler pass through it, those to literal addresses too.
    """

    def __init__(self, reactor, own: set):
        super().__init__(reactor, getaddrinfo=self._permitted)
        self.reactor, self.own, self.refused = reactor, own, set()

    @classmethod
    def from_crawler(cls, crawler, reactor):
        """Scrapy's way to make a resolver."""
        return cls(reactor, {tuple(place) for place in crawler.settings.getlist("OWN_PLACES")})

    def install_on_reactor(self) -> None:
        """Scrapy's way to put a resolver in charge."""
        self.reactor.installNameResolver(self)

    def _permitted(self, host: str, port: int, *kind) -> list[tuple]:
        try:
            found = socket.getaddrinfo(host, port, *kind)
        except (UnicodeError, ValueError) as error:  # Twisted would wait for ever
            raise socket.gaierror(socket.EAI_NONAME, "no host name") from error
        good = [entry for entry in found if may_connect((host.lower(), port), entry[4][0], self.own)]
        if found and not good:
            self.refused.add((host.lower(), port))
        return good


class AllowedHosts:
    """Drops each request beyond http(s) and the source's hosts with their subdomains.

    Scrapy's own middleware lets requests with `dont_filter` pass, and redirects and retries inherit that.
    """

    def __init__(self, crawler):
        self.crawler, self.named = crawler, set()

    @classmethod
    def from_crawler(cls, crawler):
        """Scrapy's way to make a middleware."""
        return cls(crawler)

    def process_request(self, request):
        """Let a request pass or drop it; name the first hosts that are passed over."""
        url = urlparse_cached(request)
        host, allowed = url.hostname or "", getattr(self.crawler.spider, "allowed_domains", ())
        if url.scheme not in ("http", "https"):
            raise IgnoreRequest(f"{url.scheme}: is neither http nor https")
        if not any(host == name or host.endswith("." + name) for name in allowed):
            if host not in self.named and len(self.named) < HOSTS_TO_NAME:
                self.named.add(host)
                log.warning("passed over what leads to %s: not among `allowed_hosts` of the source", host)
            raise IgnoreRequest(f"{host} is not among `allowed_hosts` of the source")


def refusal(request) -> str | None:
    """Return why nothing was connected to for a request, where this was the resolver's will."""
    from twisted.internet import reactor

    url = urlparse_cached(request)
    if (url.hostname, url.port or DEFAULT_PORTS.get(url.scheme)) not in reactor.nameResolver.refused:
        return None
    return f"{url.hostname} has no public address; if it is your own, say `private_network: true` in the sources file"
