"""What is declared about pupils, and how far evidence may go by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence.declaration import (
    BASES,
    NOT_PERMITTED,
    UNDECLARED,
    Declaration,
    declaration_facts,
    declaration_problems,
    declare,
    is_open,
    obstacle,
)
from lti_tool.evidence.rules import Content, content_facts, content_hash, is_web_link

OLD = Content("A lesson", "It went well.", date(2026, 11, 20), "MTL1", ("1.1", "2.1"))
# The digest of OLD as it was made before a version could say more.
OLD_HASH = "a93b81faa075c3427c88577050647156715f11aa60e75465563c3714879e217a"


@pytest.mark.parametrize(
    ("said", "why_not"),
    [
        (declare(None), UNDECLARED),
        (declare(""), UNDECLARED),
        (declare("none"), ""),
        (declare("anonymised"), ""),
        (declare("identifiable"), NOT_PERMITTED),
        (declare("identifiable", "The head teacher"), NOT_PERMITTED),
        (declare("identifiable", "", "parents"), NOT_PERMITTED),
        (declare("identifiable", "  ", "parents"), NOT_PERMITTED),
        (declare("identifiable", "The head teacher", "parents"), ""),
        (declare("whatever"), NOT_PERMITTED),
    ],
)
def test_recognisable_pupils_need_a_permission_and_what_it_rests_on(
    said: Declaration, why_not: str
) -> None:
    assert obstacle(said) == why_not
    assert is_open(said) == (not why_not)


def test_a_permission_is_kept_only_where_a_pupil_can_be_recognised() -> None:
    assert declare("none", "The head teacher", "parents") == Declaration("none")
    assert declaration_facts(declare("none")) == {"pupils": "none"}
    assert declaration_facts(declare("")) == {}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Declaration("perhaps"), "pupils"),
        (Declaration("identifiable", "x" * 201, "parents"), "permission_by"),
        (Declaration("identifiable", "The head", "hearsay"), "permission_basis"),
    ],
)
def test_what_no_form_offers_is_refused_beside_its_field(said: Declaration, field: str) -> None:
    assert list(declaration_problems(said)) == [field]


def test_an_old_version_keeps_its_digest() -> None:
    assert content_hash(content_facts(OLD, [])) == OLD_HASH


FURTHER = {
    "setting": st.text(min_size=1),
    "rationales": st.fixed_dictionaries({"1.1": st.text(min_size=1)}),
    "links": st.lists(st.text(min_size=1), min_size=1, max_size=3).map(tuple),
    "impact_record_id": st.integers(min_value=1),
    "target_id": st.integers(min_value=1),
    "pupils": st.sampled_from(["none", "anonymised", "identifiable"]),
}


@given(
    st.sampled_from(sorted(FURTHER)).flatmap(lambda name: FURTHER[name].map(lambda v: (name, v)))
)
def test_whatever_more_is_said_belongs_to_the_digest(change: tuple[str, object]) -> None:
    name, value = change
    said = replace(OLD, **{name: value})  # type: ignore[arg-type]  # a field by its name
    assert content_hash(content_facts(said, [])) != OLD_HASH


def test_a_reason_for_a_strand_that_is_not_claimed_is_not_kept() -> None:
    said = replace(OLD, rationales={"4.2": "Because"})
    assert content_hash(content_facts(said, [])) == OLD_HASH


@given(st.sampled_from(sorted(BASES)), st.text(min_size=1).filter(str.strip))
def test_who_permitted_it_and_on_what_basis_belong_to_the_digest(basis: str, by: str) -> None:
    plain = replace(OLD, pupils="identifiable")
    full = replace(plain, permission_by=by, permission_basis=basis)
    digests = {content_hash(content_facts(one, [])) for one in (OLD, plain, full)}
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("text", "is_link"),
    [
        ("https://www.example.org/a?b=c#d", True),
        ("http://example.org", True),
        ("example.org", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://me:secret@example.org", False),
        ("https://example.org/\u202etxt", False),
        ("https://[::1", False),
        ("https://example.org:99999", False),
        ("https://example.org/" + "x" * 500, False),
    ],
)
def test_a_web_link_leads_to_a_site_and_does_nothing_else(text: str, is_link: bool) -> None:
    assert is_web_link(text) is is_link
