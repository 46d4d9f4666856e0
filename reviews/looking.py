"""One item that nobody talks about, opened by somebody who is about to acknowledge it: what it asks, and the proof."""

from dataclasses import dataclass
from functools import cached_property

from readiness.assessments.models import Item
from readiness.checklists.pack import PackItem
from reviews.models import Review
from reviews.stage import Criterion, criteria_of


@dataclass(frozen=True)
class Look:
    review: Review
    item: Item

    @property
    def pack_item(self) -> PackItem:
        return self.review.assessment.version.pack.item(self.item.key)

    @cached_property
    def criteria(self) -> list[Criterion]:
        """One query."""
        return criteria_of(self.item, self.pack_item)

    @property
    def is_since(self) -> bool:
        """It stands as it does only since somebody acknowledged what passed."""
        at = self.review.passed_acknowledged_at
        return at is not None and self.item.status_since > at
