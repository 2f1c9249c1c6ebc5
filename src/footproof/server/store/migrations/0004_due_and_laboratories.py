"""Cases by the day by which they are due, and by the laboratories that may read them; `rebuild` fills both."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column, its index, and one table."""

    dependencies: ClassVar = [("store", "0003_events_person")]
    operations: ClassVar = [
        migrations.AddField("caserow", "due", models.DateField(null=True)),
        migrations.AddIndex("caserow", models.Index(fields=["body", "due", "case"], name="cases_due")),
        migrations.CreateModel(
            name="LaboratoryRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("laboratory", models.CharField(max_length=600)),
                ("case", models.CharField(max_length=200)),
            ],
            options={"db_table": "case_laboratories"},
        ),
        migrations.AddConstraint(
            "laboratoryrow", models.UniqueConstraint(fields=["laboratory", "case"], name="one_laboratory")
        ),
    ]
