"""The application: its routes, what it opens at its start and closes at its end."""

from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from warehouse.access import Caller
from warehouse.api import (
    answers,
    audiences,
    campaigns,
    customers,
    database,
    events,
    guard,
    letters,
    problems,
    products,
    recommendations,
    tables,
)
from warehouse.api.security import Doorkeeper, Needs
from warehouse.intake import Intake

CURRENT = "select release_id from serving.releases where is_current"


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Hold connections and the writer while the application runs."""
    app.state.pool, app.state.intake = database.pool(), Intake()
    await app.state.pool.open()
    app.state.door = Doorkeeper(app.state.pool)
    app.state.intake.start()
    yield
    app.state.intake.stop()
    await app.state.pool.close()


def application() -> FastAPI:
    """Return the application, ready for a server."""
    app = FastAPI(
        title="Huaxiang",
        version="1",
        summary="Portraits, recommendations and tables of a marketing warehouse; events come in here.",
        lifespan=lifespan,
        redoc_url=None,
        docs_url=None,
    )
    problems.install(app)
    for part in (customers, audiences, recommendations, products, campaigns, tables, events, letters):
        app.include_router(part.router)

    @app.get("/health", response_model=answers.Health, responses=problems.described(503), tags=["operation"])
    async def health(request: Request):
        """Say whether API and database answer, and which release is shown."""
        rows = await database.rows(request.app.state.pool, CURRENT)
        return {"status": "ok", "release": rows[0][0] if rows else None}

    @app.get(
        "/metrics",
        response_class=Response,
        responses=problems.described(401, 403, 429)
        | {200: {"description": "Prometheus' text format", "content": {"text/plain": {}}}},
        tags=["operation"],
    )
    async def metrics(caller: Annotated[Caller, Depends(Needs("metrics:read"))]):
        """Show what the API measures of itself."""
        return Response(generate_latest(guard.REGISTRY), media_type=CONTENT_TYPE_LATEST)

    app.add_middleware(guard.Guard)
    app.openapi_schema = _complete(app.openapi())
    return app


def _complete(schema: dict) -> dict:
    """Add the shapes that requests are read into without FastAPI: a batch and its messages."""
    shapes = schema["components"]["schemas"]
    for model in (events.Batch, events.Message):
        shapes[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
        shapes[model.__name__].pop("$defs", None)
    return schema
