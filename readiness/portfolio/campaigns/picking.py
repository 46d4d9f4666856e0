"""What a campaign can be about: the items of the published checklists, and each check of one."""

from collections.abc import Iterator
from dataclasses import dataclass

from readiness.checklists.models import Version
from readiness.checklists.pack import PackItem


@dataclass(frozen=True, slots=True)
class What:
    """`criterion_key` empty: the whole item. `value` is how a form says it."""

    item_key: str
    criterion_key: str
    item_title: str
    words: str

    @property
    def value(self) -> str:
        return f"{self.item_key}/{self.criterion_key}" if self.criterion_key else self.item_key


def pickable() -> list[What]:
    """In the order of the checklists; an item of two checklists once. One statement."""
    newest: dict[int, Version] = {}
    for version in Version.objects.published().select_related("checklist").order_by("checklist__name", "number"):
        newest[version.checklist_id] = version
    items: dict[str, PackItem] = {}
    for version in newest.values():
        for item in version.items:
            items.setdefault(item.key, item)
    return [what for item in items.values() for what in _of_item(item)]


def _of_item(item: PackItem) -> Iterator[What]:
    yield What(item.key, "", item.title, item.title)
    if len(item.criteria) > 1:
        for criterion in item.criteria:
            yield What(item.key, criterion.key, item.title, f"Only: {criterion.text}")


def found(item_key: str, criterion_key: str) -> What | None:
    """None when no published checklist asks for it (any more)."""
    return next((one for one in pickable() if (one.item_key, one.criterion_key) == (item_key, criterion_key)), None)
