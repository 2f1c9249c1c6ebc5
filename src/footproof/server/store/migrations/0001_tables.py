"""The tables as they began."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first."""

    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="PersonalRow",
            fields=[
                ("person", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("contact", models.TextField(blank=True)),
            ],
            options={
                "db_table": "personal",
            },
        ),
        migrations.CreateModel(
            name="CaseRow",
            fields=[
                ("case", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("body", models.CharField(max_length=600)),
                ("client", models.CharField(max_length=600)),
                ("scheme", models.CharField(max_length=200)),
                ("state", models.CharField(max_length=32)),
                ("kind", models.CharField(max_length=32)),
                ("category", models.CharField(max_length=200)),
                ("certificate", models.CharField(blank=True, max_length=200)),
                ("submitted", models.DateField()),
                ("accepted", models.DateField(null=True)),
                ("working_days", models.IntegerField(null=True)),
            ],
            options={
                "db_table": "cases",
                "indexes": [
                    models.Index(fields=["body", "state", "submitted", "case"], name="cases_body"),
                    models.Index(fields=["client", "submitted", "case"], name="cases_client"),
                    models.Index(fields=["certificate"], name="cases_certificate"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CertificateRow",
            fields=[
                ("number", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("case", models.CharField(max_length=200)),
                ("body", models.CharField(max_length=600)),
                ("client", models.CharField(max_length=600)),
                ("scheme", models.CharField(max_length=200)),
                ("category", models.CharField(max_length=200)),
                ("province", models.CharField(max_length=6)),
                ("name_zh", models.TextField()),
                ("name_en", models.TextField()),
                ("model", models.TextField(blank=True)),
                ("value", models.CharField(blank=True, max_length=80)),
                ("figure", models.DecimalField(decimal_places=20, max_digits=60, null=True)),
                ("unit", models.CharField(blank=True, max_length=80)),
                ("decided", models.DateField()),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("turn", models.CharField(blank=True, max_length=16)),
                ("turn_on", models.DateField(null=True)),
                ("turn_until", models.DateField(null=True)),
                ("replaced_by", models.CharField(blank=True, max_length=200)),
                ("list", models.IntegerField()),
                ("place", models.IntegerField()),
                ("token", models.CharField(max_length=71)),
                ("leaf", models.BigIntegerField()),
            ],
            options={
                "db_table": "certificates",
                "indexes": [
                    models.Index(fields=["body", "decided", "number"], name="certificates_body"),
                    models.Index(fields=["client", "decided", "number"], name="certificates_client"),
                    models.Index(fields=["category", "province", "number"], name="certificates_category"),
                    models.Index(fields=["scheme", "number"], name="certificates_scheme"),
                    models.Index(fields=["figure", "number"], name="certificates_figure"),
                    models.Index(fields=["last", "number"], name="certificates_last"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("list", "place"), name="one_place"),
                    models.UniqueConstraint(fields=("leaf",), name="one_leaf"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventRow",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stream", models.CharField(max_length=32)),
                ("record", models.CharField(max_length=600)),
                ("version", models.IntegerField()),
                ("kind", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("person", models.CharField(max_length=100)),
                ("role", models.CharField(max_length=40)),
                ("organisation", models.CharField(max_length=600)),
                ("data", models.JSONField()),
                ("digest", models.CharField(max_length=71)),
            ],
            options={
                "db_table": "events",
                "ordering": ["sequence"],
                "indexes": [
                    models.Index(fields=["organisation", "sequence"], name="events_organisation"),
                    models.Index(fields=["kind", "sequence"], name="events_kind"),
                ],
                "constraints": [models.UniqueConstraint(fields=("stream", "record", "version"), name="one_version")],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.CharField(max_length=800)),
                ("key", models.CharField(max_length=200)),
                ("request", models.CharField(max_length=71)),
                ("first", models.BigIntegerField()),
                ("count", models.IntegerField()),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "idempotency",
                "constraints": [models.UniqueConstraint(fields=("actor", "key"), name="one_key")],
            },
        ),
        migrations.CreateModel(
            name="LeafRow",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("issue", models.BigIntegerField(null=True, unique=True)),
                (
                    "event",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="leaf", to="store.eventrow"
                    ),
                ),
            ],
            options={
                "db_table": "leaves",
                "ordering": ["index"],
            },
        ),
        migrations.CreateModel(
            name="RecordRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stream", models.CharField(max_length=32)),
                ("record", models.CharField(max_length=600)),
                ("version", models.IntegerField()),
                ("state", models.JSONField()),
            ],
            options={
                "db_table": "records",
                "indexes": [models.Index(fields=["stream", "record"], name="records_stream")],
                "constraints": [models.UniqueConstraint(fields=("record", "stream"), name="one_record")],
            },
        ),
    ]
