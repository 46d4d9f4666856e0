"""Four places, each with one of everything that an address can name; and ten people, each of whom is something somewhere.

`own`: the service `checkout` of payments. `sibling`: another service of payments, which names nobody. `foreign`: a service of
team search. `elsewhere`: the service of `own`, but a review of it to which the guest was not invited.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from readiness.accounts.actions import tokens
from readiness.accounts.models import Grant, SavedView, Team, Token, User
from readiness.accounts.rules import Role
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment, Comment, Evidence, Gap, Item, LaunchPlan, Step, Waiver
from readiness.catalog.models import Service
from readiness.checklists.models import Checklist, Version
from readiness.checks import actions as checks
from readiness.checks.models import Check, Drill, Trial
from readiness.mail.actions import preferences_of, queue
from readiness.mail.models import Mail, Preferences
from readiness.portfolio.campaigns.actions import Said, start_campaign
from readiness.portfolio.campaigns.scope import Scope
from readiness.portfolio.models import Campaign, ShareLink
from readiness.portfolio.sharing.actions import make_link
from reviews import actions as reviews
from reviews.meeting import Meeting
from reviews.models import (
    AgendaItem,
    Ballot,
    Incident,
    Packet,
    ParkedTopic,
    Participant,
    Review,
    SpokenWord,
    TalkRequest,
    Vote,
)  # fmt: skip
from reviews.packet import build, canonical, digest
from reviews.rules import AgendaReason, ParticipantRole, ReviewStatus
from tests.assessments.small import NOTE, pack, see
from tests.cast import Cast, give, person, published, service
from tests.checks.connecting import connected
from tests.outgoing.receiving import told

PEOPLE = ("ada", "mia", "theo", "olga", "pia", "rob", "vera", "sam", "eve", "nora")
PLACES = ("own", "sibling", "foreign", "elsewhere")
_PAYMENTS = {"mia": Role.MANAGER, "rob": Role.TECH_LEAD, "vera": Role.VIEWER}
_NAMED = {"theo": Role.TECH_LEAD, "olga": Role.ON_CALL, "pia": Role.ON_CALL}
TRIED = {
    "own": PEOPLE,
    "sibling": ("theo", "olga", "rob", "eve"),
    "foreign": ("ada", "mia", "theo", "olga", "vera", "sam", "eve"),
    "elsewhere": ("mia", "theo", "eve"),
}
"""Everybody at their own place; elsewhere one of each kind, the others would be answered the same."""
ROLES: dict[str, dict[str, Role]] = {
    "own": {"ada": Role.ADMIN, **_PAYMENTS, **_NAMED, "eve": Role.EXTERNAL},
    "sibling": {"ada": Role.ADMIN, **_PAYMENTS},
    "foreign": {"ada": Role.ADMIN, "sam": Role.TECH_LEAD},
    "elsewhere": {"ada": Role.ADMIN, **_PAYMENTS, **_NAMED},
}
"""What each is to the service, or to the review, of each place; nothing where they are not listed. Nora is nothing anywhere."""
GRANTED = {
    "ada": Role.ADMIN,
    "mia": Role.MANAGER,
    "rob": Role.TECH_LEAD,
    "vera": Role.VIEWER,
    "sam": Role.TECH_LEAD,
    "eve": Role.EXTERNAL,
}
"""By a grant, wherever it counts."""
SECRETS = {"own": "Xylophone", "sibling": "Yttrium", "foreign": "Zirconium"}
"""A word that stands in whatever belongs to the place, and nowhere else."""
TRIAL = "0123456789abcdef"


@dataclass(frozen=True)
class Place:
    """`live` is a review in progress, `decided` one with its packet."""

    name: str
    team: Team
    service: Service
    assessment: Assessment
    item: Item
    excused: Item
    gap: Gap
    step: Step
    comment: Comment
    waiver: Waiver
    evidence: Evidence
    check: Check
    drill: Drill
    live: Review
    decided: Review
    seat: Participant
    point: AgendaItem
    spoken: SpokenWord
    talk_request: TalkRequest
    ballot: Ballot
    topic: ParkedTopic
    packet: Packet
    incident: Incident
    campaign: Campaign
    mail: Mail
    """To the lead."""
    share: ShareLink
    member: User
    """A viewer of the team."""
    grant: Grant
    lead: User
    second: User
    token: Token
    view: SavedView
    """The lead's own."""


