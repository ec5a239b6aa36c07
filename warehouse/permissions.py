"""Look through PostgreSQL's own catalogue for rights that nobody should have; nothing found is what is normal."""

from typing import NamedTuple

from warehouse import subject_keys
from warehouse.raw import CONTRACTS
from warehouse.raw.fields import fields
from warehouse.roles import OF_THE_VAULT, READERS

ROLES = ("loader", "transformer", "inspector", "learner", "publisher", "exporter", *READERS)
# Names of personal fields; a product has a name too, and none of a person's is ever stored under it.
PERSONAL = sorted({field.name for one in CONTRACTS.values() for field in fields(one) if field.personal} - {"name"})


class Finding(NamedTuple):
    """A right, or the lack of a guard, that should not be: which rule, and of what."""

    rule: str
    subject: str


# Rule → SQL that returns what breaks it.
RULES = {
    "a reader may select a personal column": """
        select rolname || ': ' || pg_class.oid::regclass || '.' || attname
        from pg_roles, pg_attribute
        inner join pg_class on attrelid = pg_class.oid
        where
            rolname = any(%(readers)s) and attnum > 0 and not attisdropped
            and (attname ~ '_(encrypted|index)$' or attname = any(%(personal)s))
            and relnamespace <> 'pg_catalog'::regnamespace and relnamespace <> 'information_schema'::regnamespace
            and has_schema_privilege(rolname, relnamespace, 'usage')
            and has_column_privilege(rolname, pg_class.oid, attnum, 'select')
    """,
    "a reader may select outside of what is published": """
        select rolname || ': ' || pg_class.oid::regclass
        from pg_roles, pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where
            rolname = any(%(readers)s) and relkind in ('r', 'p', 'v', 'm', 'f')
            and nspname not in ('serving', 'pg_catalog', 'information_schema') and nspname !~ '^release_[0-9]+$'
            and not (
                rolname = 'api' and relrowsecurity and (nspname, relname) in (('access', 'keys'), ('live', 'signals'))
            )
            and has_schema_privilege(rolname, pg_namespace.oid, 'usage')
            and has_any_column_privilege(rolname, pg_class.oid, 'select')
    """,
    "a view of serving bypasses row-level security": """
        select pg_class.oid::regclass::text
        from pg_class
        where
            relnamespace = 'serving'::regnamespace and relkind in ('v', 'm')
            and not coalesce('security_invoker=true' = any(reloptions), false)
            and (relkind = 'm' or not coalesce('security_invoker=on' = any(reloptions), false))
    """,
    "a released table has no row-level security": """
        select pg_class.oid::regclass::text
        from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where
            nspname ~ '^release_[0-9]+$' and relkind = 'r'
            and not (relrowsecurity and exists (select from pg_policy where polrelid = pg_class.oid))
    """,
    "bi_reader may write": """
        select pg_class.oid::regclass::text
        from pg_class
        where
            relkind in ('r', 'p', 'v') and relnamespace <> 'pg_catalog'::regnamespace
            and has_table_privilege('bi_reader', pg_class.oid, 'insert, update, delete, truncate')
    """,
    "a role may more than its grants": """
        select rolname
        from pg_roles
        where rolname = any(%(roles)s) and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)
    """,
    "a login of a reader may more than its grants": """
        select rolname
        from pg_roles
        where
            rolcanlogin and not rolsuper
            and oid <> (select datdba from pg_database where datname = current_database())
            and (rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)
            and exists (
                select from pg_auth_members
                where member = pg_roles.oid and not admin_option and pg_get_userbyid(roleid) = any(%(readers)s)
            )
    """,
    "a function runs with its owner's rights": """
        select pg_proc.oid::regprocedure::text
        from pg_proc
        where prosecdef and pronamespace <> 'pg_catalog'::regnamespace
    """,
    "everybody has a right": """
        select pg_class.oid::regclass::text
        from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        cross join lateral aclexplode(relacl) as granted
        where granted.grantee = 0 and nspname not in ('pg_catalog', 'information_schema')
        union all
        select nspname
        from pg_namespace
        cross join lateral aclexplode(nspacl) as granted
        where granted.grantee = 0 and nspname not in ('pg_catalog', 'information_schema')
        union all
        select datname
        from pg_database
        cross join lateral aclexplode(coalesce(datacl, acldefault('d', datdba))) as granted
        where granted.grantee = 0 and datname in (current_database(), %(vault)s)
    """,
    "a role may reach the keys that needs none": """
        select rolname
        from pg_roles
        where
            rolname = any(%(roles)s) and rolname <> all(%(keepers)s)
            and exists (select from pg_database where datname = %(vault)s)
            and has_database_privilege(rolname, %(vault)s, 'connect')
    """,
    "the loader may read what is encrypted": """
        select pg_class.oid::regclass || '.' || attname
        from pg_attribute
        inner join pg_class on attrelid = pg_class.oid
        where
            relnamespace = 'raw'::regnamespace and attname ~ '_encrypted$'
            and has_column_privilege('loader', pg_class.oid, attnum, 'select')
    """,
}


def findings(connection) -> list[Finding]:
    """Return every breach of a rule that the catalogue shows, in a fixed order."""
    named = {"readers": list(READERS), "roles": list(ROLES), "personal": PERSONAL}
    named |= {"keepers": list(OF_THE_VAULT), "vault": subject_keys.database()}
    return [
        Finding(rule, subject)
        for rule, query in RULES.items()
        for (subject,) in sorted(connection.execute(query, named).fetchall())
    ]
