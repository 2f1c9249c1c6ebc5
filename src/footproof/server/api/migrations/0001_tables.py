"""The tables, as they first were."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Makes them."""

    initial = True

    dependencies: ClassVar = [
        ("accounts", "0001_tables"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Reached",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField(default=0)),
                ("note", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caller", models.CharField(max_length=400)),
                ("key", models.CharField(max_length=200)),
                ("request", models.CharField(max_length=71)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("body", models.BinaryField(default=b"")),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("caller", "key"), name="one_answer")],
            },
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("id", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("organisation", models.CharField(max_length=600)),
                ("title", models.CharField(max_length=100)),
                ("scopes", models.JSONField()),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField()),
                ("used", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="accounts.account"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=71)),
                ("organisation", models.CharField(max_length=600)),
                ("person", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=40)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.BigIntegerField()),
                ("export", models.CharField(max_length=20)),
                ("place", models.CharField(max_length=10)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("digest", "organisation"), name="one_upload")],
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("organisation", models.CharField(max_length=600)),
                ("url", models.CharField(max_length=2000)),
                ("kinds", models.JSONField()),
                ("secret", models.BinaryField()),
                ("created", models.DateTimeField()),
                ("failures", models.PositiveIntegerField(default=0)),
                ("active", models.BooleanField(default=True)),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="accounts.account")),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("body", models.TextField()),
                ("due", models.DateTimeField(db_index=True, null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("delivered", models.DateTimeField(null=True)),
                ("problem", models.CharField(default="", max_length=60)),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="api.webhook"
                    ),
                ),
            ],
        ),
    ]
