"""Every address of the site and each of its methods: who may, about what, and what to send. A route that is missing here fails.

`Ask` says how to ask: which `kwargs` the address takes at a place, and a `body` that is complete enough to reach the question
whether the person may. `ids` are the fields of the body that name rows: a row of another place must be refused there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from readiness.accounts.rules import Action
from readiness.assessments.launch import Audience, line_key
from readiness.outgoing.models import Delivery, Receiver
from tests.permissions.gates import (
    Anywhere,
    Either,
    Everywhere,
    Gate,
    OfCampaign,
    OfShare,
    OfTeam,
    On,
    OnOutcome,
    OnReview,
    Open,
    OverPerson,
    Own,
    OwnMail,
    SignedIn,
)
from tests.permissions.world import SECRETS, TRIAL, Place, World

type At = Callable[[Place], dict[str, Any]]


def nothing(_: Place) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Ask:
    """`fine`: statuses that an allowed person may get beside 2xx and 302: a rule of the domain may still refuse (409, 422)."""

    gate: Gate
    kwargs: At = nothing
    body: At = nothing
    ids: tuple[str, ...] = ()
    fine: frozenset[int] = frozenset()


type Methods = dict[str, Ask]
RULES_MAY_REFUSE = frozenset({409, 422})


def get(gate: Gate, kwargs: At = nothing, *, fine: frozenset[int] = frozenset()) -> Methods:
    return {"GET": Ask(gate, kwargs, fine=fine)}


def post(gate: Gate, kwargs: At = nothing, body: At = nothing, *, ids: tuple[str, ...] = ()) -> Methods:
    return {"POST": Ask(gate, kwargs, body, ids, RULES_MAY_REFUSE)}


def form(gate: Gate, kwargs: At = nothing, body: At = nothing, *, ids: tuple[str, ...] = ()) -> Methods:
    return get(gate, kwargs) | post(gate, kwargs, body, ids=ids)


# Where things are


def of_service(place: Place) -> dict[str, Any]:
    return {"slug": place.service.slug}


def told(place: Place) -> dict[str, Any]:
    secret = SECRETS.get(place.name, "")
    return {"key": line_key(Audience(who=secret, when="the day before", channel=f"#{secret}"))}


def of_item(place: Place) -> dict[str, Any]:
    return {"slug": place.service.slug, "key": place.item.key}


def of_excused(place: Place) -> dict[str, Any]:
    return {"slug": place.service.slug, "key": place.excused.key}


def of_gap(place: Place) -> dict[str, Any]:
    return {"gap_id": place.gap.pk}


def of_step(place: Place) -> dict[str, Any]:
    return {"gap_id": place.gap.pk, "step_id": place.step.pk}


def of_comment(place: Place) -> dict[str, Any]:
    return {"gap_id": place.gap.pk, "comment_id": place.comment.pk}


def of_waiver(place: Place) -> dict[str, Any]:
    return {"waiver_id": place.waiver.pk}


def of_evidence(place: Place) -> dict[str, Any]:
    return {"evidence_id": place.evidence.pk}


def of_check(place: Place) -> dict[str, Any]:
    return {"pk": place.check.pk}


def of_drill(place: Place) -> dict[str, Any]:
    return {"key": place.drill.key}


def of_token(place: Place) -> dict[str, Any]:
    return {"slug": place.service.slug, "pk": place.token.pk}


def of_mail(place: Place) -> dict[str, Any]:
    return {"pk": place.mail.pk}


def of_live(place: Place) -> dict[str, Any]:
    return {"review_id": place.live.pk}


def of_decided(place: Place) -> dict[str, Any]:
    return {"review_id": place.decided.pk}


def of_point(place: Place) -> dict[str, Any]:
    return {"review_id": place.live.pk, "agenda_id": place.point.pk}


def of_word(place: Place) -> dict[str, Any]:
    return {"review_id": place.live.pk, "spoken_id": place.spoken.pk}


def of_incident(place: Place) -> dict[str, Any]:
    return {"incident_id": place.incident.pk}


def of_ballot(place: Place) -> dict[str, Any]:
    return {"review_id": place.live.pk, "ballot_id": place.ballot.pk}


def of_topic(place: Place) -> dict[str, Any]:
    return {"review_id": place.live.pk, "topic_id": place.topic.pk}


def of_view(place: Place) -> dict[str, Any]:
    return {"pk": place.view.pk}


def of_member(place: Place) -> dict[str, Any]:
    return {"pk": place.member.pk}


def of_grant(place: Place) -> dict[str, Any]:
    return {"pk": place.member.pk, "grant_id": place.grant.pk}


def of_team(place: Place) -> dict[str, Any]:
    return {"slug": place.team.slug}


def of_campaign(place: Place) -> dict[str, Any]:
    return {"pk": place.campaign.pk}


def of_source(_: Place) -> dict[str, Any]:
    return {"kind": "prometheus"}


# What is sent


def source(_: Place) -> dict[str, Any]:
    return {"version": 1, "address": "https://prometheus.example", "way": "none"}


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def plan(place: Place) -> dict[str, Any]:
    return {"version": place.gap.version, "owner": place.lead.pk, "due_on": in_days(5), "plan": "Mend it."}


def meeting(place: Place) -> dict[str, Any]:
    return {
        "version": place.live.version,
        "day": in_days(2),
        "at": "10:00",
        "minutes": 30,
        "timing_reason": "It is urgent.",
    }


def verdict(place: Place) -> dict[str, Any]:
    said = {"word": "gap", "owner": place.lead.pk, "due_on": in_days(5), "plan": "Mend it.", "note": ""}
    return said | {"version": place.point.version}


def happened(place: Place) -> dict[str, Any]:
    return {
        "day": in_days(-1), "at": "10:00", "title": "Payments hung", "what_happened": "The probe said nothing.",
        "named": [place.item.key],
    }  # fmt: skip


def campaign(place: Place) -> dict[str, Any]:
    said = {"name": "Every one", "due_on": in_days(30), "owner": place.second.pk, "teams": place.team.pk}
    return said | {"what": place.item.key, "version": place.campaign.version}


def moved(place: Place) -> dict[str, Any]:
    return {"version": place.live.version, "to": place.point.pk}


def many(place: Place) -> dict[str, Any]:
    return {"gap": f"{place.gap.pk}:{place.gap.version}", "what": "comment", "text": "Is this still so?"}


def sheet(place: Place) -> dict[str, Any]:
    text = f"gap,due_on\r\n{place.gap.pk},{in_days(5)}\r\n"
    return {"file": SimpleUploadedFile("gaps.csv", text.encode(), "text/csv")}


def attestation(place: Place) -> dict[str, Any]:
    return {
        "proves": "done:drill", "criterion": "done", "link": "https://wiki.example/x", "performed_on": in_days(-1),
        "performed_by": place.lead.pk, "witness": place.member.pk, "note": "We pulled the plug and watched. " * 4,
    }  # fmt: skip


def report(_: Place) -> dict[str, Any]:
    """The world's checklist asks for none: read, and refused with a sentence."""
    return {
        "file": SimpleUploadedFile("r.xml", b"<testsuite><testcase/></testsuite>"),
        "finished_at": f"{in_days(-1)}T10:00",
    }