@dataclass(frozen=True)
class World:
    people: dict[str, User]
    places: dict[str, Place]
    checklist: Checklist
    version: Version
    preferences: Preferences

    def __getitem__(self, name: str) -> Place:
        return self.places[name]


def build_world(cast: Cast) -> World:
    """`cast` with real time: pages ask the clock."""
    version = published(pack(), now=timezone.now())
    people = {name: getattr(cast, name) for name in PEOPLE if name != "nora"} | {"nora": person("Nora")}
    sue, max_ = person("Sue"), person("Max")
    give(sue, Role.VIEWER, team=cast.search)
    give(max_, Role.MANAGER, team=cast.search)
    soon = timezone.localdate() + timedelta(days=17)
    Service.objects.filter(pk__in=[cast.checkout.pk, cast.index.pk]).update(go_live_on=soon)
    cast.checkout.refresh_from_db()
    cast.index.refresh_from_db()
    ledger = service("ledger", cast.payments, traits=["http-api"], go_live_on=soon)
    own = _place("own", cast.checkout, version, lead=cast.theo, second=cast.mia, member=cast.vera)
    places = {
        "own": own,
        "sibling": _place("sibling", ledger, version, lead=cast.rob, second=cast.mia, member=cast.vera),
        "foreign": _place("foreign", cast.index, version, lead=cast.sam, second=max_, member=sue),
        "elsewhere": _elsewhere(own),
    }
    Participant.objects.create(
        review=own.decided, person=cast.olga, role=ParticipantRole.ON_CALL, present_since=timezone.now()
    )
    Grant.objects.filter(user=cast.eve).delete()
    for review in (own.live, own.decided):
        give(cast.eve, Role.EXTERNAL, service=cast.checkout, review_id=review.pk)
    connected(cast)
    told(cast)
    return World(people, places, version.checklist, version, preferences_of(cast.theo))


def _place(name: str, service: Service, version: Version, *, lead: User, second: User, member: User) -> Place:
    now, secret = timezone.now(), SECRETS[name]
    Service.objects.filter(pk=service.pk).update(name=f"{secret} {service.slug}", description=f"All about {secret}.")
    service.refresh_from_db()
    endpoints = {
        "live_url": f"https://{secret.lower()}.example/live",
        "ready_url": f"https://{secret.lower()}.example/ready",
    }
    Service.objects.filter(pk=service.pk).update(endpoints=endpoints)
    service.refresh_from_db()
    assessment = assessments.start(service=service, by=lead, now=now, version=version)
    see(assessment, "probed", "fail", now=now, reason=f"{secret} did not answer.", check_id=None)
    checks.plan(service=service, by=lead, now=now)
    item = _item(service, "probed")
    gap = Gap.objects.get(item=item)
    waiver = assessments.request_waiver(
        by=lead, item=_item(service, "probed"), reason=f"{secret} waits for a cluster of its own, which is ordered.",
        mitigation=f"Traffic to {secret} is capped at a tenth until then.", ends_on=now.date() + timedelta(days=30), now=now,
    )  # fmt: skip
    evidence = _attested(service, lead, second, secret)
    excused = _item(service, "either")
    assessments.excuse(
        by=lead, item=excused, version=excused.version, reason=f"{secret} rotates nothing: it has no secrets.", now=now
    )
    _launch(service, lead, secret)
    live = _review(assessment, lead, second, secret, ReviewStatus.IN_PROGRESS)
    decided = _review(assessment, lead, second, secret, ReviewStatus.DECIDED)
    point = AgendaItem.objects.create(
        review=live, item=_item(service, "mixed"), position=1, reason=AgendaReason.UNMET, status_before="unknown"
    )
    return Place(
        name=name, team=service.team, service=service, assessment=assessment, item=_item(service, "probed"),
        excused=_item(service, "either"), gap=gap, waiver=waiver, evidence=evidence,
        step=_step(gap, lead, secret), comment=_comment(gap, lead, secret),
        check=Check.objects.filter(service=service).order_by("pk")[0], drill=_drill(service, lead), live=live, decided=decided,
        seat=live.participants.get(role=ParticipantRole.MEMBER), point=point, spoken=_spoken(point, lead),
        talk_request=_asked(point, second, secret), ballot=_ballot(point, second, secret), topic=_topic(point, second, secret),
        packet=_packet(decided), member=member,
        incident=_incident(service, lead, secret),
        share=_share(service, second, secret),
        campaign=_campaign(service, second, "payments" if name == "sibling" else secret),
        mail=_mail(lead, secret),
        grant=Grant.objects.get(user=member), lead=lead, second=second, token=_token(service, lead, secret),
        view=SavedView.objects.create(person=lead, page="gaps", name=secret, query=f"q={secret}"),
    )  # fmt: skip


