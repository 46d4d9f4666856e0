"""`{% load digests %}{% next_digest as next %}`: when the reader's next digest goes out, in their own time zone."""

from datetime import datetime
from typing import NamedTuple

from django import template
from django.template.context import Context
from django.utils import timezone

from readiness.mail.rules import Rhythm
from readiness.reminders.digest import is_written
from readiness.reminders.rota import wishes_of
from readiness.reminders.rules import local_day_due, next_moment

register = template.Library()


class Next(NamedTuple):
    """`may_come_today`: its hour has passed, but there was nothing to say so far."""

    at: datetime
    zone: str
    may_come_today: bool
    is_off: bool


@register.simple_tag(takes_context=True)
def next_digest(context: Context) -> Next:
    person, now = context["request"].user, timezone.now()
    wishes = wishes_of(person)
    today = local_day_due(wishes, now)
    at = next_moment(wishes, now).astimezone(person.zone)
    may_come = today is not None and not is_written(person, today)
    return Next(at, person.time_zone, may_come, wishes.rhythm is Rhythm.OFF)
