"""When a due date is moved later, and how often that was. Pure."""

from datetime import date

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def is_extension(was: date | None, to: date | None, *, open_since: date) -> bool:
    """Taking a date away puts it off for good, so that counts too. A date from before the gap opened (again) has passed with what
    it was for: the one that follows is the first.
    """
    if was is None or was == to or was < open_since:
        return False
    return to is None or to > was


def extension_words(times: int) -> str:
    """Such as "third extension"; empty for none."""
    if not times:
        return ""
    return f"{ORDINALS[times - 1] if times <= len(ORDINALS) else _numbered(times)} extension"


def _numbered(times: int) -> str:
    is_teen = times % 100 in {11, 12, 13}
    return f"{times}{'th' if is_teen else SUFFIXES.get(times % 10, 'th')}"
