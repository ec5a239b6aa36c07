"""The commands of the API: its keys, and to serve it."""

from warehouse import access, connection


def key(arguments) -> None:
    """Make, list or revoke keys of the API; a new one is shown this once."""
    with connection.connect() as database:
        if arguments.action == "create":
            print(access.create(database, arguments.name, arguments.business, arguments.scope, arguments.per_minute))
        elif arguments.action == "revoke":
            access.revoke(database, arguments.name)
        else:
            for key_id, name, business, scopes, per_minute, _, revoked_at in access.listed(database):
                state = "revoked" if revoked_at else f"{per_minute:,} a minute"
                print(f"{key_id}  {name}  {business}  {' '.join(scopes)}  {state}")


def api(arguments) -> None:
    """Serve the query API until told to stop; GET /openapi.json says what it answers."""
    from warehouse.api.server import serve

    print(f"the API listens on http://{arguments.host}:{arguments.port}", flush=True)
    serve(arguments.host, arguments.port)


COMMANDS = (key, api)
ROLES = {api: "loader"}  # what comes in; what it reads it reads as `api`


def add_arguments(command, run) -> None:
    """Tell a command's parser what it takes."""
    if run is key:
        command.add_argument("action", choices=("create", "list", "revoke"))
        command.add_argument("name", nargs="?", default="", help="whose it will be; of one to revoke its id")
        command.add_argument("--business", default="shop", help="whose rows it reads (default: shop)")
        command.add_argument("--scope", nargs="+", choices=access.SCOPES, default=[*access.SCOPES][:3])
        command.add_argument("--per-minute", type=int, default=access.REQUESTS_PER_MINUTE, metavar="N")
    if run is api:
        command.add_argument("--host", default="127.0.0.1", help="(default: 127.0.0.1)")
        command.add_argument("--port", type=int, default=8780, help="(default: 8780)")
