"""Who did something to the account of another; invitations that renew an account.

The column of a guarded table has no default: with one, SQLite would have the table made again, without its triggers.
"""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds two columns."""

    dependencies: ClassVar = [("accounts", "0002_append_only")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="signin",
            name="by",
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="renews",
            field=models.BooleanField(default=False),
        ),
    ]
