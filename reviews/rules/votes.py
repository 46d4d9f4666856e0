"""A vote on a disputed item. It is blind: until it is revealed, all that anybody learns is how many of how many voted. It
advises, and never says the room's word (rule *derived-decision*).
"""

DEFAULT_QUESTION = "Is “{title}” good enough to go live?"


def question_for(title: str) -> str:
    return DEFAULT_QUESTION.format(title=title)


def ballot_problem(*, is_open: bool) -> str | None:
    """Why nobody can vote any more."""
    return None if is_open else "The votes were revealed already; ask for another vote if the room wants one."
