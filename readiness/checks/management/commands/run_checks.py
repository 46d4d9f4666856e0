"""`manage.py run_checks [--due] [--now] [--service S] [--item K]`: carries checks out in this process, one line a run."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from django.utils import timezone

from readiness.catalog.models import Service
from readiness.checks import actions, runner, schedule
from readiness.checks.models import Check
from readiness.checks.runner import Ran
from readiness.history.actions import Actor

COMMAND = Actor.machine("manage.py run_checks")


class Command(BaseCommand):
    help = "Carries out, in this process, the checks that are due (or, with --now, all that are ready)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--due", action="store_true", help="those that are due; this is the default")
        parser.add_argument("--now", action="store_true", help="all that are ready, whether they are due or not")
        parser.add_argument("--service", metavar="S", help="only of the service with this short name")
        parser.add_argument("--item", metavar="K", help="only for the checklist item with this key")

    def handle(self, *, now: bool, service: str | None, item: str | None, **_options: object) -> None:
        self.refuse_unknown(service)
        wanted = {name: value for name, value in (("service__slug", service), ("item__key", item)) if value is not None}
        if now:
            request_all(Q(**wanted))
        else:
            schedule.enqueue_due(timezone.now(), among=Q(**wanted))
        runs = list(carry_out(Q(**{f"check_row__{name}": word for name, word in wanted.items()}), self.say))
        if not runs:
            self.stdout.write("Nothing to run.")

    def refuse_unknown(self, slug: str | None) -> None:
        if slug is not None and not Service.objects.filter(slug=slug).exists():
            raise CommandError(f"There is no service with the short name “{slug}”.")

    def say(self, ran: Ran) -> None:
        check = ran.run.check_row
        result, reason = (ran.outcome.result, ran.outcome.reason) if ran.outcome else ("-", ran.problem)
        self.stdout.write(f"{result:<7} {check.service.slug} · {check.item.key} · {check.type} · {reason}")


def request_all(wanted: Q) -> None:
    for check in Check.objects.ready().by_itself().filter(wanted).select_related("service", "item"):
        actions.run_now(by=COMMAND, check=check, now=timezone.now(), is_waking=False)


def carry_out(wanted: Q, say: Callable[[Ran], None]) -> Iterator[Ran]:
    """Says each batch when it has ended."""
    while batch := runner.run_batch(worker=runner.worker_name(), among=wanted):
        for ran in batch.results:
            say(ran)
        yield from batch.results
