"""Triggers that refuse to change or remove records of signing in."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "accounts_signin"
POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION footproof_sign_ins_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'append only: %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"CREATE TRIGGER {TABLE}_stay BEFORE UPDATE OR DELETE ON {TABLE} "
    "FOR EACH ROW EXECUTE FUNCTION footproof_sign_ins_stay()",
)
SQLITE = tuple(
    f"CREATE TRIGGER {TABLE}_no_{what.lower()} BEFORE {what} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, 'append only: {TABLE}'); END"
    for what in ("UPDATE", "DELETE")
)


def add(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001
    """Make the triggers."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """After the tables."""

    dependencies: ClassVar = [("accounts", "0001_tables")]
    operations: ClassVar = [migrations.RunPython(add)]
