"""What a screen in the room shows: its regions, painted for a kind of reader and not for a person.

The page puts the regions in their places, the live stream sends the ones that changed: both ask
`picture_of`, so they can't differ.

A region is one template that renders one element with a fixed id. To add one:

1. Write `templates/reviews/_something.html`: exactly one root element, always the same tag, `id="something"`.
2. Add a line to `REGIONS`: id, template, when it exists (and its `tag`, when that is no div).
3. Put `{% region "something" %}` (`{% load meeting %}`) where it stands: in `room.html`; or in another region's template, and
   then say `within="that one"`. A part within another region changes without that region being sent again.
   A list: `each=` gives pairs of key and row, the element's id is `something-<key>` (`{{ region_id }}`), its template finds its
   `row`, and the region around it says `{% region "something" row.pk %}`.
4. Whatever it shows bumps `Review.pulse` when it changes (`touch`, `swap`).

What a template finds: `review`, `meeting`, `stance`; `can_speak` (present, may speak, the meeting runs), `can_write` (the same,
also in a pause), `leads` (the facilitator, and the meeting runs); `point` and `stage` (the item that is looked at), `looked` (its
id, while the room is on something else), and the rest of `_context`. It finds no reader: no `request`, no `user`.

- What only some people are to see carries `data-for="<their ids>"`, what they are not to see `data-not-for="<ids>"`: a style
  sheet of one's own hides the rest, with and without JavaScript. A courtesy and no secret: everybody's screen receives it.
- A fragment never says "3 minutes ago", a time of day or seconds by itself, or it would change all the time: `{% at moment %}`
  and `{% clock_of … %}` leave that to the screen, which knows its reader's zone.
- A button with `data-key="x"` is pressed by that key. A form in a region is safe while somebody writes in it: room.js does not
  replace what holds unsent words.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.queries import house_day
from reviews import rules
from reviews.agenda import outlook
from reviews.ending import Ending
from reviews.forms import DecisionForm, NotesForm, VerdictForm
from reviews.last_words import last_words
from reviews.live.news import last_news
from reviews.meeting import Meeting
from reviews.models import AgendaItem, Review, go_live_of
from reviews.signing import Sheet
from reviews.stage import Stage, by_how

END = "end"
NO_TOKEN = "none"  # noqa: S105 - the stream knows no reader: its forms carry no token, htmx sends the page's own

_TOKEN = f'<input type="hidden" name="csrfmiddlewaretoken" value="{NO_TOKEN}">'

type Looked = int | str | None
"""What a screen looks at: an agenda id, `END`, or None for whoever follows the room."""


class Stance(StrEnum):
    """The kinds of reader."""

    LOOKING = "looking"
    SPEAKING = "speaking"
    LEADING = "leading"


def stance_of(meeting: Meeting, person: User) -> Stance:
    """LOOKING: not present, or without a role that may speak. LEADING: who leads through the agenda."""
    seat = meeting.seat_of(person)
    if seat is None or not seat.is_present or not policy.may(person, Action.RECORD_VERDICT, meeting.review.target):
        return Stance.LOOKING
    return Stance.LEADING if meeting.review.facilitator_id == person.pk else Stance.SPEAKING


@dataclass(frozen=True)
class Shown:
    """One meeting, one kind of reader, one item looked at. `more` replaces what a refused form brings back; `is_changing`: the
    reader asked to change what was said.
    """

    meeting: Meeting
    stance: Stance
    looked: Looked = None
    more: Mapping[str, Any] = field(default_factory=dict)
    is_changing: bool = False

    @property
    def review(self) -> Review:
        return self.meeting.review

    @cached_property
    def point(self) -> AgendaItem | None:
        """None is the end of the meeting, or an empty agenda."""
        if self.looked == END:
            return None
        looked = str(self.review.current_id if self.looked is None else self.looked)
        return self.meeting.point(int(looked) if looked.isdigit() else None)

    @property
    def elsewhere(self) -> int | str:
        """What is looked at while the room is on something else; empty for who sees what the room sees."""
        if not self.review.is_live or (self.point.pk if self.point else None) == self.review.current_id:
            return ""
        return self.point.pk if self.point else END

    @property
    def can_speak(self) -> bool:
        return self.stance is not Stance.LOOKING and self.review.is_running

    @property
    def asks_for_a_word(self) -> bool:
        """Whether the verdict's form stands there."""
        return self.can_speak and self.point is not None and (not self.point.word or self.is_changing)


def just_said(point: AgendaItem, by: User, now: datetime) -> Shown:
    """What somebody sees of the item on which they have just said a word: no more of the meeting is read."""
    review = point.review
    stance = Stance.LEADING if review.facilitator_id == by.pk else Stance.SPEAKING
    return Shown(Meeting(review, [point.item], [point], [], now, house_day(now)), stance, point.pk)


