"""Words beside a file count in a version's digest, and old digests stay what they were."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from lti_tool.evidence.rules import canonical, file_facts
from lti_tool.evidence.uploads import AcceptedFile

BOARD = AcceptedFile("ab" * 32, 12, "image/jpeg", "board.jpg")


def test_a_file_without_words_has_the_digest_that_it_had_before_there_were_any() -> None:
    before = (
        '{"filename":"board.jpg","media_type":"image/jpeg","sha256":"' + "ab" * 32 + '","size":12}'
    )
    for words in (None, ""):
        assert canonical(file_facts(replace(BOARD, alt_text=words))) == before


def test_what_a_scanner_or_a_cleaner_said_is_no_part_of_the_content() -> None:
    told = replace(BOARD, is_clean=True, removed=("the author’s name",))
    assert file_facts(told) == file_facts(BOARD)


def test_a_coach_signs_for_the_words_too() -> None:
    digests = {
        hashlib.sha256(canonical(file_facts(replace(BOARD, alt_text=words))).encode()).hexdigest()
        for words in (None, "Four groups", "Five groups")
    }
    assert len(digests) == 3
