"""Who asked to be forgotten: kept beside the keys, so that no restored dump forgets it, and asked at the door."""

import os

from warehouse import subject_keys

REASON = "erased"
DETAIL = "its person asked to be forgotten"
TABLES = """
create table if not exists erased (
    number bigint generated always as identity primary key,
    subject bytea not null unique,
    erased_at timestamptz not null default now()
);
create table if not exists certificates (
    number bigint generated always as identity primary key,
    subject bytea not null,
    issued_at timestamptz not null,
    content jsonb not null,
    sha256 text not null
);
create table if not exists accesses (
    number bigint generated always as identity primary key,
    accessed_at timestamptz not null default now(),
    actor text not null,
    purpose text not null,
    business text not null,
    subject bytea,
    fields text[] not null,
    decrypted bigint not null
);
comment on table erased is 'Who asked to be forgotten, by what identifies them, as keyed hashes.';
comment on table certificates is 'What was taken away of whom, and when; no personal data.';
comment on table accesses is 'Who decrypted what of whom, when and what for.';
"""
_known: dict[tuple, tuple[int, set[bytes]]] = {}


def subjects() -> set[bytes]:
    """Return all that are known to be forgotten; each process reads what is new since it last asked."""
    place = os.getpid(), subject_keys.database()
    last, found = _known.get(place, (0, set()))
    news = "select number, subject from erased where number > %s order by number"
    rows = subject_keys.execute(news, [last]).fetchall()
    if rows:
        found.update(subject for _, subject in rows)
        last = rows[-1][0]
    _known[place] = last, found
    return found


def add(people: list[bytes]) -> None:
    """Remember people; from now on no door lets their records in."""
    subject_keys.connection().execute(
        "insert into erased (subject) select distinct subject from unnest(%s::bytea[]) as subject order by 1"
        " on conflict do nothing",
        [people],
    )


def destroy_keys() -> list[bytes]:
    """Destroy the key of everyone who is to be forgotten; return whose were still there."""
    rows = subject_keys.connection().execute(
        "delete from subject_keys using erased where subject_keys.subject = erased.subject returning erased.subject"
    )
    return [subject for (subject,) in rows.fetchall()]


def note_access(purpose: str, business: str, subject: bytes | None, fields: list[str], decrypted: int) -> None:
    """Write down who decrypts what, before it is shown."""
    subject_keys.connection().execute(
        "insert into accesses (actor, purpose, business, subject, fields, decrypted)"
        " values (session_user || ' as ' || current_user || %s, %s, %s, %s, %s, %s)",
        [f", user {os.getuid()} of the machine", purpose, business, subject, fields, decrypted],
    )
