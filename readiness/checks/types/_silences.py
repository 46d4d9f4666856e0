"""The silences that hold in an Alertmanager now, and which alerts they keep quiet.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml — an array; those that have expired stay in it
for days. What somebody wrote as the reason is not repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from readiness.checks.types._routing import LabelTest, label_test
from readiness.checks.types._sources import answered
from readiness.checks.types.contract import UnreadableError
from readiness.egress import Response


@dataclass(frozen=True, slots=True)
class Silence:
    tests: tuple[LabelTest, ...]
    until: datetime

    def holds(self, labels: Mapping[str, str]) -> bool:
        return all(test.holds(labels.get(test.label, "")) for test in self.tests)


class _Matcher(BaseModel):
    name: str
    value: str
    isRegex: bool  # noqa: N815 - Alertmanager's own name
    isEqual: bool = True  # noqa: N815 - the same; older versions know no other

    @property
    def operator(self) -> str:
        return {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}[
            self.isEqual, self.isRegex
        ]


class _Status(BaseModel):
    state: str


class _Silence(BaseModel):
    status: _Status
    matchers: list[_Matcher] = Field(min_length=1, max_length=100)
    endsAt: AwareDatetime  # noqa: N815 - Alertmanager's own name


_SILENCES = TypeAdapter(list[_Silence])


def active_silences(answer: Response) -> list[Silence]:
    """Raises UnreadableError. One whose expressions are not understood is left out: what it silences can't be told."""
    try:
        found = _SILENCES.validate_json(answered(answer, "Alertmanager"))
    except (ValidationError, RecursionError) as error:
        raise UnreadableError("The list of silences is not in the form that Alertmanager uses.") from error
    return [silence for one in found if one.status.state == "active" and (silence := _silence(one))]


def _silence(one: _Silence) -> Silence | None:
    try:
        return Silence(tuple(label_test(item.name, item.operator, item.value) for item in one.matchers), one.endsAt)
    except UnreadableError:
        return None
