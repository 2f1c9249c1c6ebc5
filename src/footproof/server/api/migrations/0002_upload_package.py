"""Uploads know which package they hold."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the digest of the package."""

    dependencies: ClassVar = [
        ("api", "0001_tables"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="upload",
            name="package",
            field=models.CharField(db_index=True, default="", max_length=71),
        ),
    ]