def report_by_program(place: Place) -> dict[str, Any]:
    return report(place) | {"finished_at": f"{in_days(-1)}T10:00:00Z"}


def edited(place: Place) -> dict[str, Any]:
    service = place.service
    return {
        "version": service.version, "name": service.name, "team": service.team_id, "tier": service.tier,
        "lifecycle": service.lifecycle, "tech_lead": service.tech_lead_id or "",
    }  # fmt: skip


def registered(place: Place) -> dict[str, Any]:
    return {"slug": "brand-new", "name": "Brand new", "team": place.team.pk, "tier": 3, "lifecycle": "prototype"}


def waiver_wanted(_: Place) -> dict[str, Any]:
    return {"reason": "It waits for hardware. " * 4, "mitigation": "Traffic is capped. " * 4, "ends_on": in_days(20)}


def invited(place: Place) -> dict[str, Any]:
    return {"person": place.member.pk, "role": "member"}


def of_participant(place: Place) -> dict[str, Any]:
    return {"review_id": place.live.pk, "participant_id": place.seat.pk}


def registered_by_program(place: Place) -> dict[str, Any]:
    return {"slug": "brand-new", "name": "Brand new", "team": place.team.slug}


def edited_by_program(place: Place) -> dict[str, Any]:
    return {"version": place.service.version, "team": place.team.slug, "tier": 4}


def planned_by_program(place: Place) -> dict[str, Any]:
    return {"version": place.gap.version, "owner": place.lead.email, "plan": "Mend it."}


def of_receiver(_: Place) -> dict[str, Any]:
    return {"pk": Receiver.objects.get().pk}


def of_delivery(_: Place) -> dict[str, Any]:
    return {"pk": Delivery.objects.get().pk}


