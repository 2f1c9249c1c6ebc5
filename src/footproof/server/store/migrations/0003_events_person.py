"""Finds what a person acted on: a tie that comes to light is held against all of it."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index more on the events."""

    dependencies: ClassVar = [("store", "0002_append_only")]
    operations: ClassVar = [
        migrations.AddIndex("eventrow", models.Index(fields=["person", "stream", "record"], name="events_person")),
    ]
