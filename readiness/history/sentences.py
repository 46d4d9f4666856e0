"""How an entry reads: "Theo changed the due date of … from 3 March 2026 to 10 March 2026". Pure.

`PHRASES` says each verb; a verb that nobody listed is said by its own words. `{label}` is what changed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

PHRASES: Mapping[str, str] = {
    "service.created": "registered {label}",
    "service.edited": "edited {label}",
    "service.linked": "linked {label} to an imported catalog",
    "service.assessed": "measured {label} for the first time",
    "service.upgraded": "moved {label} to a newer checklist",
    "service.measured_anew": "measured {label} against another checklist",
    "service.launched": "marked {label} as launched",
    "service.decided": "noted the decision on {label}",
    "service.review_due": "moved the next review of {label}",
    "service.launch_plan": "wrote the launch plan of {label}",
    "service.on_call_confirmed": "confirmed who is on call for {label}",
    "service.metric_owner": "named the owner of the core metric of {label}",
    "service.checks_planned": "planned the checks of {label}",
    "service.checks_requested": "asked the checks of {label} to run",
    "item.status": "moved {label}",
    "item.excused": "said that {label} does not apply",
    "item.excuse_confirmed": "confirmed that {label} does not apply",
    "item.excuse_withdrawn": "took back that {label} does not apply",
    "evidence.attested": "attested {label}",
    "evidence.witnessed": "witnessed the attestation for {label}",
    "evidence.uploaded": "uploaded proof for {label}",
    "gap.opened": "opened the gap {label}",
    "gap.reopened": "reopened the gap {label}",
    "gap.planned": "planned the gap {label}",
    "gap.gate": "changed the kind of the gap {label}",
    "gap.started": "started work on the gap {label}",
    "gap.proposed": "proposed the gap {label} as closed",
    "gap.proposal_withdrawn": "took back the proposal to close the gap {label}",
    "gap.sent_back": "sent the gap {label} back",
    "gap.closed": "closed the gap {label}",
    "gap.step_added": "added a step to the plan of {label}",
    "gap.step_edited": "changed a step of the plan of {label}",
    "gap.step_moved": "moved a step of the plan of {label}",
    "gap.step_done": "ticked a step of the plan of {label}",
    "gap.step_undone": "took back the tick on a step of the plan of {label}",
    "gap.step_removed": "removed a step of the plan of {label}",
    "gap.commented": "commented on {label}",
    "gap.comment_edited": "edited a comment on {label}",
    "gap.comment_withdrawn": "withdrew a comment on {label}",
    "gap.taken_back": "took back what was said of the gap {label}",
    "gap.issue_asked": "asked for an issue about the gap {label}",
    "gap.ticket_linked": "linked a ticket to the gap {label}",
    "gap.ticket_removed": "removed the ticket of the gap {label}",
    "gap.ticket_noted": "noted where the gap {label} is tracked",
    "waiver.requested": "asked for a waiver for {label}",
    "waiver.renewal_requested": "asked to renew the waiver for {label}",
    "waiver.renewed": "renewed the waiver for {label}",
    "waiver.approved": "approved the waiver for {label}",
    "waiver.refused": "refused the waiver for {label}",
    "waiver.revoked": "revoked the waiver for {label}",
    "waiver.expired": "ended the waiver for {label}",
    "check.configured": "configured {label}",
    "integration.connected": "connected {label}",
    "integration.changed": "changed {label}",
    "integration.secret_set": "stored a secret for {label}",
    "integration.secret_forgotten": "removed the secret of {label}",
    "integration.test_requested": "tested {label}",
    "integration.switched_on": "switched {label} on",
    "integration.switched_off": "switched {label} off",
    "integration.removed": "removed {label}",
    "receiver.added": "added {label}",
    "receiver.changed": "changed {label}",
    "receiver.secret_set": "stored a secret for {label}",
    "receiver.tested": "tested {label}",
    "receiver.sent_again": "sent a message to {label} again",
    "receiver.switched_on": "switched {label} on",
    "receiver.switched_off": "switched {label} off",
    "receiver.removed": "removed {label}",
    "check.quarantined": "quarantined {label}",
    "check.released": "released {label} from quarantine",
    "check.run_requested": "asked {label} to run",
    "check.switched_on": "switched {label} on",
    "check.switched_off": "switched {label} off",
    "drill.started": "started a {label}",
    "drill.sent": "sent the test alert of the {label}",
    "drill.not_sent": "could not send the test alert of the {label}",
    "drill.acknowledged": "acknowledged the {label}",
    "drill.acknowledged_late": "acknowledged the {label} too late",
    "drill.missed": "ended the {label}: nobody acknowledged it in time",
    "drill.cancelled": "cancelled the {label}",
    "review.scheduled": "scheduled the {label}",
    "review.rescheduled": "moved the {label}",
    "review.cancelled": "cancelled the {label}",
    "review.invited": "invited somebody to the {label}",
    "review.uninvited": "took somebody off the {label}",
    "review.begun": "began the {label}",
    "review.joined": "joined the {label}",
    "review.paused": "paused the {label}",
    "review.resumed": "went on with the {label}",
    "review.paused_itself": "paused the {label}, as nobody was there",
    "review.taken_over": "took over the {label}",
    "review.handed_over": "handed over the lead of the {label}",
    "review.raised": "raised an item in the {label}",
    "review.talk_asked": "asked to talk about an item in the {label}",
    "review.talk_withdrawn": "took back the wish to talk about an item in the {label}",
    "review.read": "read the pre-read of the {label}",
    "review.ballot_opened": "asked for a vote in the {label}",
    "review.ballot_revealed": "revealed a vote in the {label}",
    "review.parked": "parked a topic in the {label}",
    "review.topic_settled": "settled a parked topic in the {label}",
    "review.topic_reopened": "parked a settled topic again in the {label}",
    "review.verdict": "recorded a verdict in the {label}",
    "review.taken_back": "took a verdict back in the {label}",
    "review.confirmed": "confirmed a verdict in the {label}",
    "review.passed_acknowledged": "acknowledged what passed in the {label}",
    "review.notes": "wrote notes in the {label}",
    "review.decided": "decided the {label}",
    "review.output_acknowledged": "acknowledged the output of the {label}",
    "review.draft_signed": "signed the draft packet of the {label}",
    "review.output_reminded": "reminded whoever had not read the output of the {label}",
    "launch.prepared": "prepared another launch of {label}",
    "launch.told": "told people of the launch of {label}",
    "launch.untold": "took back a tick: people were not told yet of the launch of {label}",
    "launch.started": "started the launch of {label}",
    "launch.step": "took the launch of {label} a step further",
    "launch.rolled_back": "rolled back the launch of {label}",
    "launch.finished": "ended the launch of {label}: it is live",
    "launch.plan_adopted": "took over the changed plan in the launch of {label}",
    "packet.signed": "signed the {label}",
    "incident.written": "wrote down the {label}",
    "incident.edited": "corrected the {label}",
    "incident.withdrawn": "withdrew the {label}",
    "campaign.started": "started {label}",
    "campaign.edited": "changed {label}",
    "campaign.ended": "ended {label}",
    "campaign.resumed": "resumed {label}",
    "share.made": "made {label}",
    "share.revoked": "revoked {label}",
    "checklist.drafted": "wrote a draft of the checklist {label}",
    "checklist.discarded": "discarded the draft of the checklist {label}",
    "checklist.published": "published the checklist {label}",
    "team.created": "made the team {label}",
    "team.edited": "edited the team {label}",
    "person.set-up": "set up this installation",
    "person.invited": "invited {label}",
    "person.invited-again": "sent {label} the invitation again",
    "person.added": "added {label}",
    "person.edited": "edited the profile of {label}",
    "person.address": "changed the address of {label}",
    "person.unreachable": "sent mail to {label} back",
    "person.deactivated": "deactivated {label}",
    "person.reactivated": "activated {label} again",
    "grant.given": "named {label}",
    "grant.prolonged": "changed how long it lasts: {label}",
    "grant.withdrawn": "withdrew the role of {label}",
    "token.minted": "minted the CI token {label}",
    "token.revoked": "revoked the CI token {label}",
    "view.saved": "saved the view {label}",
    "view.edited": "changed the view {label}",
    "view.deleted": "deleted the view {label}",
    "mail.preferences": "changed the mail preferences of {label}",
    "mail.unsubscribed": "unsubscribed {label} from the daily digest",
    "mail.subscribed": "subscribed {label} to the digest again",
    "mail.tried_again": "let mail to {label} be tried again",
    "mail.portfolio-off": "unsubscribed {label} from the weekly portfolio mail",
    "mail.portfolio-on": "subscribed {label} to the weekly portfolio mail again",
    "mail.away": "handed over the digest of {label} for some days",
    "mail.back": "took the digest of {label} back",
}
KINDS: Mapping[str, str] = {
    "service": "Services",
    "item": "Items",
    "evidence": "Evidence",
    "check": "Checks",
    "drill": "Drills",
    "integration": "Integrations",
    "receiver": "Receivers",
    "gap": "Gaps",
    "waiver": "Waivers",
    "review": "Reviews",
    "launch": "Launches",
    "packet": "Packets",
    "incident": "Incidents",
    "campaign": "Campaigns",
    "share": "Shared links",
    "checklist": "Checklists",
    "team": "Teams",
    "person": "People",
    "grant": "Roles",
    "token": "CI tokens",
    "view": "Saved views",
    "mail": "Mail",
}
"""Kinds of object, as a filter names them."""
FIELDS: Mapping[str, str] = {
    "due_on": "due date",
    "ends_on": "end date",
    "starts_at": "start",
    "expires_at": "end",
    "go_live_on": "go-live date",
    "launched_on": "launch date",
    "next_review_due_on": "next review",
    "closed_how": "way of closing",
    "is_active": "account",
    "is_enabled": "running",
    "wants_digest": "daily digest",
    "digest_hour": "hour of the digest",
    "has_quiet_weekends": "quiet weekends",
    "rhythm": "rhythm of the digest",
    "weekly_on": "day of the weekly digest",
    "ran_seconds": "seconds in the meeting",
    "on_call": "on-call",
}
ONE_CHANGE = "changed the {field} of {label} from {old} to {new}"
MOVED = "moved {label} from {old} to {new}"
UNSAID = frozenset(
    {
        "service.edited",
        "gap.planned",
        "team.edited",
        "person.edited",
        "check.configured",
        "mail.preferences",
        "person.address",
        "integration.changed",
        "campaign.edited",
        "receiver.changed",
    }
)
"""Verbs that say only that something was written: with one change, the change is the sentence."""
NOTHING: tuple[Any, ...] = (None, "", [], {})
IN_THE_LABEL = frozenset({"grant.given", "grant.withdrawn"})
"""Verbs whose label says all of it."""
WORTH_A_LINE = 140
"""Characters of a value that are shown; the rest is behind the ellipsis."""

_DIGEST = re.compile(r"[0-9a-f]{40,64}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What follows the actor's name, in three parts so that a page can set the label off."""

    start: str
    label: str
    end: str

    def __str__(self) -> str:
        return f"{self.start}{self.label}{self.end}"