def receiver(_: Place) -> dict[str, Any]:
    return {"version": 1, "name": "Ours", "address": "https://hooks.example/in", "events": "gap.opened"}


CONNECTS = Everywhere(Action.CONNECT_INTEGRATION)
EVERY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE")
PACK = "key: small\nname: Small\n"

ROUTES: Mapping[str, Methods] = {
    # The machine room
    "live": get(Open()),
    "ready": get(Open()),
    "metrics": get(Open()),
    "assessments:receive-traces": {
        "POST": Ask(Open(), fine=frozenset({401}))
    },  # a service's token, and no session, lets in
    # For programs: they are answered 401 rather than sent to the sign-in page
    "api-docs": get(SignedIn()),
    "api-nothing": {method: Ask(Open(), fine=frozenset({404})) for method in EVERY_METHOD},
    "api:api-root": {method: Ask(Open(), fine=frozenset({404})) for method in EVERY_METHOD},
    "api:openapi-json": get(Open()),
    "api:list_services": get(SignedIn())
    | post(Anywhere(Action.CREATE_SERVICE), nothing, registered_by_program, ids=("team",)),
    "api:get_service": get(On(Action.SEE), of_service)
    | {"PATCH": Ask(On(Action.EDIT_SERVICE), of_service, edited_by_program, ("team",), RULES_MAY_REFUSE)},
    "api:ask_gate": get(On(Action.SEE), of_service),
    "api:get_assessment": get(On(Action.SEE), of_service),
    "api:push_evidence": post(On(Action.ATTACH_EVIDENCE), of_service, report_by_program),
    "api:get_badge": get(Open(), of_service, fine=frozenset({404})),
    "api:get_drain_drill": get(SignedIn()),
    "api:run_checks": post(On(Action.RUN_CHECK), of_service),
    "api:list_gaps": get(SignedIn()),
    "api:plan_gap": {"PATCH": Ask(On(Action.PLAN_GAP), of_gap, planned_by_program, ("owner",), RULES_MAY_REFUSE)},
    "api:get_packet": get(OnOutcome(Action.EXPORT), of_decided),
    # Signing in (allauth)
    "account_login": form(Open()),
    "account_logout": form(Open()),
    "account_inactive": get(Open()),
    "account_signup": form(Open()),
    "account_reset_password": form(Open()),
    "account_reset_password_done": get(Open()),
    "account_reset_password_from_key": form(Open(), lambda _: {"uidb36": "1", "key": "made-up"}),
    "account_reset_password_from_key_done": get(Open()),
    "account_reauthenticate": form(SignedIn()),
    "account_change_password": form(SignedIn()),
    "account_set_password": form(SignedIn()),
    # People
    "accounts:first-run": {method: Ask(Open(), fine=frozenset({404})) for method in ("GET", "POST")},
    "accounts:settings": form(SignedIn(), nothing, lambda _: {"version": 1, "name": "N", "time_zone": "UTC"}),
    "accounts:roles": get(SignedIn()),
    "accounts:people": get(Anywhere(Action.MANAGE_PEOPLE)),
    "accounts:invite": form(
        Anywhere(Action.MANAGE_PEOPLE),
        nothing,
        lambda place: {"name": "New", "email": "new@example.com", "role": "viewer", "team": place.team.pk},
        ids=("team",),
    ),
    "accounts:person": get(OverPerson(), of_member),
    "accounts:give-role": post(
        OverPerson(), of_member, lambda p: {"role": "on-call", "team": p.team.pk}, ids=("team",)
    ),
    "accounts:withdraw-role": post(OverPerson(), of_grant),
    "accounts:invite-again": post(OverPerson(), of_member),
    "accounts:change-address": post(
        OverPerson(by_administrators_only=True),
        of_member,
        lambda p: {"version": p.member.version, "email": "new@example.com"},
    ),
    "mail:try-again-for": post(OverPerson(), of_member),
    "mail:try-again": post(SignedIn()),
    "accounts:deactivate": post(
        OverPerson(by_administrators_only=True), of_member, lambda p: {"version": p.member.version}
    ),
    "accounts:reactivate": post(
        OverPerson(by_administrators_only=True), of_member, lambda p: {"version": p.member.version}
    ),
    "accounts:save-view": post(
        SignedIn(), lambda _: {"page": "gaps"}, lambda _: {"name": "Mine", "query": "gate=hard"}
    ),
    "accounts:view": form(Own(), of_view, lambda p: {"name": "Mine", "version": p.view.version}),
    "accounts:delete-view": post(Own(), of_view, lambda p: {"name": "Mine", "version": p.view.version}),
    "accounts:teams": get(SignedIn()),
    "accounts:new-team": form(Anywhere(Action.CREATE_SERVICE), nothing, lambda _: {"name": "Brand new"}),
    "accounts:team": get(OfTeam(Action.SEE), of_team)
    | post(OfTeam(Action.CREATE_SERVICE), of_team, lambda p: {"version": p.team.version, "name": "Renamed"}),
    "mail:preferences": form(
        SignedIn(), nothing, lambda _: {"version": 1, "rhythm": "daily", "weekly_on": 0, "digest_hour": 9}
    ),
    "mail:sent": get(SignedIn()),
    "mail:letter": get(OwnMail(), of_mail),
    "mail:letter-html": get(OwnMail(), of_mail),
    "mail:unsubscribe": {
        method: Ask(Open(), lambda _: {"token": "made-up"}, fine=frozenset({404})) for method in ("GET", "POST")
    },
    "reminders:today": get(SignedIn()),
    "mail:unsubscribe-portfolio": {
        method: Ask(Open(), lambda _: {"token": "made-up"}, fine=frozenset({404})) for method in ("GET", "POST")
    },
    "mail:subscribe-portfolio-again": {"POST": Ask(Open(), lambda _: {"token": "made-up"}, fine=frozenset({404}))},
    "reminders:away": form(SignedIn(), nothing, lambda _: {"version": 1, "away_from": "2026-03-02"}),
    "reminders:come-back": post(SignedIn(), nothing, lambda _: {"version": 1}),
    "mail:subscribe-again": {"POST": Ask(Open(), lambda _: {"token": "made-up"}, fine=frozenset({404}))},
    # History
    "history:history": get(Anywhere(Action.READ_HISTORY, by_name=True)),
    "history:history-csv": get(Anywhere(Action.READ_HISTORY, by_name=True)),
    # Services
    "portfolio:my-work": get(SignedIn()),
    "portfolio:portfolio": get(SignedIn()),
    "portfolio:portfolio-csv": get(Anywhere(Action.EXPORT, by_name=True)),
    "portfolio:shares": form(
        Anywhere(Action.SHARE), nothing, lambda p: {"name": "For the board", "days": 7, "query": f"team={p.team.slug}"}
    ),
    "portfolio:revoke-share": post(OfShare(), lambda p: {"pk": p.share.pk}, lambda p: {"version": p.share.version}),
    "portfolio:shared": get(Open(), lambda _: {"secret": "made-up"}, fine=frozenset({404})),
    "portfolio:insights": get(SignedIn()),
    "portfolio:insight": get(SignedIn(), lambda _: {"card": "worse"}),
    "portfolio:insight-csv": get(Anywhere(Action.EXPORT, by_name=True), lambda _: {"card": "ageing"}),
    "portfolio:insight-rows": get(SignedIn(), lambda _: {"kind": "gaps"}),
    "portfolio:insight-rows-csv": get(Anywhere(Action.EXPORT, by_name=True), lambda _: {"kind": "items"}),
    "portfolio:campaigns": get(SignedIn()),
    "portfolio:start-campaign": form(Anywhere(Action.RUN_CAMPAIGN), nothing, campaign, ids=("teams",)),
    "portfolio:campaign": get(OfTeam(Action.SEE), of_campaign),
    "portfolio:campaign-csv": get(OfCampaign(), of_campaign),
    "portfolio:edit-campaign": form(OfTeam(Action.RUN_CAMPAIGN), of_campaign, campaign, ids=("teams",)),
    "portfolio:end-campaign": post(OfTeam(Action.RUN_CAMPAIGN), of_campaign, lambda p: {"version": p.campaign.version}),
    "portfolio:resume-campaign": post(
        OfTeam(Action.RUN_CAMPAIGN), of_campaign, lambda p: {"version": p.campaign.version}
    ),
    "portfolio:services": get(SignedIn()),
    "portfolio:register": form(Anywhere(Action.CREATE_SERVICE), nothing, registered, ids=("team",)),
    "portfolio:import": form(Anywhere(Action.CREATE_SERVICE)),
    "portfolio:service": get(On(Action.SEE), of_service),
    "portfolio:edit-service": form(On(Action.EDIT_SERVICE), of_service, edited, ids=("team",)),
    "portfolio:pipeline": get(On(Action.SEE), of_service),
    "portfolio:measure": post(On(Action.EDIT_SERVICE), of_service),
    "portfolio:item": get(On(Action.SEE), of_item),
    "catalog:tokens": form(On(Action.MINT_TOKEN), of_service, lambda _: {"name": "CI", "days": 90}),
    "catalog:revoke-token": post(On(Action.MINT_TOKEN), of_token),
    # Checklists
    "checklists:checklists": get(SignedIn()),
    "checklists:import": form(Everywhere(Action.PUBLISH_CHECKLIST), nothing, lambda _: {"text": PACK}),
    "checklists:checklist": get(SignedIn(), lambda _: {"key": "small"}),
    "checklists:services": get(SignedIn(), lambda _: {"key": "small"}),
    "checklists:compare": get(SignedIn(), lambda _: {"key": "small"}),
    "checklists:edit": form(Everywhere(Action.PUBLISH_CHECKLIST), lambda _: {"key": "small"}, lambda _: {"text": PACK}),
    "checklists:publish": form(
        Everywhere(Action.PUBLISH_CHECKLIST), lambda _: {"key": "small"}, lambda _: {"revision": 1}
    ),
    "checklists:discard": post(
        Everywhere(Action.PUBLISH_CHECKLIST), lambda _: {"key": "small"}, lambda _: {"revision": 1}
    ),
    "checklists:version": get(SignedIn(), lambda _: {"key": "small", "number": 1}),
    "checklists:export": get(SignedIn(), lambda _: {"key": "small", "number": 1}),
    # Gaps, waivers, proof
    "assessments:gaps": get(SignedIn()),
    "assessments:gaps-csv": get(Anywhere(Action.EXPORT, by_name=True)),
    "assessments:many": post(SignedIn(), nothing, many),
    "assessments:give-back": post(SignedIn()),
    "assessments:gap-sheet": form(Anywhere(Action.PLAN_GAP, by_name=True), nothing, sheet),
    "assessments:gap": get(On(Action.SEE), of_gap),
    "assessments:row": form(On(Action.PLAN_GAP), of_gap, plan, ids=("owner",)),
    "assessments:plan": form(On(Action.PLAN_GAP), of_gap, plan, ids=("owner",)),
    "assessments:start": post(On(Action.PLAN_GAP), of_gap, plan),
    "assessments:propose-closed": post(
        On(Action.PROPOSE_CLOSED),
        of_gap,
        lambda p: {"version": p.gap.version, "note": "It answers again, see the log."},
    ),
    "assessments:verify-closed": post(On(Action.VERIFY_CLOSED), of_gap, lambda p: {"version": p.gap.version}),
    "assessments:send-back": post(
        On(Action.VERIFY_CLOSED), of_gap, lambda p: {"version": p.gap.version, "reason": "It does not answer."}
    ),
    "assessments:withdraw-proposal": post(On(Action.PROPOSE_CLOSED), of_gap, lambda p: {"version": p.gap.version}),
    "assessments:ticket": get(On(Action.SEE), of_gap)
    | post(On(Action.PLAN_GAP), of_gap, lambda _: {"url": "https://tickets.example/PAY-1", "shown": ""}),
    "assessments:remove-ticket": post(
        On(Action.PLAN_GAP), of_gap, lambda _: {"shown": "https://tickets.example/PAY-1"}
    ),
    "assessments:steps": get(On(Action.SEE), of_gap)
    | post(On(Action.PLAN_GAP), of_gap, lambda _: {"text": "Order a cluster."}),
    "assessments:edit-step": form(
        On(Action.PLAN_GAP), of_step, lambda p: {"version": p.step.version, "text": "Order two."}
    ),
    "assessments:move-step": post(On(Action.PLAN_GAP), of_step, lambda p: {"version": p.step.version, "to": "up"}),
    "assessments:tick-step": post(On(Action.PLAN_GAP), of_step, lambda p: {"version": p.step.version, "is_done": "on"}),
    "assessments:remove-step": post(On(Action.PLAN_GAP), of_step, lambda p: {"version": p.step.version}),
    "assessments:comments": get(On(Action.SEE), of_gap)
    | post(On(Action.COMMENT), of_gap, lambda _: {"text": "It is slow."}),
    "assessments:edit-comment": {
        method: Ask(On(Action.COMMENT), of_comment, ask, fine=RULES_MAY_REFUSE)  # its author alone: `own-words`
        for method, ask in (("GET", nothing), ("POST", lambda p: {"version": p.comment.version, "text": "It was."}))
    },
    "assessments:withdraw-comment": post(On(Action.COMMENT), of_comment, lambda p: {"version": p.comment.version}),
    "assessments:whom": get(On(Action.COMMENT), of_gap),
    "assessments:waivers": get(SignedIn()),
    "assessments:waiver": get(On(Action.SEE), of_waiver),
    "assessments:decide-waiver": post(
        On(Action.DECIDE_WAIVER),
        of_waiver,
        lambda p: {"version": p.waiver.version, "decision": "approve", "note": "Fine."},
    ),
    "assessments:revoke-waiver": post(
        Either(On(Action.DECIDE_WAIVER), On(Action.REQUEST_WAIVER)),
        of_waiver,
        lambda p: {"version": p.waiver.version, "note": "No longer needed."},
    ),
    "assessments:evidence": get(On(Action.SEE), of_evidence),
    "assessments:witness": post(On(Action.WITNESS), of_evidence),
    "assessments:evidence-file": get(Either(On(Action.EXPORT), On(Action.ATTACH_EVIDENCE)), of_evidence),
    "assessments:attest": form(On(Action.ATTEST), of_item, attestation, ids=("performed_by", "witness")),
    "assessments:excuse": form(
        On(Action.MARK_NOT_APPLICABLE),
        of_item,
        lambda p: {"version": p.item.version, "reason": "There is no such thing. " * 4},
    ),
    "assessments:confirm-excuse": post(
        On(Action.MARK_NOT_APPLICABLE), of_excused, lambda p: {"version": p.excused.version}
    ),
    "assessments:withdraw-excuse": post(
        On(Action.MARK_NOT_APPLICABLE), of_excused, lambda p: {"version": p.excused.version}
    ),
    "assessments:open-gap": post(On(Action.PLAN_GAP), of_item, lambda _: {"because": "It is missing."}),
    "assessments:request-waiver": form(On(Action.REQUEST_WAIVER), of_item, waiver_wanted),
    "assessments:launch-plan": get(On(Action.SEE), of_service) | post(On(Action.EDIT_SERVICE), of_service),
    "assessments:launch-day": get(On(Action.SEE), of_service),
    "assessments:prepare-launch": post(On(Action.CARRY_OUT_LAUNCH), of_service),
    "assessments:tell": post(On(Action.CARRY_OUT_LAUNCH), of_service, told),
    "assessments:untell": post(On(Action.CARRY_OUT_LAUNCH), of_service, told),
    "assessments:start-launch": post(On(Action.CARRY_OUT_LAUNCH), of_service),
    "assessments:next-step": post(
        On(Action.CARRY_OUT_LAUNCH), of_service, lambda _: {"step": 2, "reason": "It is time."}
    ),
    "assessments:roll-back": post(On(Action.CARRY_OUT_LAUNCH), of_service, lambda _: {"reason": "It is too slow."}),
    "assessments:finish-launch": post(On(Action.CARRY_OUT_LAUNCH), of_service, lambda _: {"is_confirmed": "on"}),
    "assessments:adopt-plan": post(On(Action.CARRY_OUT_LAUNCH), of_service),
    "assessments:confirm-on-call": post(On(Action.SEE), of_service),
    "assessments:metric-owner": form(
        On(Action.ATTACH_EVIDENCE),
        of_service,
        lambda p: {"metric": "Orders", "owner": p.lead.pk, "normal": "Between ten and twenty a minute."},
        ids=("owner",),
    ),
    "assessments:upload": form(On(Action.ATTACH_EVIDENCE), of_service, report),
    "assessments:upgrade": get(On(Action.SEE), of_service)
    | post(On(Action.EDIT_SERVICE), of_service, lambda p: {"version": p.assessment.version_id}),
    # Checks
    "checks:checks": get(On(Action.SEE), of_service),
    "checks:run-all": post(On(Action.RUN_CHECK), of_service),
    "checks:launch-live": get(On(Action.SEE), of_service),
    "checks:try-threshold": post(On(Action.EDIT_SERVICE), of_service, lambda _: {"thresholds-0-metric": "Errors"}),
    "checks:trial": get(On(Action.EDIT_SERVICE), lambda p: of_service(p) | {"key": TRIAL}),
    "checks:troubled": get(SignedIn()),
    "checks:check": get(On(Action.SEE), of_check),
    "checks:row": get(On(Action.SEE), of_check),
    "checks:configure": form(On(Action.CONFIGURE_CHECK), of_check, lambda p: {"version": p.check.version}),
    "checks:run": post(On(Action.RUN_CHECK), of_check),
    "checks:switch": post(On(Action.CONFIGURE_CHECK), of_check, lambda p: {"version": p.check.version, "to": "off"}),
    "checks:release": post(On(Action.RUN_CHECK), of_check),
    "checks:integrations": get(CONNECTS),
    "checks:integration": form(CONNECTS, of_source, source),
    "checks:integration-state": get(CONNECTS, of_source),
    "checks:test-integration": post(CONNECTS, of_source),
    "checks:forget-secret": post(CONNECTS, of_source, lambda _: {"version": 1}),
    "checks:switch-integration": post(CONNECTS, of_source, lambda _: {"version": 1, "to": "off"}),
    "checks:remove-integration": post(CONNECTS, of_source, lambda _: {"version": 1}),
    "outgoing:issue": get(On(Action.SEE), of_gap) | post(On(Action.PLAN_GAP), of_gap),
    "outgoing:receivers": get(CONNECTS),
    "outgoing:add": form(CONNECTS, lambda _: {"kind": "webhook"}, receiver),
    "outgoing:receiver": form(CONNECTS, of_receiver, receiver),
    "outgoing:test": post(CONNECTS, of_receiver),
    "outgoing:renew-secret": post(CONNECTS, of_receiver, lambda _: {"version": 1}),
    "outgoing:switch": post(CONNECTS, of_receiver, lambda _: {"version": 1, "to": "off"}),
    "outgoing:remove": post(CONNECTS, of_receiver, lambda _: {"version": 1}),
    "outgoing:delivery": get(CONNECTS, of_delivery),
    "outgoing:send-again": post(CONNECTS, of_delivery, lambda _: {"fence": 0}),
    "checks:start-drill": post(On(Action.RUN_CHECK), of_check),
    "checks:drill": get(On(Action.SEE), of_drill),
    "checks:drill-pulse": get(On(Action.SEE), of_drill),
    "checks:acknowledge-drill": post(On(Action.SEE), of_drill),
    "checks:cancel-drill": post(On(Action.RUN_CHECK), of_drill),
    # Reviews
    "reviews:reviews": get(SignedIn()),
    "reviews:mine": get(SignedIn()),
    "reviews:schedule": form(On(Action.SCHEDULE_REVIEW), of_service, meeting),
    "reviews:compare": get(On(Action.SEE), of_service),
    "reviews:incidents": get(On(Action.SEE), of_service),
    "reviews:write-incident": form(On(Action.COMMENT), of_service, happened),
    "reviews:incident": get(On(Action.SEE), of_incident),
    "reviews:edit-incident": form(
        On(Action.COMMENT), of_incident, lambda p: happened(p) | {"version": p.incident.version}
    ),
    "reviews:withdraw-incident": form(
        On(Action.EDIT_SERVICE), of_incident, lambda p: {"version": p.incident.version, "reason": "It was a drill."}
    ),
    "reviews:let-through": get(SignedIn(), lambda p: {"key": "small", "item_key": p.item.key}),
    "reviews:review": get(OnReview(Action.SEE), of_live),
    "reviews:pre-read": get(OnReview(Action.SEE), of_live),
    "reviews:mark-read": post(OnReview(Action.SEE), of_live),
    "reviews:ask-to-talk": post(
        OnReview(Action.COMMENT), lambda p: of_live(p) | {"key": p.excused.key}, lambda _: {"why": "Let us talk."}
    ),
    "reviews:withdraw-talk-request": post(
        OnReview(Action.COMMENT), lambda p: of_live(p) | {"request_id": p.talk_request.pk}
    ),
    "reviews:invitation": get(OnReview(Action.SEE), of_live),
    "reviews:reschedule": form(OnReview(Action.SCHEDULE_REVIEW), of_live, meeting),
    "reviews:cancel": form(
        OnReview(Action.SCHEDULE_REVIEW), of_live, lambda p: {"version": p.live.version, "reason": "Postponed."}
    ),
    "reviews:participants": post(OnReview(Action.SCHEDULE_REVIEW), of_live, invited),
    "reviews:remove-participant": post(OnReview(Action.SCHEDULE_REVIEW), of_participant),
    "reviews:room": get(OnReview(Action.SEE), of_live),
    "reviews:stream": get(OnReview(Action.SEE), of_live),
    "reviews:begin": post(OnReview(Action.LEAD_REVIEW), of_live, moved),
    "reviews:join": post(OnReview(Action.SEE), of_live),
    "reviews:move": post(OnReview(Action.RECORD_VERDICT), of_live, moved, ids=("to",)),
    "reviews:say": post(OnReview(Action.RECORD_VERDICT), of_point, verdict, ids=("owner",)),
    "reviews:read-notes": post(OnReview(Action.COMMENT), of_live, lambda _: {"notes-notes": "Noted."}),
    "reviews:read-line": get(OnReview(Action.RECORD_VERDICT), of_point),
    "reviews:take-back": post(OnReview(Action.RECORD_VERDICT), of_word, lambda p: {"version": p.point.version}),
    "reviews:settle": post(OnReview(Action.RECORD_VERDICT), of_point, verdict, ids=("owner",)),
    "reviews:confirm": post(
        OnReview(Action.MARK_NOT_APPLICABLE), of_point, lambda p: {"version": p.point.item.version}
    ),
    "reviews:raise-item": post(
        OnReview(Action.COMMENT), lambda p: of_live(p) | {"key": p.excused.key}, lambda _: {"why": "Let us talk."}
    ),
    "reviews:look": get(OnReview(Action.SEE), lambda p: of_live(p) | {"key": p.excused.key}),
    "reviews:open-ballot": post(OnReview(Action.RECORD_VERDICT), of_point, lambda _: {"question": "Is it good?"}),
    "reviews:ballot": get(OnReview(Action.SEE), of_ballot),
    "reviews:my-vote": get(OnReview(Action.SEE), of_ballot),
    "reviews:vote": post(OnReview(Action.COMMENT), of_ballot, lambda _: {"choice": "yes", "why": "It is."}),
    "reviews:reveal": post(OnReview(Action.RECORD_VERDICT), of_ballot),
    "reviews:park": post(OnReview(Action.COMMENT), of_live, lambda _: {"text": "Who pays for it?"}),
    "reviews:settle-topic": post(OnReview(Action.COMMENT), of_topic),
    "reviews:reopen-topic": post(OnReview(Action.COMMENT), of_topic),
    "reviews:notes": post(
        OnReview(Action.COMMENT), of_live, lambda p: {"notes-version": p.live.notes_version, "notes-notes": "Noted."}
    ),
    "reviews:acknowledge": post(OnReview(Action.RECORD_VERDICT), of_live, moved),
    "reviews:pause": post(OnReview(Action.RECORD_VERDICT), of_live, moved),
    "reviews:resume": post(OnReview(Action.RECORD_VERDICT), of_live, moved),
    "reviews:take-over": post(OnReview(Action.RECORD_VERDICT), of_live, moved),
    "reviews:hand-over": post(
        OnReview(Action.RECORD_VERDICT),
        of_live,
        lambda p: {"version": p.live.version, "to": p.seat.person_id},
        ids=("to",),
    ),
    "reviews:ready": post(OnReview(Action.RECORD_VERDICT), of_live, lambda p: {"at": p.point.pk}, ids=("at",)),
    "reviews:writing": post(OnReview(Action.COMMENT), of_live, lambda _: {"place": "notes"}),
    "reviews:decide": get(OnReview(Action.SEE), of_live)
    | post(
        OnReview(Action.LEAD_REVIEW),
        of_live,
        lambda p: {
            "version": p.live.version,
            "decision": "no_go",
            "stricter_reason": "It is not ready.",
            "is_sure": "on",
        },
    ),
    "reviews:packet": get(OnReview(Action.SEE), of_decided),
    "reviews:drift": get(OnReview(Action.SEE), of_decided),
    "reviews:packet-json": get(OnOutcome(Action.EXPORT), of_decided),
    "reviews:minutes": get(OnOutcome(Action.EXPORT), of_decided),
    "reviews:remind": post(OnReview(Action.LEAD_REVIEW), of_decided),
    "reviews:sign-off": post(
        OnReview(Action.SIGN_OFF), of_decided, lambda p: {"role": "lead", "digest": p.packet.digest, "comment": ""}
    ),
    "reviews:acknowledge-output": post(OnReview(Action.SEE), of_decided),
}


def strangers(world: World, place: Place, ask: Ask) -> list[tuple[dict[str, Any], dict[str, Any], str]]:
    """(kwargs, body, what was put in its place): each row that the address or the body names, taken from somewhere else."""
    foreign, kwargs, body = world["foreign"], ask.kwargs(place), ask.body(place)
    theirs, sent = ask.kwargs(foreign), ask.body(foreign)
    swaps = [
        (kwargs | {name: theirs[name]}, body, name)
        for name in kwargs
        if len(kwargs) > 1 and theirs[name] != kwargs[name]
    ]
    return swaps + [(kwargs, body | {name: sent[name]}, name) for name in ask.ids]
