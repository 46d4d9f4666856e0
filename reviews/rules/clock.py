"""The gentle nudge: an item over its share of the time, a meeting near its end, a meeting over. One sentence, never in the way.

The sentence says what was so when it was earned, and changes at the next step only: a voice that counts every second is noise.
"""

from dataclasses import dataclass

LAST_MINUTES = 5 * 60
OVER_AGAIN = 5 * 60


@dataclass(frozen=True, slots=True)
class Hand:
    """The clock's hands, in seconds. `spent` and `share` are of the item the room is on (0 at the end of the agenda), `left`
    is how many other items have no word yet.
    """

    given: int
    run: int
    spent: int
    share: int
    left: int
    is_said: bool


def nudge(hand: Hand) -> str:
    """Empty while there is nothing to say."""
    if hand.run >= hand.given:
        return _over(hand)
    last = min(LAST_MINUTES, hand.given // 5)
    if hand.given - hand.run <= last:
        return _near_the_end(hand, last)
    if hand.share and hand.spent >= hand.share:
        return _long_on_one(hand)
    return ""


def _over(hand: Hand) -> str:
    steps = (hand.run - hand.given) // OVER_AGAIN
    over = f" by {minutes(steps * OVER_AGAIN)}" if steps else ""
    return f"The meeting is over its {minutes(hand.given)}{over}: {_what_now(hand)}"


def _near_the_end(hand: Hand, last: int) -> str:
    return f"The last {minutes(last)} have begun: {_what_now(hand)}"


def _what_now(hand: Hand) -> str:
    open_items = hand.left + (not hand.is_said and hand.share > 0)
    if not open_items:
        return "every item has its word, so decide."
    return f"park what can wait, or pause and go on another time; {_items(open_items)} no word yet."


def _items(count: int) -> str:
    return "1 item has" if count == 1 else f"{count} items have"


def _long_on_one(hand: Hand) -> str:
    """At the whole share, at twice the share, and so on."""
    earned = hand.spent // hand.share * hand.share
    rest = minutes(max(60, hand.given - hand.run + hand.spent - earned))
    advice = "it has its word, so go on." if hand.is_said else "park it, or decide."
    if not hand.left:
        return f"{minutes(earned)} on this one, and it is the last: {advice}"
    are = "1 item is" if hand.left == 1 else f"{hand.left} items are"
    return f"{minutes(earned)} on this one; {are} left in {rest}: {advice}"


def minutes(seconds: int) -> str:
    """Whole minutes, for people; below two of them the half ones as well."""
    if seconds < 45:
        return f"{seconds} seconds"
    if 75 <= seconds < 105:
        return "1½ minutes"
    count = round(seconds / 60)
    return "1 minute" if count == 1 else f"{count} minutes"