@dataclass(frozen=True, slots=True)
class Change:
    """One field. `old` is empty where there was nothing before: then `new` is what was written."""

    field: str
    old: str
    new: str


type Values = tuple[str, Any, Any]
"""(field, from, to), as stored."""


def sentence(verb: str, label: str, changes: list[Values], zone: tzinfo) -> Sentence:
    phrase = PHRASES.get(verb) or f"{_plain_verb(verb)} {{label}}"
    said = {}
    if _has_one_to_say(verb, changes):
        phrase = MOVED if verb == "item.status" else ONE_CHANGE
        name, old, new = changes[0]
        said = {"field": field_word(name), "old": value_words(old, zone), "new": value_words(new, zone)}
    start, found, end = phrase.partition("{label}")
    return Sentence(_fill(start, said), label if found else "", _fill(end, said))


def change_lines(verb: str, label: str, changes: list[Values], zone: tzinfo) -> list[Change]:
    """What the sentence leaves unsaid."""
    if verb in IN_THE_LABEL or _has_one_to_say(verb, changes):
        return []
    return [
        Change(field_word(name), "" if old in NOTHING else value_words(old, zone), value_words(new, zone))
        for name, old, new in changes
        if new != label
        and not (name == "status" and verb in PHRASES)  # "closed the gap": its status is closed
        and not (old in NOTHING and new in NOTHING)
    ]


