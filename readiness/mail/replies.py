"""What an SMTP server's answer means for a mail, for its address, and for the mails behind it.

A wrong word here is dear: an address called dead gets nothing more. So only an answer that speaks of the mailbox says so; a
server that relays for nobody, or wants a password first, refuses us and not the reader.
"""

import re
from enum import StrEnum
from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException

from readiness.mail.smtp import BrokeOff

CLOSING = 421
TOO_LARGE = 552
_ENHANCED = re.compile(r"\s*(\d\.\d{1,3}\.\d{1,3})\b")  # RFC 3463
_OF_THE_MAILBOX = re.compile(
    r"5\.(1\.(?![78]$)\d+|2\.(?!3$)\d+|4\.4)$"
)  # 5.1.7 and 5.1.8 speak of the sender, 5.2.3 of the size
_WITHOUT_ENHANCED = frozenset({550, 551, TOO_LARGE, 553, 556})


class Fate(StrEnum):
    BOUNCED = "bounced"
    """The address takes no mail."""
    LATER = "later"
    """Not this mail, not now; the next one may go."""
    DOUBTFUL = "doubtful"
    """The connection broke while the mail was handed over."""
    SERVER = "server"
    """The server takes nothing at the moment. It is not the mail's fault."""
    HOPELESS = "hopeless"
    """No message can be made of it."""


def fate_of(error: Exception) -> Fate:
    """`error` is what sending raised: an OSError (all of smtplib's are), or a ValueError for an address that can't be written."""
    if isinstance(error, ValueError | SMTPNotSupportedError):
        return Fate.HOPELESS
    if isinstance(error, BrokeOff):
        return Fate.DOUBTFUL
    code, said = _answer(error)
    if code == CLOSING:
        return Fate.SERVER
    if isinstance(error, SMTPRecipientsRefused):
        return Fate.BOUNCED if speaks_of_the_mailbox(code, said) else Fate.LATER
    is_too_large = code == TOO_LARGE or _enhanced(said) == "5.3.4"
    return Fate.LATER if isinstance(error, SMTPDataError) or is_too_large else Fate.SERVER


def speaks_of_the_mailbox(code: int, said: str) -> bool:
    if not 500 <= code <= 599 or "relay" in said.lower():
        return False
    enhanced = _enhanced(said)
    return bool(_OF_THE_MAILBOX.match(enhanced)) if enhanced else code in _WITHOUT_ENHANCED


def sentence_of(error: Exception) -> str:
    """For whoever looks after the mail: what the server said, in its own words."""
    words = words_of(error)
    match fate_of(error):
        case Fate.BOUNCED:
            return f"The mail server says that the address takes no mail: {words}"
        case Fate.LATER:
            return f"The mail server refused this mail: {words}"
        case Fate.DOUBTFUL:
            return f"The mail server broke off while it got this mail: {words}"
        case Fate.SERVER:
            return f"The mail server could not be reached, or takes no mail at all: {words}"
        case Fate.HOPELESS:
            return f"This mail can't be sent as it is: {words}"


def words_of(error: Exception) -> str:
    code, said = _answer(error)
    return f"{code} {said}".strip() if code else str(error) or type(error).__name__


def _answer(error: Exception) -> tuple[int, str]:
    """The server's code and words; (0, "") where it said nothing."""
    if isinstance(error, SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return code, said.decode(errors="replace")
    if isinstance(error, SMTPResponseException):
        words = error.smtp_error
        return error.smtp_code, words.decode(errors="replace") if isinstance(words, bytes) else words
    return 0, ""


def _enhanced(said: str) -> str:
    found = _ENHANCED.match(said)
    return found[1] if found else ""
