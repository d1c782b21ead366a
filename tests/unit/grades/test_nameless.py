"""What a moderator reads does not say whose it is where the tool can help it."""

from __future__ import annotations

import json

from lti_tool.evidence.bundle import parse_bundle
from lti_tool.grades.blind_bundle import without_names
from lti_tool.grades.nameless import erase
from lti_tool.people.vouching import ON_TRUST
from tests.integration.grades.factories import an_item


def test_names_are_replaced_in_titles_words_files_and_signatures() -> None:
    item = an_item(
        "What Amira Khan tried", narrative="Amira's class. Ms Khan led, and Khanna watched.",
    )  # fmt: skip
    item["attestations"][0]["statement"] = "Amira did this."
    item["files"][0]["filename"] = "Amira Khan.PDF"
    manifest = {
        "receipt": "R", "participant": {"candidate": "C000007"}, "module": "MTL6",
        "module_title": "A module", "attempt": 1, "submitted_at": "2026-11-10T15:00:00+00:00",
        "declarations": [], "items": [item],
    }  # fmt: skip
    bundle = erase(without_names(parse_bundle(json.dumps(manifest))), "Amira Khan", "C000007")
    (found,) = bundle.items
    assert found.title == "What C000007 tried"
    assert found.narrative == "C000007's class. Ms C000007 led, and Khanna watched."
    assert found.attestations[0].statement == "C000007 did this."
    assert "Hughes" not in found.attestations[0].coach
    assert "amira" not in found.files[0].filename.lower()
    assert found.files[0].filename.endswith(".pdf")


def test_that_nobody_has_confirmed_a_coach_is_told_without_the_name() -> None:
    author = {"id": 3, "role": "coach", "name": f"Carl Stranger{ON_TRUST}"}
    manifest = {
        "receipt": "R", "participant": {"candidate": "C000007"}, "module": "MTL6",
        "module_title": "A module", "attempt": 1, "submitted_at": "2026-11-10T15:00:00+00:00",
        "declarations": [], "items": [an_item(author=author)],
    }  # fmt: skip
    (found,) = without_names(parse_bundle(json.dumps(manifest))).items
    assert found.author == f"a coach{ON_TRUST}"
