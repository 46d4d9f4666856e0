"""Signatures and waits, without a database."""

from datetime import timedelta

import pytest

from readiness.outgoing.rules import MOST_ATTEMPTS, escaped, is_final, link, secret_from, signature, wait_after


def test_the_published_example_of_the_specification_is_signed_alike() -> None:
    """https://github.com/standard-webhooks/standard-webhooks: the vector that its libraries are tested with."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body='{"test": 2432232314}',
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_handed_out_with_its_prefix() -> None:
    assert secret_from(b"\x00" * 24) == "whsec_" + "A" * 32


@pytest.mark.parametrize(
    ("attempts", "headers", "minutes"),
    [
        (1, {}, 1), (2, {}, 2), (8, {}, 128), (20, {}, 360), (1, {"retry-after": "600"}, 10), (3, {"retry-after": "5"}, 4),
        (1, {"retry-after": "999999"}, 360),
        (1, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, 1), (1, {"retry-after": "-1"}, 1),
    ],
)  # fmt: skip
def test_each_wait_is_twice_the_last_unless_the_receiver_asks_for_more(
    attempts: int, headers: dict[str, str], minutes: int
) -> None:
    assert wait_after(attempts, headers) == timedelta(minutes=minutes)


def test_it_is_given_up_after_nine_attempts_or_when_it_is_gone() -> None:
    assert not is_final(500, MOST_ATTEMPTS - 1)
    assert is_final(None, MOST_ATTEMPTS)
    assert is_final(410, 1)


def test_what_people_write_steers_no_chat() -> None:
    assert escaped("<!channel> & co") == "&lt;!channel&gt; &amp; co"
    assert link("https://x.example", "a|b>c") == "<https://x.example|a¦b&gt;c>"
