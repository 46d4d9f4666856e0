"""A no-go calls for another review within two weeks; so far the next one was due after a year."""

from datetime import timedelta

from django.conf import settings
from django.db import migrations
from zoneinfo import ZoneInfo


def due_again(apps, schema_editor):
    rows = apps.get_model("assessments", "Assessment").objects.filter(last_decision="no_go", last_decided_at__isnull=False)
    zone = ZoneInfo(settings.TIME_ZONE)
    for row in rows.only("last_decided_at", "next_review_due_on").iterator():
        due_on = row.last_decided_at.astimezone(zone).date() + timedelta(days=14)
        if row.next_review_due_on is None or due_on < row.next_review_due_on:
            row.next_review_due_on = due_on
            row.save(update_fields=["next_review_due_on"])


class Migration(migrations.Migration):
    dependencies = [("assessments", "0009_gap_talk")]
    operations = [migrations.RunPython(due_again, migrations.RunPython.noop)]
