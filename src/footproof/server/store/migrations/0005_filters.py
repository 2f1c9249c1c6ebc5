"""What certificates are filtered by: product, model, and how they stand on a day; and events by their time."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, Left


def fill(apps: Any, editor: Any) -> None:  # noqa: ARG001  # Django calls it so
    """Fill the columns of certificates that are there."""
    from footproof.certify.certificate import Certified
    from footproof.certify.codec import from_json
    from footproof.server.store.rows import standing_rows

    certificates, records = apps.get_model("store", "CertificateRow"), apps.get_model("store", "RecordRow")
    standings = apps.get_model("store", "StandingRow")
    held = records.objects.filter(stream="certificate")
    product = held.filter(record=OuterRef("number")).values(found=KT("state__held__subject__product"))
    certificates.objects.update(
        model_start=Left("model", 200), product=Coalesce(Subquery(product), Value(""), output_field=models.CharField())
    )
    changed = certificates.objects.exclude(turn="").values("number")
    for state in held.filter(record__in=changed).values_list("state", flat=True).iterator(chunk_size=500):
        standings.objects.bulk_create(
            standings(certificate=one.certificate, since=one.since, until=one.until, standing=one.standing)
            for one in standing_rows(from_json(Certified, state))
        )


class Migration(migrations.Migration):
    """Two columns, three indexes, and one table."""

    dependencies: ClassVar = [("store", "0004_due_and_laboratories")]
    operations: ClassVar = [
        migrations.AddIndex("eventrow", models.Index(fields=["at", "sequence"], name="events_at")),
        migrations.AddField("certificaterow", "product", models.CharField(max_length=600, default=""), False),
        migrations.AddField(
            "certificaterow", "model_start", models.CharField(max_length=200, blank=True, default=""), False
        ),
        migrations.CreateModel(
            name="StandingRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("certificate", models.CharField(max_length=200)),
                ("since", models.DateField()),
                ("until", models.DateField()),
                ("standing", models.CharField(max_length=16)),
            ],
            options={"db_table": "certificate_standings"},
        ),
        migrations.AddConstraint(
            "standingrow", models.UniqueConstraint(fields=["certificate", "since"], name="one_standing")
        ),
        migrations.AddIndex("standingrow", models.Index(fields=["standing", "until", "since"], name="standings_until")),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex("certificaterow", models.Index(fields=["product", "number"], name="certificates_product")),
        migrations.AddIndex(
            "certificaterow", models.Index(fields=["model_start", "number"], name="certificates_model")
        ),
    ]
