from django.db import migrations

from readiness.history.append_only import refuse


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial")]
    operations = [
        refuse("reviews_packet", "a decision packet is frozen"),
        refuse("reviews_signoff", "a sign-off is never changed"),
    ]
