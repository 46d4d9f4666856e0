"""`manage.py reseal_secrets`: writes stored secrets anew under the present SECRET_KEY, so that the earlier one can be taken out
of SECRET_KEY_FALLBACKS.
"""

from itertools import chain

from django.core.management.base import BaseCommand, CommandError

from readiness.checks.models import Integration
from readiness.checks.sealing import SealedError, resealed
from readiness.outgoing.models import Receiver


class Command(BaseCommand):
    help = "Encrypts the stored secrets of integrations and receivers anew with SECRET_KEY, after it has changed."

    def handle(self, **_options: object) -> None:
        integrations = Integration.objects.exclude(sealed_secret="").order_by("kind")
        rows: list[Integration | Receiver] = list(chain(integrations, Receiver.objects.all()))
        unread = [problem for row in rows if (problem := self.reseal(row))]
        self.stdout.write(f"{len(rows) - len(unread)} written anew.")
        if unread:
            raise CommandError(" ".join(unread))

    def reseal(self, row: Integration | Receiver) -> str:
        """Leaves alone what somebody replaced meanwhile. Returns what is wrong, if anything."""
        try:
            anew = resealed(row.sealed_secret)
        except SealedError as problem:
            return f"{row}: {problem}"
        type(row).objects.filter(pk=row.pk, sealed_secret=row.sealed_secret).update(sealed_secret=anew)
        return ""
