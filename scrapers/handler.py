"""Scrapy's HTTP handler with a bound on the headers of a response: neither Scrapy nor Twisted has one."""

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from twisted.web._newclient import HEADER, STATUS

GREATEST_HEADERS = 256 * 1024


class BoundedProtocol(_LenientHTTP11ClientProtocol):
    """A connection that is cut when the headers before a body grow without end."""

    received = 0

    def request(self, request):
        """Send a request; each answer is counted anew."""
        self.received = 0
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:
        """Take what arrives, as long as it may still be headers."""
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self.received += len(data)
            if self.received > GREATEST_HEADERS:
                self.transport.abortConnection()
                return
        super().dataReceived(data)


class BoundedFactory(_LenientHTTP11ClientFactory):
    """Makes bounded connections."""

    def buildProtocol(self, addr) -> BoundedProtocol:
        """Return the protocol of one new connection."""
        return BoundedProtocol(self._quiescentCallback)


class BoundedHandler(HTTP11DownloadHandler):
    """The handler of http and https."""

    def __init__(self, crawler):
        super().__init__(crawler)
        self._pool._factory = BoundedFactory