def _mail(lead: User, secret: str) -> Mail:
    words = {"subject": f"{secret} is late", "text": f"{secret} is late.", "html": f"<p>{secret} is late.</p>"}
    mail = queue(
        recipient=lead,
        kind="letter",
        matter=secret,
        slot="1",
        why=f"because you lead {secret}",
        now=timezone.now(),
        **words,
    )
    assert mail is not None
    return mail


def _step(gap: Gap, lead: User, secret: str) -> Step:
    return assessments.add_step(by=lead, gap=gap, text=f"Order more of {secret}.", now=timezone.now())


def _comment(gap: Gap, lead: User, secret: str) -> Comment:
    return assessments.write_comment(by=lead, gap=gap, text=f"{secret} is slow.", now=timezone.now())


def _spoken(point: AgendaItem, lead: User) -> SpokenWord:
    """A word that changed nothing but itself."""
    nothing = {
        "word": "",
        "note": "",
        "owner_id": None,
        "due_on": None,
        "plan": "",
        "said_by_id": None,
        "said_at": None,
    }
    return SpokenWord.objects.create(
        agenda_item=point, by=lead, at=timezone.now(), version=point.version, word="parked", before=nothing
    )


def _ballot(point: AgendaItem, person: User, secret: str) -> Ballot:
    """Open, with one vote."""
    now, asked = timezone.now(), f"Is {secret} good enough?"
    ballot = Ballot.objects.create(agenda_item=point, question=asked, opened_by=person, opened_at=now)
    Vote.objects.create(ballot=ballot, person=person, choice="no", why=f"{secret} was never tried.", cast_at=now)
    return ballot


def _topic(point: AgendaItem, person: User, secret: str) -> ParkedTopic:
    return ParkedTopic.objects.create(
        review=point.review, about=point, text=f"Who pays for {secret}?", parked_by=person, parked_at=timezone.now()
    )


def _asked(point: AgendaItem, person: User, secret: str) -> TalkRequest:
    return TalkRequest.objects.create(
        review=point.review, item=point.item, person=person, why=f"{secret} looks odd.", asked_at=timezone.now()
    )


def _launch(service: Service, lead: User, secret: str) -> None:
    """A plan that says who is told, and one of its queries was tried."""
    LaunchPlan.objects.create(
        service=service, decider=lead, audiences=[{"who": secret, "when": "the day before", "channel": f"#{secret}"}]
    )
    Trial.objects.create(
        service=service, key=TRIAL, query=f"sum({secret.lower()}_total)", asked_by=lead, asked_at=timezone.now()
    )


def _incident(service: Service, lead: User, secret: str) -> Incident:
    now = timezone.now()
    return reviews.write_incident(
        by=lead, service=service, happened_at=now, title=f"{secret} stood still", link="", named=["probed"], missing="",
        what_happened=f"All of {secret} hung.", now=now,
    )  # fmt: skip


def _campaign(service: Service, manager: User, secret: str) -> Campaign:
    now, scope = timezone.now(), Scope(teams=(service.team_id,))
    until = timezone.localdate() + timedelta(days=30)
    said = Said(f"All of {secret}", f"{secret} fell.", scope, until, manager)
    return start_campaign(by=manager, item_key="probed", criterion_key="", said=said, now=now)


