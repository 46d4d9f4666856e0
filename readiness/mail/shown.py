"""A mail as others may read it later: without what opens something to whoever has it."""

import re

_KEY = re.compile(r"(/unsubscribe/)[\w-]+")


def without_keys(words: str) -> str:
    return _KEY.sub(r"\1…", words)
