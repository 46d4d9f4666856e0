"""Roles, actions, and the table of who may do what. Pure data: `policy.py` reads it, a test walks it, a page shows it."""

from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    TECH_LEAD = "tech-lead"
    ON_CALL = "on-call"  # whoever is on call, and whoever owns the platform layer
    EXTERNAL = "external"
    VIEWER = "viewer"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.ADMIN: "Administrator",
    Role.MANAGER: "Engineering manager",
    Role.TECH_LEAD: "Tech lead",
    Role.ON_CALL: "On-call",
    Role.EXTERNAL: "Outside reviewer",
    Role.VIEWER: "Viewer",
}


ROLE_NOTES = {
    Role.ADMIN: "Runs the installation: people, checklists, integrations. Approves nothing.",
    Role.MANAGER: "Answers for teams: sees everything in them, plans gaps, decides waivers.",
    Role.TECH_LEAD: "Owns services: attaches proof, plans gaps, leads their reviews.",
    Role.ON_CALL: "Runs services, or the platform below them: attaches proof, takes part in reviews.",
    Role.EXTERNAL: "Comes for one review, for a limited time.",
    Role.VIEWER: "Reads.",
}


class Scope(StrEnum):
    """How far a role's word reaches for one action."""

    ORGANISATION = "organisation"
    TEAM = "team"
    SERVICE = "service"
    REVIEW = "review"


SCOPE_WORDS = {
    Scope.ORGANISATION: "Everywhere",
    Scope.TEAM: "Own teams",
    Scope.SERVICE: "Own services",
    Scope.REVIEW: "Assigned reviews",
}


class Action(StrEnum):
    """Values read on after "may": "may edit this service"."""

    SEE = "see it"
    CREATE_SERVICE = "register a service"
    EDIT_SERVICE = "edit the service"
    CONFIGURE_CHECK = "configure a check"
    RUN_CHECK = "run a check"
    ATTACH_EVIDENCE = "attach evidence"
    ATTEST = "attest"
    WITNESS = "witness an attestation"
    COMMENT = "comment"
    PLAN_GAP = "plan a gap"
    PROPOSE_CLOSED = "propose a gap as closed"
    VERIFY_CLOSED = "verify a gap as closed"
    MARK_NOT_APPLICABLE = "mark an item as not applicable"
    SCHEDULE_REVIEW = "schedule a review"
    RECORD_VERDICT = "record a verdict"
    LEAD_REVIEW = "lead and decide a review"
    SIGN_OFF = "sign off"
    CARRY_OUT_LAUNCH = "carry out a launch"
    REQUEST_WAIVER = "request a waiver"
    DECIDE_WAIVER = "decide a waiver"
    RUN_CAMPAIGN = "run a campaign"
    PUBLISH_CHECKLIST = "publish checklists"
    CONNECT_INTEGRATION = "connect integrations"
    MANAGE_PEOPLE = "manage people"
    MINT_TOKEN = "mint a CI token"  # noqa: S105 - an action's name
    EXPORT = "export"
    SHARE = "share the portfolio by a link"
    READ_HISTORY = "read the history"


O, T, S, R = Scope.ORGANISATION, Scope.TEAM, Scope.SERVICE, Scope.REVIEW  # noqa: E741 - the letters of the published matrix
A, EM, TL, OC, ER, V = Role.ADMIN, Role.MANAGER, Role.TECH_LEAD, Role.ON_CALL, Role.EXTERNAL, Role.VIEWER

MATRIX: dict[Action, dict[Role, Scope]] = {
    Action.SEE: {A: O, EM: T, TL: T, OC: T, ER: R, V: T},
    Action.CREATE_SERVICE: {A: O, EM: T, TL: T},
    Action.EDIT_SERVICE: {A: O, EM: T, TL: S},
    Action.CONFIGURE_CHECK: {EM: T, TL: S},
    Action.RUN_CHECK: {A: O, EM: T, TL: S, OC: S, ER: R},
    Action.ATTACH_EVIDENCE: {EM: T, TL: S, OC: S},
    Action.ATTEST: {EM: T, TL: S, OC: S},
    Action.WITNESS: {EM: T, TL: S, OC: S, ER: R},
    Action.COMMENT: {A: O, EM: T, TL: T, OC: T, ER: R},
    Action.PLAN_GAP: {EM: T, TL: S, OC: S, ER: R},
    Action.PROPOSE_CLOSED: {EM: T, TL: S, OC: S, ER: R},
    Action.VERIFY_CLOSED: {EM: T, TL: S, OC: S, ER: R},
    Action.MARK_NOT_APPLICABLE: {EM: T, TL: S, OC: S},
    Action.SCHEDULE_REVIEW: {EM: T, TL: S},
    Action.RECORD_VERDICT: {EM: T, TL: S, OC: S, ER: R},
    Action.LEAD_REVIEW: {TL: S},
    Action.SIGN_OFF: {EM: T, TL: S, OC: S, ER: R},
    Action.CARRY_OUT_LAUNCH: {EM: T, TL: S, OC: S},
    Action.REQUEST_WAIVER: {EM: T, TL: S},
    Action.DECIDE_WAIVER: {EM: T},
    Action.RUN_CAMPAIGN: {A: O, EM: T},
    Action.PUBLISH_CHECKLIST: {A: O},
    Action.CONNECT_INTEGRATION: {A: O},
    Action.MANAGE_PEOPLE: {A: O, EM: T},
    Action.MINT_TOKEN: {A: O, EM: T, TL: S},
    Action.EXPORT: {A: O, EM: T, TL: S, ER: R},
    Action.SHARE: {A: O, EM: T},
    Action.READ_HISTORY: {A: O, EM: T, TL: S},
}