def _has_one_to_say(verb: str, changes: list[Values]) -> bool:
    """True when there is one change, which the sentence holds."""
    return len(changes) == 1 and _is_whole(changes[0]) and (verb in UNSAID or verb == "item.status")


def field_word(name: str) -> str:
    if word := FIELDS.get(name):
        return word
    return name.removeprefix("is_").removeprefix("has_").removesuffix("_on").removesuffix("_at").replace("_", " ")


def value_words(value: Any, zone: tzinfo) -> str:
    if value in NOTHING:
        return "nothing"
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return _short(", ".join(value_words(part, zone) for part in value))
        case dict():
            return _short(", ".join(f"{field_word(key)}: {value_words(part, zone)}" for key, part in value.items()))
        case str():
            return _text(value, zone)
        case _:
            return str(value)


def _text(value: str, zone: tzinfo) -> str:
    if _DIGEST.fullmatch(value):
        return f"{value[:12]}…"
    try:
        if _MOMENT.match(value):
            moment = datetime.fromisoformat(value).astimezone(zone)
            return f"{_date(moment.date())}, {moment:%H:%M}"
        if _DAY.fullmatch(value):
            return _date(date.fromisoformat(value))
    except ValueError:
        return _short(value)  # looked like a date and is none
    is_code = re.fullmatch(r"[a-z]+(_[a-z]+)+", value)
    return value.replace("_", " ") if is_code else _short(value)


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= WORTH_A_LINE else f"{text[: WORTH_A_LINE - 1].rstrip()}…"


def _is_whole(change: Values) -> bool:
    """Both sides fit into a sentence."""
    return all(not isinstance(value, dict | list) and len(str(value)) <= WORTH_A_LINE // 2 for value in change[1:])


def _plain_verb(verb: str) -> str:
    kind, _, done = verb.partition(".")
    return f"{done.replace('_', ' ').replace('-', ' ')} the {kind}" if done else verb


def _fill(text: str, said: Mapping[str, str]) -> str:
    """In one pass: what somebody wrote may itself look like a place to fill."""
    return re.sub(r"\{(field|old|new)\}", lambda place: said.get(place[1], ""), text)
