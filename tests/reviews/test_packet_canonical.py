import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from reviews.packet.canonical import FORMAT, Tampered, as_file, canonical, check_file, digest

PACKET: dict[str, Any] = {
    "format": FORMAT,
    "service": {"slug": "checkout", "name": "Kasse & Größe „Süd“"},
    "items": [{"key": "obs-alerting", "status": "met", "evidence": [{"id": 12, "sha256": "ab" * 32}]}],
    "notes": 'Line one\nline "two"\t\\ end \u2028 😀',
    "waivers": [],
    "launch_plan": None,
    "is_backdated": False,
}
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
packets = st.dictionaries(st.text(), values, max_size=5).map(lambda fields: fields | {"format": FORMAT})


def test_keys_are_sorted_nothing_is_escaped_needlessly_and_no_space_is_wasted() -> None:
    assert canonical({"b": [1, "ü"], "a": {"y": None, "x": True}}) == '{"a":{"x":true,"y":null},"b":[1,"ü"]}'


def test_the_order_in_which_a_packet_was_built_does_not_matter() -> None:
    assert canonical(dict(reversed(PACKET.items()))) == canonical(PACKET)


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53 + 1, {1: "a"}, {"a": object()}, b"bytes", {1, 2}])
def test_what_has_no_single_written_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical({"value": value})


def test_a_file_is_the_same_bytes_whenever_it_is_written_and_reads_back() -> None:
    body = canonical(PACKET)
    assert as_file(body) == as_file(canonical(check_file(as_file(body))))
    assert check_file(as_file(body)) == PACKET


def test_every_single_changed_byte_is_noticed() -> None:
    content = as_file(canonical(PACKET))
    for position in range(len(content)):
        for change in (content[position] ^ 1, content[position] ^ 0x20, ord(" "), ord("0")):
            if change == content[position]:
                continue
            forged = content[:position] + bytes([change]) + content[position + 1 :]
            with pytest.raises(Tampered):
                check_file(forged)


def test_every_added_or_missing_byte_is_noticed_white_space_included() -> None:
    content = as_file(canonical(PACKET))
    for position in range(len(content) + 1):
        for extra in (b" ", b"\n", b"0"):
            with pytest.raises(Tampered):
                check_file(content[:position] + extra + content[position:])
    for position in range(len(content)):
        with pytest.raises(Tampered):
            check_file(content[:position] + content[position + 1 :])


def test_the_same_words_written_otherwise_are_refused() -> None:
    envelope = json.loads(as_file(canonical(PACKET)))
    for forged in (
        json.dumps(envelope, indent=1),
        json.dumps(envelope, sort_keys=True, separators=(",", ":")),
        json.dumps(envelope, ensure_ascii=False, separators=(", ", ": ")),
    ):
        with pytest.raises(Tampered):
            check_file(forged.encode())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no JSON"),
        (b"[]", "no packet"),
        (b"{}", "no packet"),
        (b'{"digest":"x","packet":[]}', "no packet"),
        (b'{"digest":"x","packet":{}}', "format"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"digest":"x","digest":"x","packet":{}}', "twice"),
        (b'{"digest":"x","packet":{"format":"readiness-packet/1","n":1.0}}', "whole numbers"),
        (b'{"digest":"x","packet":{"format":"readiness-packet/1","n":NaN}}', "whole numbers"),
        (b'{"digest":"x","packet":{"format":"readiness-packet/1"}}', "its digest is"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"digest":"x","packet":{"format":"readiness-packet/1","n":' + b"[" * 80 + b"]" * 80 + b"}}", "too deeply"),
        (b'{"digest":"x","packet":{"format":"readiness-packet/1","n":' + b"9" * 5000 + b"}}", "no JSON"),
    ],
)
def test_what_is_no_packet_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(Tampered, match=sentence):
        check_file(content)


@settings(max_examples=300, deadline=None)
@given(packets)
def test_any_packet_reads_back_as_it_was(packet: dict[str, Any]) -> None:
    assert check_file(as_file(canonical(packet))) == packet


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_file_makes_the_check_stumble(content: bytes) -> None:
    with pytest.raises(Tampered):
        check_file(content)


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_digest_can_be_had_without_this_program(tmp_path: Path) -> None:
    path = tmp_path / "packet.json"
    body = canonical(PACKET)
    path.write_bytes(as_file(body))
    written = subprocess.run(["jq", "-cSj", ".packet", path], capture_output=True, check=True).stdout
    assert digest(written.decode()) == digest(body)
