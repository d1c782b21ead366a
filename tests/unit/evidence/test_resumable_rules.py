"""What an upload in pieces says of itself, and into which pieces it is cut."""

from __future__ import annotations

import base64
import io
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Invalid
from lti_tool.evidence.resumable_pieces import pieces
from lti_tool.evidence.resumable_rules import (
    MEGABYTE,
    TooLarge,
    check_number,
    check_room,
    check_size,
    megabytes,
    percent,
    read_metadata,
    read_number,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("filename cGxhbi5wZGY=", {"filename": "plan.pdf"}),
        ("filename cGxhbi5wZGY=, fingerprint YQ==", {"filename": "plan.pdf", "fingerprint": "a"}),
        ("is_confidential", {"is_confidential": ""}),
        ("filename w6k=,,", {"filename": "é"}),
    ],
)
def test_metadata_are_pairs_of_a_key_and_base64(text: str, expected: dict[str, str]) -> None:
    assert read_metadata(text) == expected


@pytest.mark.parametrize("text", ["filename ?", "filename /w==", "filename abc"])
def test_metadata_that_cannot_be_read_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Invalid, match="Choose the file again"):
        read_metadata(text)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.text()))
def test_metadata_come_back_as_they_were_written(said: dict[str, str]) -> None:
    pairs = [f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items()]
    assert read_metadata(",".join(pairs)) == said


@pytest.mark.parametrize("text", [None, "", "-1", "1.5", "x", "²", "9" * 16])
def test_a_count_of_bytes_is_a_plain_number(text: str | None) -> None:
    with pytest.raises(Invalid, match="Upload-Length"):
        read_number(text, "Upload-Length")


def test_what_would_be_refused_at_the_end_is_refused_at_the_start() -> None:
    check_size("a.mp4", 500 * MEGABYTE, 500 * MEGABYTE)
    with pytest.raises(TooLarge, match=r"“a.mp4” is 501\.0 MB\. A file can have 500 MB"):
        check_size("a.mp4", 501 * MEGABYTE, 500 * MEGABYTE)
    with pytest.raises(Invalid, match=r"“a\.mp4” is empty"):
        check_size("a.mp4", 0, 500 * MEGABYTE)


def test_there_is_an_end_to_the_number_of_files() -> None:
    check_number("a.pdf", 9_999)
    with pytest.raises(TooLarge, match="you keep 10,000 files here"):
        check_number("a.pdf", 10_000)


def test_a_quota_is_refused_with_how_much_is_used() -> None:
    check_room("a.mp4", 10, 90, 100)
    with pytest.raises(TooLarge, match=r"Your files take 4\.9 GB of the 4\.9 GB"):
        check_room("a.mp4", MEGABYTE, 5000 * MEGABYTE, 5000 * MEGABYTE)


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0.0 MB"), (1, "0.1 MB"), (MEGABYTE, "1.0 MB"), (2048 * MEGABYTE, "2.0 GB")],
)
def test_a_size_is_told_in_words(size: int, words: str) -> None:
    assert megabytes(size) == words


@given(st.integers(1, 10**12), st.data())
def test_only_all_of_it_is_a_hundred_percent(size: int, data: st.DataObject) -> None:
    received = data.draw(st.integers(0, size))
    assert (percent(received, size) == 100) == (received == size)


@given(st.binary(max_size=400), st.integers(0, 500), st.integers(1, 60))
def test_pieces_joined_are_what_came_and_never_more_than_asked(
    content: bytes, most: int, size: int
) -> None:
    found = list(pieces(io.BytesIO(content).read, most, size=size))
    assert b"".join(found) == content[:most]
    assert all(0 < len(one) <= size for one in found)


def test_what_comes_slowly_is_stored_before_it_is_a_whole_piece() -> None:
    slow = iter([b"a", b"b", b"c", b""])
    ticks = count(0, 4)
    assert list(pieces(lambda _: next(slow), 9, clock=lambda: float(next(ticks)))) == [b"ab", b"c"]