@dataclass(frozen=True)
class Region:
    """`exists`: when there is something to show. Until then a region of the page is an empty hidden element in its place, and a
    part of another region is left out of it.
    """

    id: str
    template: str
    exists: Callable[[Shown], bool]
    within: str = ""
    tag: str = "div"
    each: Callable[[Shown], Iterable[tuple[object, Any]]] | None = None

    def rows(self, shown: Shown) -> Iterable[tuple[str, Any]]:
        """Id and row of each of its elements; none while it does not exist."""
        if not self.exists(shown):
            return []
        if self.each is None:
            return [(self.id, None)]
        return [(f"{self.id}-{key}", row) for key, row in self.each(shown)]

    def empty(self) -> str:
        return mark_safe(f'<{self.tag} id="{self.id}" data-region hidden></{self.tag}>')  # noqa: S308 - from the table


def always(_shown: Shown) -> bool:
    return True


def before_it(shown: Shown) -> bool:
    return shown.review.is_scheduled


def live(shown: Shown) -> bool:
    return shown.review.is_live


def paused(shown: Shown) -> bool:
    return shown.review.is_paused


def elsewhere(shown: Shown) -> bool:
    return bool(shown.elsewhere)


def at_an_item(shown: Shown) -> bool:
    return live(shown) and shown.point is not None


def at_the_end(shown: Shown) -> bool:
    return live(shown) and shown.point is None


def leaderless(shown: Shown) -> bool:
    """Who leads and still reads this is not lost."""
    return shown.review.is_running and shown.stance is not Stance.LEADING and shown.meeting.company.is_leaderless


def said_or_waiting(shown: Shown) -> bool:
    return shown.point is not None and live(shown) and bool(shown.point.word or shown.point.item.is_excuse_waiting)


def _groups(shown: Shown) -> Iterable[tuple[object, Any]]:
    return [(group.key, group) for group in shown.meeting.groups]


def _points(shown: Shown) -> Iterable[tuple[object, Any]]:
    return [(point.pk, point) for point in shown.meeting.agenda]


