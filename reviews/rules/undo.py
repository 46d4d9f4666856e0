"""Which of the room's words can be taken back."""


def undo_problem(*, is_recent: bool, has_later_word: bool) -> str | None:
    """Why it can't be; None when it can."""
    if has_later_word:
        return "Something else has been said of this item since; take that back first."
    if not is_recent:
        return "Only the last five verdicts can be taken back; say a new word instead."
    return None
