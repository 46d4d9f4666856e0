"""`manage.py reseal_secrets`: writes the secrets of integrations anew under the present SECRET_KEY, so that the earlier one
can be taken out of SECRET_KEY_FALLBACKS.
"""

from django.core.management.base import BaseCommand, CommandError

from readiness.checks.models import Integration
from readiness.checks.sealing import SealedError, resealed


class Command(BaseCommand):
    help = "Encrypts the stored secrets of integrations anew with SECRET_KEY, after it has changed."

    def handle(self, **_options: object) -> None:
        rows = list(Integration.objects.exclude(sealed_secret="").order_by("kind"))
        unread = [problem for row in rows if (problem := self.reseal(row))]
        self.stdout.write(f"{len(rows) - len(unread)} written anew.")
        if unread:
            raise CommandError(" ".join(unread))

    def reseal(self, row: Integration) -> str:
        """Leaves alone what somebody replaced meanwhile. Returns what is wrong, if anything."""
        try:
            anew = resealed(row.sealed_secret)
        except SealedError as problem:
            return f"{row}: {problem}"
        Integration.objects.filter(pk=row.pk, sealed_secret=row.sealed_secret).update(sealed_secret=anew)
        return ""
