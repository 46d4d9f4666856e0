"""What administrators, and the installation itself, do with checklists.

A version begins as a draft, one for a checklist at a time, and may be written over until it is published. From then on it never
changes: assessments are pinned to it (rule *pinned*), and the database refuses to touch it.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.checklists import shipped
from readiness.checklists.compare import compare
from readiness.checklists.lens import is_lens, read_lens
from readiness.checklists.models import Checklist, Status, Tally, Version
from readiness.checklists.pack import Pack, pack_digest
from readiness.checklists.pack_errors import PackErrors
from readiness.checklists.pack_reader import read_pack
from readiness.history.actions import Actor, Subject, record
from readiness.history.models import ActorKind

RULE = "valid-checklist"
RESERVED = frozenset({"import"})
"""Keys that would hide a page of ours."""
INSTALLATION = Actor(ActorKind.SYSTEM, "the installation")


def import_pack(
    *,
    by: User | Actor,
    text: str | bytes,
    now: datetime,
    revision: int | None = None,
    checklist: Checklist | None = None,
) -> Version:
    """The text of a pack, or of a custom lens, as the draft of its checklist. Where the draft, or without one the current
    version, already says exactly this, nothing is written and that version is the answer.

    `revision`: of the draft that `by` saw, 0 where there was none; None writes over whatever stands there (a command's way).
    `checklist`: the only one the pack may be of.
    Raises PackErrors, Refused, Conflict (`current` is the version that stands there now), and what `policy.require` raises.
    """
    _require(by)
    pack = _read(text, checklist)  # before the transaction: it can take a second, and SQLite has one writer
    if checklist and pack.key != checklist.key:
        raise Refused(
            RULE,
            f"The key of this pack is “{pack.key}”; here it has to be “{checklist.key}”. Import another checklist as a new one.",
        )
    if pack.key in RESERVED:
        raise Refused(RULE, f"“{pack.key}” is the address of a page; choose another key.")
    with transaction.atomic():
        return _write_draft(pack, by, now, revision)


@transaction.atomic
def publish(
    *, by: User | Actor, checklist: Checklist, now: datetime, note: str = "", revision: int | None = None
) -> Version:
    """The draft becomes the current version. `note` says to people what changed; `revision` as for `import_pack`.

    Raises Refused, Conflict (`current` is the draft that stands there now, or None), and what `policy.require` raises.
    """
    _require(by)
    draft = _draft_seen(checklist, revision)
    current = checklist.current
    if current and current.digest == draft.digest:
        raise Refused(
            RULE, f"The draft says exactly what version {current.number} says; change it before it is published."
        )
    written = checklist.versions.filter(pk=draft.pk, status=Status.DRAFT, revision=draft.revision).update(
        status=Status.PUBLISHED,
        published_at=now,
        published_by=_person(by),
        note=note.strip(),
        revision=F("revision") + 1,
    )
    if not written:
        raise _lost(checklist)
    Checklist.objects.filter(pk=checklist.pk).update(name=draft.pack.name, summary=draft.pack.summary)
    record(
        "checklist.published",
        _subject(checklist, draft.pack),
        by=by,
        at=now,
        before={"version": current.number} if current else {},
        after={"version": draft.number, **_difference(current, draft)},
        reason=note.strip(),
    )
    return Version.objects.select_related("checklist").get(pk=draft.pk)


@transaction.atomic
def discard_draft(*, by: User | Actor, checklist: Checklist, now: datetime, revision: int | None = None) -> None:
    """The draft goes; with it a checklist that never had anything else. Raises like `publish`."""
    _require(by)
    draft = _draft_seen(checklist, revision)
    subject = _subject(checklist, draft.pack)
    gone, _ = checklist.versions.filter(pk=draft.pk, status=Status.DRAFT, revision=draft.revision).delete()
    if not gone:
        raise _lost(checklist)
    if not checklist.versions.exists():
        checklist.delete()
    record("checklist.discarded", subject, by=by, at=now, before=_said(draft))


def ensure_shipped(*, now: datetime) -> list[Version | None]:
    """Publishes each shipped pack whose checklist has no version yet; safe to call at every start, by two processes at once.

    Answers the current versions in the order of `shipped.KEYS`; None where people are drafting their own and have published
    nothing: that is theirs to finish. What extends such a checklist waits for it.
    """
    return [_ensure(key, now) for key in shipped.KEYS]


def _ensure(key: str, now: datetime) -> Version | None:
    checklist = Checklist.objects.filter(key=key).first()
    if checklist and checklist.versions.exists():
        return checklist.current
    text = shipped.path_of(key).read_text(encoding="utf-8")
    try:
        with transaction.atomic():
            draft = import_pack(by=INSTALLATION, text=text, now=now, revision=0)
            return publish(by=INSTALLATION, checklist=draft.checklist, now=now, revision=draft.revision)
    except Conflict:
        return Checklist.objects.get(key=key).current
    except PackErrors:  # what it extends is not published here
        return None


def published_pack(key: str) -> Pack | None:
    """What a checklist asks for now: what a pack that extends it is read against."""
    checklist = Checklist.objects.filter(key=key).first()
    current = checklist.current if checklist else None
    return current.pack if current else None


def _read(text: str | bytes, checklist: Checklist | None) -> Pack:
    if is_lens(text):
        return read_lens(text, key=checklist.key if checklist else "", bases=published_pack)
    return read_pack(text, bases=published_pack)


def _require(by: User | Actor) -> None:
    """A command on the server is trusted with everything; a person is asked for."""
    if isinstance(by, User):
        policy.require(by, Action.PUBLISH_CHECKLIST)


def _person(by: User | Actor) -> User | None:
    return by if isinstance(by, User) else None


def _write_draft(pack: Pack, by: User | Actor, now: datetime, revision: int | None) -> Version:
    checklist = Checklist.objects.filter(key=pack.key).first()
    draft = checklist.draft if checklist else None
    if draft:
        return _rewrite_draft(draft, pack, by, now, revision)
    if checklist and revision:
        raise _lost(checklist)
    current = checklist.current if checklist else None
    if current and current.digest == pack_digest(pack):
        return current
    try:
        with transaction.atomic():
            return _new_draft(checklist, pack, by, now)
    except IntegrityError as error:  # the key, the number and the one draft are unique: somebody was a moment earlier
        raise _lost(Checklist.objects.get(key=pack.key)) from error


def _new_draft(checklist: Checklist | None, pack: Pack, by: User | Actor, now: datetime) -> Version:
    if checklist is None:
        checklist = Checklist.objects.create(key=pack.key, name=pack.name, summary=pack.summary, created_at=now)
    last = checklist.versions.order_by("-number").values_list("number", flat=True).first() or 0
    draft = Version.objects.create(
        checklist=checklist,
        number=last + 1,
        body=pack.as_mapping(),
        digest=pack_digest(pack),
        created_at=now,
        created_by=_person(by),
    )
    record("checklist.drafted", _subject(checklist, pack), by=by, at=now, after=_said(draft))
    return draft


def _rewrite_draft(draft: Version, pack: Pack, by: User | Actor, now: datetime, revision: int | None) -> Version:
    checklist = draft.checklist
    digest = pack_digest(pack)
    if draft.digest == digest:
        return draft
    seen = draft.revision if revision is None else revision
    values = {"body": pack.as_mapping(), "digest": digest, "created_by": _person(by), "created_at": now}
    written = checklist.versions.filter(pk=draft.pk, status=Status.DRAFT, revision=seen).update(
        revision=F("revision") + 1, **values
    )
    if not written:
        raise _lost(checklist)
    if checklist.current is None:
        Checklist.objects.filter(pk=checklist.pk).update(name=pack.name, summary=pack.summary)
    fresh = Version.objects.select_related("checklist").get(pk=draft.pk)
    record("checklist.drafted", _subject(checklist, pack), by=by, at=now, before=_said(draft), after=_said(fresh))
    return fresh


def _draft_seen(checklist: Checklist, revision: int | None) -> Version:
    """The draft, if it is still the one that was seen."""
    draft = checklist.draft
    if draft is None and revision is None:
        raise Refused(RULE, f"{checklist.name} has no draft. Import a pack first.")
    if draft is None or revision not in {None, draft.revision}:
        raise _lost(checklist)
    return draft


def _lost(checklist: Checklist) -> Conflict:
    draft = checklist.draft
    if draft is None:
        return Conflict(
            f"The draft of {checklist.name} was published or discarded meanwhile. Look at what stands there now.",
            current=checklist.current,
        )
    whose = f"{draft.created_by.get_full_name()}’s" if draft.created_by else "somebody’s"
    return Conflict(
        f"{checklist.name} has a draft you have not seen: {whose}, of {len(draft.items)} items. Look at it, then decide again.",
        current=draft,
    )


def _subject(checklist: Checklist, pack: Pack) -> Subject:
    return Subject("checklist", checklist.pk, pack.name)


def _said(version: Version) -> dict[str, object]:
    """For the history: which content, without repeating it."""
    return {"version": version.number, "items": len(version.items), "digest": version.digest}


def _difference(old: Version | None, new: Version) -> dict[str, list[str]]:
    if old is None:
        return {"added": [item.key for item in new.items]}
    found = compare(old.pack, new.pack)
    keys = {
        "added": [item.key for item in found.added],
        "removed": [item.key for item in found.removed],
        "changed": [change.key for change in found.changed],
    }
    return {name: listed for name, listed in keys.items() if listed}


@transaction.atomic
def keep_tallies(*, checklist: Checklist, tallies: Mapping[str, tuple[int, int]], now: datetime) -> int:
    """Item's key → (caught, let through), for all that has any. Writes what differs, and answers how many that were.

    The rooms that count are above; nobody is asked, as nothing here is anybody's word.
    """
    had = {tally.key: tally for tally in checklist.tallies.all()}
    fresh = [
        Tally(checklist=checklist, key=key, caught=tallies.get(key, (0, 0))[0], let_through=tallies.get(key, (0, 0))[1])
        for key in {*had, *tallies}
    ]
    changed = [tally for tally in fresh if tally.key not in had or _counts(tally) != _counts(had[tally.key])]
    for tally in changed:
        tally.counted_at = now
    fields = ["caught", "let_through", "counted_at"]
    Tally.objects.bulk_create(changed, update_conflicts=True, unique_fields=["checklist", "key"], update_fields=fields)
    return len(changed)


def _counts(tally: Tally) -> tuple[int, int]:
    return tally.caught, tally.let_through
