"""The commands of audiences: what one would be, and to bring the files into the warehouse."""

from warehouse import connection


def audience(arguments) -> None:
    """Preview an audience of audiences/ before anything is sent, load all files, or list what is loaded."""
    from warehouse import audiences
    from warehouse.audience_preview import preview

    with connection.connect() as database:
        if arguments.action == "preview":
            print("\n".join(preview(database, audiences.named(arguments.name or ""))))
        elif arguments.action == "load":
            print(f"{len(audiences.load(database))} audiences are loaded")
        else:
            query = "select audience_id, version, business, description from activation.audiences where is_current"
            for row in database.execute(query + " order by 1").fetchall():
                print("  ".join(row))


COMMANDS = (audience,)
ROLES = {audience: "exporter"}


def add_arguments(command, run) -> None:
    """Tell a command's parser what it takes."""
    command.add_argument("action", choices=("preview", "load", "list"))
    command.add_argument("name", nargs="?", help="the audience to preview: its file's name without .yml")
