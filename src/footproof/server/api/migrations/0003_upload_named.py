"""Uploads know whether a record names them; reading the journal fills it in."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds the mark, and finds an organisation's uploads without it."""

    dependencies: ClassVar = [
        ("api", "0002_upload_package"),
    ]

    operations: ClassVar = [
        migrations.AddField(model_name="upload", name="named", field=models.BooleanField(default=False)),
        migrations.AddIndex(
            model_name="upload", index=models.Index(fields=["organisation", "named"], name="uploads_named")
        ),
    ]
