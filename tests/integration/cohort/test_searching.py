"""One box finds people, schools and evidence by the words that people know of them."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest
from sqlalchemy import func, select

from lti_tool.clock import now
from lti_tool.cohort.search_models import EvidenceWords, PersonWords
from lti_tool.cohort.search_words import fill_evidence
from lti_tool.db import db
from lti_tool.evidence.models import AttemptItem, EvidenceItem
from lti_tool.grades.chain_models import MarkerAllocation
from tests.integration.cohort.folding import EXAMPLES
from tests.integration.evidence.steps import PDF, add, added, fill_in
from tests.integration.grades.blind import blind_pair
from tests.integration.people.test_places import add_school
from tests.pages import check_page
from tests.world import Person, World, text_of

sqlite_only = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)


def found(person: Person, words: str, more: str = "") -> dict[str, list[str]]:
    """What a search shows, by kind."""
    page = check_page(person.get(f"search?q={quote_plus(words)}{more}"), 200)
    return {
        str(group["data-found"]): [link.get_text(strip=True) for link in group.select("a")]
        for group in page.select("[data-found]")
    }


def address_of(person: Person) -> str:
    with person.world.tool.app.app_context():
        return str(person.user().email)


def code_of(person: Person) -> str:
    """A word that stands for this course alone, as the provider is shared."""
    return f"zq{person.course_id}qz"


def test_both_stores_fold_words_alike(world: World) -> None:
    with world.tool.app.app_context():
        for text, words in EXAMPLES:
            assert db.session.scalar(select(func.folded(text))) == f" {words} "


def test_a_lead_finds_people_schools_and_evidence_however_they_type(world: World) -> None:
    lead = world.lead()
    code = code_of(lead)
    zoe = world.participant(f"Zoë O'Brien {code}")
    urn = add_school(lead, f"Żywiec High {code}")
    world.allocate(world.coach(), to=zoe)
    added(zoe, title=f"Fractions {code}", narrative="Thinking aloud, café-style", button="submit")
    evidence = [f"Fractions {code}"]
    for words, expected in {
        f"{code} OBRIEN zoe": {"people": [zoe.name]},
        f"o’brien {code[1:-1]}": {"people": [zoe.name]},
        f"zywiec {code}": {"schools": [f"Żywiec High {code}"]},
        f"{urn} {code}": {"schools": [f"Żywiec High {code}"]},
        f"CAFE thinking fract {code}": {"evidence": evidence},
        f"ractions {code}": {},
    }.items():
        assert found(lead, words) == expected, words
    with world.tool.app.app_context():
        number = zoe.candidate_number().lower()
    assert zoe.name in found(lead, f"{number} {code}")["people"]
    assert zoe.name in found(lead, address_of(zoe))["people"]


def test_each_sees_what_is_theirs_and_learns_of_nothing_else(world: World) -> None:
    amira, colin, tessa = world.participant(), world.coach(), world.tutor()
    code = code_of(amira)
    ben = world.participant(f"Ben {code}")
    world.allocate(colin, to=ben)
    added(amira, title=f"Draft {code}")
    added(ben, title=f"Shared {code}", button="submit")
    assert found(amira, code) == {"evidence": [f"Draft {code}"]}
    assert found(ben, code) == {"evidence": [f"Shared {code}"]}
    everything = {"people": [ben.name], "evidence": [f"Shared {code}"]}
    assert found(colin, code) == found(tessa, code) == everything
    stranger = world.coach("Dora Lind")
    assert found(stranger, code) == {}
    assert code not in stranger.page.text.replace(f"“{code}”", "")
    elsewhere = World(world.tool, world.vle).tutor("Otto Vale")
    assert found(elsewhere, code) == {}
    assert found(amira, f"khan {code}", "&in=people") == {}
    # A coach has no part in addresses, a tutor none in the numbers that stand for names.
    assert found(tessa, address_of(ben))["people"] == [ben.name]
    assert found(colin, address_of(ben)) == {}
    with world.tool.app.app_context():
        number = ben.candidate_number()
    assert found(tessa, f"{number} {code}") == {}


def test_what_was_written_anew_is_found_by_its_new_words_only(world: World) -> None:
    amira = world.participant()
    code = code_of(amira)
    item = added(amira, title=f"Early {code}")
    add(amira, at=f"evidence/{item}/edit", title=f"Late {code}")
    assert found(amira, f"early {code}") == {}
    assert found(amira, f"late {code}") == {"evidence": [f"Late {code}"]}
    with world.tool.app.app_context():
        user = amira.user()
        user.name = f"Renamed {code}"
        db.session.commit()
        words = db.session.get_one(PersonWords, user.id).words
        assert f" renamed {code} " in words


def test_evidence_is_found_by_its_files_and_all_that_its_author_wrote_of_it(world: World) -> None:
    amira, colin, tessa = world.participant(), world.coach(), world.tutor()
    code = code_of(amira)
    world.allocate(colin, to=amira)
    file = (f"Year-7_Séating plan {code}.pdf", PDF)
    more = {"rationale-1.1": f"Showing routines {code}", "impact-baseline": f"Few hands {code}"}
    item = added(amira, file, title="Told otherwise", **more)
    title = {"evidence": ["Told otherwise"]}
    for words in (f"seating {code}", f"year 7 {code} pdf", f"routines {code}", f"hands {code}"):
        assert found(amira, words) == title, words
        # A draft is its author's alone, and so are the names of its files.
        assert found(colin, words) == found(tessa, words) == found(world.lead(), words) == {}
    amira.submit(amira.get(f"evidence/{item}"), button=("action", "submit"))
    assert found(colin, f"seating {code}") == found(tessa, f"hands {code}") == title
    assert "Year-7_Séating plan" in text_of(colin.page)
    with world.tool.app.app_context():
        words_of = select(EvidenceWords.words).where(EvidenceWords.item_id == int(item))
        kept = db.session.scalar(words_of)
        fill_evidence(db.session.connection())
        made = db.session.scalar(words_of)
        db.session.rollback()
        assert kept
        assert made
        assert sorted(kept.split()) == sorted(made.split())
    # Of a later version that is without the file, its name is no longer found.
    page = amira.get(f"evidence/{item}/edit")
    fill_in(amira, page, {"kept": None, "rationale-1.1": ""})
    assert found(amira, f"seating {code}") == found(amira, f"routines {code}") == {}
    assert found(amira, f"hands {code}") == title


@sqlite_only
def test_a_second_marker_finds_nothing_of_work_that_they_mark_by_number(world: World) -> None:
    pair = blind_pair(world)
    code = code_of(pair.amira)
    world.allocate(world.coach(), to=pair.amira)
    item_id = added(pair.amira, (f"{code}.pdf", PDF), title="Told", button="submit")
    for tutor in (pair.tessa, pair.norman):
        assert found(tutor, code) == {"evidence": ["Told"]}
    with world.tool.app.app_context():
        version = db.session.get_one(EvidenceItem, item_id).current
        db.session.add(AttemptItem(attempt_id=pair.attempt_id, version_id=version.id))
        db.session.add(
            MarkerAllocation(
                attempt_id=pair.attempt_id, marking_role="second", allocated_at=now(),
                marker_id=pair.norman.user().id, allocated_by_id=pair.tessa.user().id,
            )
        )  # fmt: skip
        db.session.commit()
    assert found(pair.norman, code) == {}
    assert found(pair.tessa, code) == {"evidence": ["Told"]}


@sqlite_only
def test_long_and_odd_words_are_searched_for_calmly(world: World) -> None:
    amira = world.participant()
    code = code_of(amira)
    for number in range(7):
        added(amira, title=f"Piece {number} {code}")
    assert len(found(amira, code)["evidence"]) == 5
    assert amira.page.text.count("Show more") == 1
    assert len(found(amira, code, "&in=evidence&page=99")["evidence"]) == 7
    for odd in (
        "%",
        "_",
        "*",
        "x" * 5000,
        "word " * 500,
        "'; DROP TABLE user; --",
        "a:* & !b",
        "🙂",
    ):
        assert found(amira, odd) == {}, odd
    many = " ".join(f"{code}{number}" for number in range(500))
    assert found(amira, many) == {}
    assert "only its first 8 words" in amira.page.text
    assert amira.get("search?q=%00").status_code == 400
    assert found(amira, " ") == {}
