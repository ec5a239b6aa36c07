"""What stands around every request: its size, its time, and what is counted of it for Prometheus."""

import asyncio
import logging
import time
import traceback

from prometheus_client import REGISTRY, Counter, Histogram

from warehouse.api import problems

BODY_BYTES = 4 * 1024 * 1024
SECONDS = 10
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
TOOK = Histogram("huaxiang_request_seconds", "Time of requests", ["route", "method"], buckets=BUCKETS)
ANSWERS = Counter("huaxiang_answers", "Answers by status", ["route", "status"])
log = logging.getLogger("huaxiang.api")
__all__ = ["REGISTRY", "Guard"]


class TooLargeError(Exception):
    """The body is larger than any request may be."""


class Guard:
    """ASGI middleware around the application."""

    def __init__(self, app):
        """Stand around this application."""
        self.app, self.children = app, {}

    async def __call__(self, scope, receive, send):
        """Let one request through, or say why not."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 0

        async def noting(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        async def refuse(code, detail, headers=None):
            if not status:
                await problems.answer(code, detail, headers)(scope, receive, noting)

        try:
            async with asyncio.timeout(SECONDS):
                await self.app(scope, _bounded(scope, receive), noting)
        except TooLargeError:
            await refuse(413, f"a request may have {BODY_BYTES:,} bytes", {"Connection": "close"})
        except TimeoutError:
            await refuse(503, f"the request took longer than {SECONDS} s", {"Retry-After": "5"})
        except Exception as error:
            # Its text may hold what was asked; where it happened does not.
            places = traceback.extract_tb(error.__traceback__)
            where = next((one for one in reversed(places) if "warehouse" in one.filename), places[-1])
            log.error("a request failed: %s at %s:%s", type(error).__name__, where.filename, where.lineno)
            await refuse(500, "this should not have happened; the API's log says more")
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._count(route, scope["method"], status, time.perf_counter() - began)

    def _count(self, route: str, method: str, status: int, seconds: float) -> None:
        key = (route, method, status)
        found = self.children.get(key)
        if found is None:
            found = self.children[key] = (TOOK.labels(route, method), ANSWERS.labels(route, str(status)))
        found[0].observe(seconds)
        found[1].inc()


def _bounded(scope, receive):
    """Return a `receive` that stops where a body grows too large, whatever its header says."""
    if scope["method"] in ("GET", "HEAD"):
        return receive
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    left = -1 if not length.isdigit() or int(length) > BODY_BYTES else BODY_BYTES

    async def bounded():
        nonlocal left
        if left < 0:
            raise TooLargeError
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLargeError
        return message

    return bounded
