"""How often a person wants their digest. Pure."""

from enum import StrEnum

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Rhythm(StrEnum):
    """OFF still lets through what was escalated to them."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"
    OFF = "off"

    @property
    def label(self) -> str:
        return RHYTHM_LABELS[self]


RHYTHM_LABELS = {
    Rhythm.DAILY: "Every day",
    Rhythm.WEEKDAYS: "Monday to Friday",
    Rhythm.WEEKLY: "Once a week",
    Rhythm.OFF: "Only what is escalated to me",
}
