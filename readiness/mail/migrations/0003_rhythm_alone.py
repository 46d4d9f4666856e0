from django.db import migrations


def take_over(apps, schema_editor):
    """`rhythm` says what the two old fields said."""
    rows = apps.get_model("mail", "Preferences").objects
    rows.filter(wants_digest=False).update(rhythm="off")
    rows.filter(wants_digest=True, has_quiet_weekends=False).update(rhythm="daily")


def give_back(apps, schema_editor):
    rows = apps.get_model("mail", "Preferences").objects
    rows.filter(rhythm="off").update(wants_digest=False)
    rows.filter(rhythm="daily").update(has_quiet_weekends=False)


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0002_rhythm_and_bounces'),
    ]

    operations = [
        migrations.RunPython(take_over, give_back),
        migrations.RemoveField(model_name='preferences', name='wants_digest'),
        migrations.RemoveField(model_name='preferences', name='has_quiet_weekends'),
    ]
