from django.db import migrations

from readiness.history.append_only import refuse


class Migration(migrations.Migration):
    dependencies = [("checklists", "0001_initial")]
    operations = [
        refuse("checklists_version", "a published checklist version never changes", when="OLD.status = 'published'"),
    ]
