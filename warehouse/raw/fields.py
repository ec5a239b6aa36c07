"""The fields of a contract, as those see them who map, check, write and store its records."""

from types import UnionType
from typing import Annotated, NamedTuple, Union, get_args, get_origin, get_type_hints

from warehouse.raw.record import Record


class Field(NamedTuple):
    """A field of a contract: its plain Python type, and the marks of personal data (empty for other data)."""

    name: str
    type: type
    personal: dict


def fields(contract: type[Record]) -> list[Field]:
    """Return the fields of a contract in their order."""
    hints = get_type_hints(contract, include_extras=True)
    return [Field(name, *_plain(hints[name])) for name in contract.__struct_fields__]


def _plain(hint) -> tuple[type, dict]:
    """Return the type below `Annotated[...]` and `| None`, and the marks that its Meta carries."""
    if get_origin(hint) is Annotated:
        inner, *metas = get_args(hint)
        kind, marks = _plain(inner)
        return kind, marks | {k: v for meta in metas for k, v in (meta.extra or {}).items()}
    if get_origin(hint) in (Union, UnionType):
        return _plain(next(part for part in get_args(hint) if part is not type(None)))
    return get_origin(hint) or hint, {}
