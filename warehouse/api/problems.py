"""Every answer that is no success is a problem (RFC 9457) in one shape, and says what to do."""

import logging

import psycopg
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout
from pydantic import BaseModel
from starlette.exceptions import HTTPException as StarletteHTTPException

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger("huaxiang.api")


class Problem(BaseModel):
    """What went wrong."""

    title: str
    status: int
    detail: str


TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def described(*statuses: int) -> dict:
    """Return what OpenAPI says of these statuses."""
    media = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "model": Problem, "content": media} for status in statuses}


def answer(status: int, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem as an answer."""
    content = {"title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    return JSONResponse(content, status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let the application answer errors as problems; values that were sent are never repeated."""

    @app.exception_handler(StarletteHTTPException)
    async def refused(request: Request, error: HTTPException):
        return answer(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError):
        found = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        return answer(422, "; ".join(found)[:1000])

    @app.exception_handler(psycopg.errors.QueryCanceled)
    async def too_long(request: Request, error):
        return answer(503, "the query took too long: ask for less, or filter by a key", {"Retry-After": "5"})

    @app.exception_handler(psycopg.errors.UndefinedTable)
    async def unpublished(request: Request, error):
        return answer(503, "nothing is published yet: run `python -m warehouse publish` first", {"Retry-After": "60"})

    @app.exception_handler(psycopg.DataError)
    async def no_such_value(request: Request, error):
        return answer(400, "a value is no value of its column's type")

    @app.exception_handler(psycopg.OperationalError)
    @app.exception_handler(PoolTimeout)
    async def unreachable(request: Request, error):
        log.warning("the database cannot be reached: %s", type(error).__name__)
        return answer(503, "the database cannot be reached now", {"Retry-After": "1"})