REGIONS: tuple[Region, ...] = (
    # id, template, when it exists; a region before the parts within it
    Region("state", "_state.html", always, tag="span"),
    Region("clock", "_clock.html", live, tag="span"),
    Region("lead", "_lead.html", live, tag="span"),
    Region("ready", "_ready.html", lambda shown: shown.can_speak),
    Region("presence", "_presence.html", always, tag="button"),
    Region("people", "_people_panel.html", always),
    Region("pause", "_pause.html", lambda shown: shown.can_speak),
    Region("progress", "_progress.html", live, tag="progress"),
    Region("side", "_side.html", always),
    Region("count", "_agenda_count.html", live, within="side", tag="span", each=_groups),
    Region("entry", "_agenda_entry.html", live, within="side", tag="li", each=_points),
    Region("to-decide", "_agenda_end.html", live, within="side"),
    Region("passed", "_passed.html", live, within="side"),
    Region("broken", "_broken.html", live, within="side"),
    Region("last-words", "_last_words.html", live, within="side", tag="section"),
    Region("paused", "_paused.html", paused),
    Region("leaderless", "_leaderless.html", leaderless),
    Region("relieved", "_relieved.html", lambda shown: live(shown) and shown.meeting.company.is_led_anew),
    Region("nudge", "_nudge.html", lambda shown: bool(shown.meeting.nudge), tag="p"),
    Region("elsewhere", "_elsewhere.html", elsewhere),
    Region("lobby", "_stage_lobby.html", before_it, tag="article"),
    Region("ballot", "_ballot.html", at_an_item, tag="section"),
    Region("stage", "_stage_item.html", at_an_item, tag="article"),
    Region("gap", "_stage_gap.html", at_an_item, within="stage", tag="section"),
    Region("ask-vote", "_ask_vote.html", at_an_item, tag="details"),
    Region("the-end", "_stage_end.html", at_the_end, tag="article"),
    Region("settle", "_end_settle.html", at_the_end, within="the-end", tag="section"),
    Region("draft", "_end_draft.html", at_the_end, within="the-end", tag="section"),
    Region("parking-lot", "_parking_lot.html", live, tag="section"),
    Region("note-writers", "_note_writers.html", live),
    Region("notes", "_notes.html", live, tag="details"),
    Region("said", "_said.html", said_or_waiting),
    Region("writers", "_writers.html", at_an_item),
    Region("say", "_say.html", lambda shown: shown.asks_for_a_word, tag="section"),
    Region("standing", "_standing.html", live),
    Region("moves", "_moves.html", live),
    Region("news", "_news.html", live, tag="p"),
    Region("over", "_over.html", lambda shown: shown.review.is_over),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """`beat` changes whenever anything in the room does. `regions`: id → HTML, each before the parts within it."""

    beat: str
    regions: dict[str, str]


def meeting_of(review_id: int, now: datetime) -> Meeting:
    """Read once, it can be painted for each kind of reader."""
    return Meeting.of(Review.objects.for_page().get(pk=review_id), now)


def glimpse_of(review_id: int, now: datetime) -> Meeting | None:
    """The same, with no more than a plain word can change (see `changes`); None for a review that is gone."""
    review = Review.objects.for_glimpse().filter(pk=review_id).first()
    return Meeting.of(review, now, is_brief=True) if review else None


def picture_of(shown: Shown, *, csrf_token: str = NO_TOKEN, only: Collection[str] = ()) -> Picture:
    """`only`: regions ("count"), or elements of theirs ("entry-12"), where an answer needs no more."""
    with timezone.override(None):  # the installation's zone, whoever reads: a fragment is everybody's
        wanted = set(only or (region.id for region in REGIONS))
        asked = [region for region in REGIONS if not only or _is_asked(region, wanted)]
        there = [(region, region_id, row) for region in asked for region_id, row in region.rows(shown)]
        ids = frozenset(region_id for _, region_id, _ in there)
        context = _context(shown) | {"there": ids, "csrf_token": csrf_token}
        regions = {region.id: region.empty() for region in REGIONS if not region.within and region.id in wanted}
        for region, region_id, row in there:
            if wanted & {region.id, region_id}:
                template = f"reviews/{region.template}"
                html = render_to_string(template, context | {"row": row, "region_id": region_id})
                regions[region_id] = _marked(html, region_id)
    return Picture(beat(shown.review.pulse, shown.review.assessment.refreshed_at), regions)


def _is_asked(region: Region, wanted: Collection[str]) -> bool:
    """Itself, an element of it, or a part of what is asked for: its place stands in there."""
    return not {region.id, region.within}.isdisjoint(wanted) or (
        region.each is not None and any(name.startswith(f"{region.id}-") for name in wanted)
    )


def _marked(html: str, region_id: str) -> str:
    """The screen knows a region by `data-region`. Without a reader, a form carries no token."""
    name = f'id="{region_id}"'
    html = _INDENT.sub(">\n<", html.strip()).replace(name, f"{name} data-region", 1)
    return mark_safe(html.replace(_TOKEN, ""))  # noqa: S308 - a rendered template


def beat(pulse: int, refreshed_at: datetime) -> str:
    """What a screen compares: anything said or moved, or any item's standing computed anew."""
    return f"{pulse}-{int(refreshed_at.timestamp() * 1000)}"


def partials(regions: Mapping[str, str]) -> str:
    """Regions as htmx takes them: each morphs what stands in its place."""
    pieces = (
        f'<hx-partial hx-target="#{region_id}" hx-swap="outerMorph">{html}</hx-partial>'
        for region_id, html in regions.items()
    )
    return mark_safe("\n".join(pieces))  # noqa: S308 - rendered templates


_INDENT = re.compile(r">\s*\n\s*<")  # of the templates: nobody sees it, and every screen would receive it
_SLOT = re.compile(r'<(\w+) id="([\w-]+)" data-slot></\1>')


def slot(name: str, region_id: str) -> str:
    """The place of a part within a region. A screen never puts it over a part that stands there."""
    tag = next(region.tag for region in REGIONS if region.id == name)
    return mark_safe(f'<{tag} id="{region_id}" data-slot></{tag}>')  # noqa: S308 - from the table


def put_together(regions: Mapping[str, str], region_id: str) -> str:
    """A region with its parts in their places, as the page shows it."""
    return _SLOT.sub(lambda found: put_together(regions, found[2]), regions[region_id])


def parts_of(regions: Mapping[str, str], region_id: str) -> set[str]:
    """The ids of all parts within a region, and within those."""
    inside = {found[2] for found in _SLOT.finditer(regions[region_id])}
    return inside.union(*(parts_of(regions, part) for part in inside))


def _context(shown: Shown) -> dict[str, Any]:
    """What the regions' templates find; what costs a query is a function, asked by those who need it."""
    meeting, review, point = shown.meeting, shown.review, shown.point
    return {
        "meeting": meeting,
        "review": review,
        "stance": shown.stance,
        "can_speak": shown.can_speak,
        "can_write": shown.stance is not Stance.LOOKING and review.is_live,
        "leads": shown.stance is Stance.LEADING and review.is_running,
        "point": point,
        "stage": Stage(meeting, point) if point else None,
        "before": meeting.neighbours(point)[0],
        "writers": meeting.company.writers_of(point),
        "looked": shown.elsewhere,
        "is_changing": shown.is_changing,
        "last_words": cache(lambda: last_words(meeting)),
        "passed_how": cache(lambda: by_how(meeting.passed)),
        "ahead": cache(lambda: outlook(meeting)),
        "news": cache(lambda: last_news(meeting)),
        "timing_problem": timing_problem(meeting),
        "doors_problem": rules.doors_problem(review.status, review.starts_at, meeting.now),
        "form": cache(lambda: VerdictForm(point=point, now=meeting.now) if point else None),
        "notes_form": cache(
            lambda: NotesForm(initial={"notes": review.notes, "version": review.notes_version}, prefix="notes")
        ),
        "decision_form": cache(
            lambda: DecisionForm(computed=meeting.verdict.decision, initial={"version": review.version})
        ),
        "ending": cache(lambda: Ending(meeting)),
        "sheet": cache(lambda: Sheet.of_draft(meeting)),
    } | dict(shown.more)


def timing_problem(meeting: Meeting) -> str:
    """Why the meeting can't begin on this day."""
    review, today = meeting.review, timezone.localtime(meeting.now).date()
    return rules.timing_problem(today, go_live_of(review.service), review.timing_reason) or ""