def _share(service: Service, manager: User, secret: str) -> ShareLink:
    query = f"team={service.team.slug}&q={secret}"
    return make_link(by=manager, name=f"{secret}, for the board", query=query, days=7, now=timezone.now()).link


def _drill(service: Service, lead: User) -> Drill:
    """Sent, and waiting."""
    now, check = timezone.now(), Check.objects.filter(service=service).order_by("pk")[0]
    until = now + timedelta(minutes=15)
    return Drill.objects.create(
        check_row=check, started_by=lead, started_at=now, sent_at=now, due_at=until, state="sent"
    )


def _token(service: Service, lead: User, secret: str) -> Token:
    lasts, now = timedelta(days=30), timezone.now()
    return tokens.mint(
        by=lead, target=service.target, service=service.name, name=f"CI of {secret}", lasts=lasts, now=now
    ).token


def _item(service: Service, key: str) -> Item:
    items = Item.objects.select_related("assessment__service__team", "assessment__version")
    return items.get(assessment__service=service, key=key)


def _attested(service: Service, lead: User, second: User, secret: str) -> Evidence:
    """Not witnessed yet, with a file."""
    now = timezone.now()
    file = SimpleUploadedFile(f"{secret.lower()}.txt", f"{secret} in a file".encode())
    return assessments.attest(
        by=lead, item=_item(service, "drilled"), criterion_key="done", link=f"https://wiki.example/{secret}",
        performed_on=now.date() - timedelta(days=1), performed_by=lead, witness=second, note=f"{secret}: {NOTE}", now=now,
        file=file,
    )  # fmt: skip


def _review(assessment: Assessment, lead: User, second: User, secret: str, status: ReviewStatus) -> Review:
    now = timezone.now()
    values: dict[str, Any] = {"running_since": now, "started_at": now} if status is ReviewStatus.IN_PROGRESS else {}
    if status is ReviewStatus.DECIDED:
        values = {"decided_by": lead, "decided_at": now, "decision": "no_go", "computed_decision": "no_go"}
    review = Review.objects.create(
        service=assessment.service, assessment=assessment, status=status, lead=lead, scheduled_by=lead, starts_at=now,
        place=f"Room {secret}", notes=f"{secret} was talked about.", facilitator=lead, **values,
    )  # fmt: skip
    for seated, role in ((lead, ParticipantRole.LEAD), (second, ParticipantRole.MEMBER)):
        Participant.objects.create(review=review, person=seated, role=role, present_since=now)
    return review


SEATED = {"own": {"theo", "mia", "olga"}, "elsewhere": {"theo"}}
"""Who has a seat in the decided review, by place; of those that this world tells apart from one another."""


def _packet(review: Review) -> Packet:
    body = canonical(build(Meeting.of(Review.objects.for_page().get(pk=review.pk), timezone.now()), []))
    return Packet.objects.create(review=review, body=body, digest=digest(body), frozen_at=timezone.now())


def _elsewhere(own: Place) -> Place:
    """A second decided review of the same service, which stands for the live one too: there is one of those."""
    review = _review(own.assessment, own.lead, own.lead, SECRETS["own"], ReviewStatus.DECIDED)
    point = AgendaItem.objects.create(
        review=review, item=own.item, position=1, reason=AgendaReason.UNMET, status_before="unknown"
    )
    fields = {name: getattr(own, name) for name in Place.__dataclass_fields__}
    seat = review.participants.get(role=ParticipantRole.MEMBER)
    return Place(
        **fields
        | {
            "name": "elsewhere",
            "live": review,
            "decided": review,
            "seat": seat,
            "point": point,
            "spoken": _spoken(point, own.lead),
            "talk_request": _asked(point, own.lead, SECRETS["own"]),
            "ballot": _ballot(point, own.lead, SECRETS["own"]),
            "topic": _topic(point, own.lead, SECRETS["own"]),
            "packet": _packet(review),
        }
    )
