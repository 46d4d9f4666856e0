from django.db import migrations

from readiness.history.append_only import refuse


class Migration(migrations.Migration):
    dependencies = [("history", "0001_initial")]
    operations = [
        refuse("history_entry", "the history is append-only"),
        refuse("history_seal", "the seals of the history are append-only"),
    ]