SEAT_MAY = frozenset({Action.EXPORT})
"""What a seat in a review lets anybody do who sees it, whatever their role: take home the packet that names them."""
TOKEN_MAY = frozenset({Action.SEE, Action.RUN_CHECK, Action.ATTACH_EVIDENCE})
"""What a CI token lets a pipeline do, in its one service."""
TOKEN_LONGEST = timedelta(days=365)


def token_problems(*, name: str, lasts: timedelta) -> dict[str, str]:
    """Field → what is wrong with a token to be minted. Empty when nothing is."""
    problems = {}
    if not name.strip():
        problems["name"] = "Say where this token will live: “GitHub Actions”."
    elif len(name.strip()) > 80:
        problems["name"] = "At most 80 characters."
    if not timedelta(0) < lasts <= TOKEN_LONGEST:
        problems["days"] = f"A token lasts between one day and {TOKEN_LONGEST.days} days."
    return problems


GRANTED_OVER: dict[Role, frozenset[Scope]] = {
    A: frozenset({O}),
    EM: frozenset({O, T}),
    TL: frozenset({T, S}),
    OC: frozenset({O, T, S}),
    ER: frozenset({R}),
    V: frozenset({O, T, S}),
}
"""What each role can be given for. An administrator of one team would be a manager; an outside reviewer comes for one review."""

OPEN_ENDED = frozenset(Role) - {ER}
"""Roles that may be given without an end. The one role that must be is the administrator's: see `grant_problem`."""


def grant_problem(role: Role, scope: Scope, *, has_end: bool) -> str:
    """What is wrong with giving this role for this scope; empty when nothing is."""
    if scope not in GRANTED_OVER[role]:
        reach = " or ".join(_SCOPE_NOUNS[scope] for scope in Scope if scope in GRANTED_OVER[role])
        return f"The role {role.label.lower()} is given for {reach}; choose that."
    if not has_end and role not in OPEN_ENDED:
        return "An outside reviewer comes for a limited time; say until when."
    if has_end and role is Role.ADMIN:
        return "An administrator's role has no end: some day nobody would be left. Withdraw it when the time has come."
    return ""


_SCOPE_NOUNS = {O: "the whole organisation", T: "a team", S: "a service", R: "one review"}

MATRIX_GROUPS: dict[str, tuple[Action, ...]] = {
    "Services": (Action.SEE, Action.CREATE_SERVICE, Action.EDIT_SERVICE, Action.COMMENT),
    "Proof": (
        Action.CONFIGURE_CHECK,
        Action.RUN_CHECK,
        Action.ATTACH_EVIDENCE,
        Action.ATTEST,
        Action.WITNESS,
        Action.MARK_NOT_APPLICABLE,
    ),
    "Gaps and waivers": (
        Action.PLAN_GAP,
        Action.PROPOSE_CLOSED,
        Action.VERIFY_CLOSED,
        Action.REQUEST_WAIVER,
        Action.DECIDE_WAIVER,
        Action.RUN_CAMPAIGN,
    ),
    "Reviews": (Action.SCHEDULE_REVIEW, Action.RECORD_VERDICT, Action.LEAD_REVIEW, Action.SIGN_OFF),
    "Launches": (Action.CARRY_OUT_LAUNCH,),
    "Organisation": (
        Action.MANAGE_PEOPLE,
        Action.PUBLISH_CHECKLIST,
        Action.CONNECT_INTEGRATION,
        Action.MINT_TOKEN,
        Action.EXPORT,
        Action.SHARE,
        Action.READ_HISTORY,
    ),
}
"""The matrix in the order in which a page shows it; a test asserts that no action is missing."""
