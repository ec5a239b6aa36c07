"""Serve the API on loopback: `python -m warehouse api`; whoever publishes it puts a proxy with TLS in front."""

import uvicorn

from warehouse.api.app import application

CONCURRENT = 500
KEEP_ALIVE_SECONDS = 30


def serve(host: str, port: int) -> None:
    """Serve until told to stop; then finish what was begun."""
    uvicorn.run(
        application(),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,  # addresses name customers
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONCURRENT,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
    )
