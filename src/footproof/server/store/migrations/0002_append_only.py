"""Triggers that refuse to change or remove events and leaves: whoever has the database cannot do it by mistake."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("events", "leaves")

FUNCTION = """
CREATE OR REPLACE FUNCTION footproof_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append only: %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""
POSTGRESQL = (
    """CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION footproof_append_only()""",
    """CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION footproof_append_only()""",
)
SQLITE = (
    """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
    BEGIN SELECT RAISE(ABORT, 'append only: {table}'); END""",
    """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
    BEGIN SELECT RAISE(ABORT, 'append only: {table}'); END""",
)


def add(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Make the triggers."""
    server = editor.connection.vendor == "postgresql"
    if server:
        editor.execute(FUNCTION, params=None)  # its percent sign is no placeholder
    for table in TABLES:
        for statement in POSTGRESQL if server else SQLITE:
            editor.execute(statement.format(table=table))


class Migration(migrations.Migration):
    """After the tables."""

    dependencies: ClassVar = [("store", "0001_tables")]
    operations: ClassVar = [migrations.RunPython(add)]
