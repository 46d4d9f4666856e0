from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

import pytest

from readiness.mail.replies import Fate, fate_of, sentence_of
from readiness.mail.smtp import BrokeOff


def rcpt(code: int, said: str) -> SMTPRecipientsRefused:
    return SMTPRecipientsRefused({"theo@example.com": (code, said.encode())})


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (rcpt(550, "5.1.1 User unknown"), Fate.BOUNCED),
        (rcpt(550, "no such person"), Fate.BOUNCED),
        (rcpt(551, "moved"), Fate.BOUNCED),
        (rcpt(552, "5.2.2 Mailbox full"), Fate.BOUNCED),
        (rcpt(554, "5.2.1 disabled"), Fate.BOUNCED),
        (rcpt(556, "5.1.10 null MX"), Fate.BOUNCED),
        (rcpt(550, "5.4.4 no route to host"), Fate.BOUNCED),
        (rcpt(550, "5.7.1 Relaying denied"), Fate.LATER),
        (rcpt(550, "relay not permitted"), Fate.LATER),
        (rcpt(554, "5.7.1 <theo@example.com>: Relay access denied"), Fate.LATER),
        (rcpt(530, "5.7.0 Authentication required"), Fate.LATER),
        (rcpt(553, "5.1.8 Sender address rejected"), Fate.LATER),
        (rcpt(552, "5.2.3 too long"), Fate.LATER),
        (rcpt(451, "4.7.1 Greylisted"), Fate.LATER),
        (rcpt(450, "mailbox busy"), Fate.LATER),
        (rcpt(421, "closing"), Fate.SERVER),
        (SMTPDataError(554, b"5.7.1 spam"), Fate.LATER),
        (SMTPDataError(421, b"closing"), Fate.SERVER),
        (SMTPSenderRefused(550, b"who are you", "a@b.c"), Fate.SERVER),
        (SMTPSenderRefused(452, b"no space", "a@b.c"), Fate.SERVER),
        (SMTPSenderRefused(552, b"5.3.4 too big", "a@b.c"), Fate.LATER),
        (SMTPAuthenticationError(535, b"wrong"), Fate.SERVER),
        (SMTPConnectError(554, b"go away"), Fate.SERVER),
        (SMTPServerDisconnected("closed"), Fate.SERVER),
        (SMTPException("STARTTLS is not supported"), Fate.SERVER),
        (TimeoutError("timed out"), Fate.SERVER),
        (ConnectionRefusedError(111, "refused"), Fate.SERVER),
        (BrokeOff("closed"), Fate.DOUBTFUL),
        (ValueError("Invalid address"), Fate.HOPELESS),
    ],
)
def test_what_an_answer_means(error: Exception, fate: Fate) -> None:
    assert fate_of(error) is fate


def test_the_servers_own_words_are_kept() -> None:
    said = sentence_of(rcpt(550, "5.1.1 User unknown"))
    assert said == "The mail server says that the address takes no mail: 550 5.1.1 User unknown"
    assert sentence_of(TimeoutError()) == (
        "The mail server could not be reached, or takes no mail at all: TimeoutError"
    )
