"""The course of a campaign as a picture: how many were met on each day, and how many are asked. Its table stands beside it."""

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from readiness.portfolio.campaigns.days import Course
from readiness.portfolio.models import CampaignDay

WIDTH, HEIGHT = 600.0, 160.0


def drawn(course: Course) -> SafeString:
    """Empty with fewer than two days: a point is no course."""
    days = course.days
    if len(days) < 2:
        return SafeString("")
    start, end = days[0].day, max(days[-1].day, course.due_on)
    most = max(day.services for day in days) or 1

    def x(day: date) -> float:
        return WIDTH * (day - start).days / ((end - start).days or 1)

    def y(number: int) -> float:
        return HEIGHT - HEIGHT * number / most

    first, last = days[0], days[-1]
    met = [(x(day.day), y(day.met)) for day in days]
    due = x(course.due_on) if course.due_on >= start else None
    label = f"From {_said(first)} to {_said(last)}"
    return format_html(
        '<svg class="course" viewBox="-2 -6 604 172" preserveAspectRatio="none" role="img" aria-label="{}"><title>{}</title>'
        '<polygon class="course-area" points="0,{} {} {},{}"/>'
        '<polyline class="course-asked" points="{}"/>{}{}<polyline class="course-met" points="{}"/></svg>',
        label, label, f"{HEIGHT:.0f}", _path(met), f"{met[-1][0]:.1f}", f"{HEIGHT:.0f}",
        _path((x(day.day), y(day.services)) for day in days),
        "" if due is None else format_html('<line class="course-due" x1="{0}" x2="{0}" y1="0" y2="{1}"/>', f"{due:.1f}", HEIGHT),
        "" if due is None or course.due_on <= last.day else _still_to_go(met[-1], (due, y(last.services))),
        _path(met),
    )  # fmt: skip


def _said(one: CampaignDay) -> str:
    return f"{one.met} of {one.services} on {date_format(one.day, 'j M Y')}"


def _still_to_go(here: tuple[float, float], there: tuple[float, float]) -> SafeString:
    """The straight line from today to everything met on the day that was set."""
    return format_html('<polyline class="course-needed" points="{}"/>', _path([here, there]))


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
