"""Two versions of a programme are compared as such, and for what one participant has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lti_tool.programme.adoption import effect, within
from lti_tool.programme.comparison import Line, compare
from lti_tool.programme.coverage import ClaimFact, coverage
from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import parse_programme
from lti_tool.programme.progression import ModuleFacts, ParticipantFacts
from tests.programme_files import PRESETS, SMALL, changed, text_of

THEN = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
NEW = {
    "phase": "2", "credits": "15", "title": "Newly made", "strands": ["2.1", "2.2"],
    "marking": "single", "assess": {"kind": "portfolio", "words": "1000"},
}  # fmt: skip
WITHOUT_MTL4 = {"modules__MTL4": None, "modules__NEW": NEW}


@pytest.fixture(scope="module")
def now() -> Programme:
    return parse_programme(text_of(PRESETS[0]))


def then(**changes: Any) -> Programme:
    return changed(text_of(PRESETS[0]), framework__version="2.0", **changes)


def facts(*modules: ModuleFacts, **further: Any) -> ParticipantFacts:
    return ParticipantFacts(modules, **further)


def test_a_version_that_says_the_same_changes_nothing(now: Programme) -> None:
    assert compare(now, then()).is_empty


@pytest.mark.parametrize(
    ("changes", "title", "line"),
    [
        ({"framework__award": "Another"}, "Award",
         Line("Award", "Masters in Teaching and Learning", "Another")),
        ({"phases__2__title": "On"}, "Phases", Line("Phase 2", "Broadening and embedding", "On")),
        ({"modules__MTL3__title": "T"}, "Modules",
         Line("MTL3", "Teaching, learning and assessment", "T")),
        ({"modules__MTL3__strands": "any", "modules__MTL3__may_also": []}, "Modules",
         Line("MTL3, strands", "1.1, 1.2", "any")),
        ({"modules__MTL7__strands": ["1.1"]}, "Modules",
         Line("MTL7, strands", "the chosen specialism", "1.1")),
        ({"content_areas__CA3__strands__3.2__text": "all"}, "Content areas",
         Line("Strand 3.2", "inclusion, including SEN, EAL (CA3)", "all (CA3)")),
        ({"content_areas__CA3__strands__3.2__example": None}, "Content areas",
         Line("Strand 3.2, example", "Giving a pupil who is new to English the key words in "
              "pictures first, and seeing what they could then explain.", "–")),
        ({"criteria__C__example": "Somebody asks."}, "Marking",
         Line("Criterion C, example", "A colleague who was not there could try the same next week "
              "from reading it.", "Somebody asks.")),
        ({"progression__mode": "block"}, "Progression", Line("Unmet conditions", "warn", "block")),
        ({"phases__2__entry__passed": []}, "Progression",
         Line("To start phase 2, passed", "MTL1", "–")),
        ({"completion__records": []}, "Completion",
         Line("Recorded", "diagnosis_agreed, specialism_agreed, network_link, "
              "dissemination_record", "–")),
        ({"completion__strand_target__hard": "true"}, "Completion",
         Line("In each strand at least", "2 attested (asked, not binding)",
              "2 attested (binding)")),
        ({"pass_mark": "45"}, "Marking", Line("Pass mark", "50", "45")),
        ({"late__deduct": "10"}, "Marking", Line("Late, deduct", "5", "10")),
        ({"apl__max_credits": "15"}, "Prior learning", Line("Apl, max credits", "30", "15")),
        ({"time__clock_stops_for": ["career_break"]}, "Time",
         Line("Time, clock stops for", "parental leave, long sickness, career break",
              "career break")),
        ({"coaching__required_throughout": "false"}, "Coaching",
         Line("Coaching, required throughout", "yes", "no")),
        ({"boards__quorum": "5"}, "Boards", Line("Boards, quorum", "3", "5")),
        ({"retention__audit": "7"}, "Gradebook and retention", Line("Retention, audit", "6", "7")),
    ],
)  # fmt: skip
def test_whatever_is_said_differently_is_told(
    now: Programme, changes: dict[str, Any], title: str, line: Line
) -> None:
    found = {section.title: section.lines for section in compare(now, then(**changes)).sections}
    assert line in found.pop(title)
    assert not found


def test_modules_that_go_and_come_are_named(now: Programme) -> None:
    found = compare(now, then(**WITHOUT_MTL4))
    assert [module.code for module in found.modules_gone] == ["MTL4"]
    assert [module.code for module in found.modules_new] == ["NEW"]


def test_strands_that_go_and_come_are_named(now: Programme) -> None:
    found = compare(now, parse_programme(SMALL))
    assert [strand.id for strand in found.strands_new] == ["first", "second", "third"]
    assert len(found.strands_gone) == 8


CRITERIA = {
    "criteria": {"Q": {"label": "Quality", "asks": "How good?"}},
    "phases__1__weights": {"Q": "100"},
    "phases__2__weights": {"Q": "100"},
    "phases__3__weights": {"Q": "100"},
}


@pytest.mark.parametrize(
    ("own", "changes", "refusal"),
    [
        (ModuleFacts("MTL4", submitted_at=THEN), WITHOUT_MTL4,
         "Work is handed in for MTL4, which is not in this version."),
        (ModuleFacts("MTL4", submitted_at=THEN, released_mark=30), WITHOUT_MTL4,
         "Work is handed in for MTL4, which is not in this version."),
        (ModuleFacts("MTL4", reassessment=True, attempts=1), WITHOUT_MTL4,
         "Work is handed in for MTL4, which is not in this version."),
        (ModuleFacts("MTL4", attested_items=2), WITHOUT_MTL4, ""),
        (ModuleFacts("MTL3", submitted_at=THEN), WITHOUT_MTL4, ""),
        (ModuleFacts("MTL4", apl_pending=True), WITHOUT_MTL4,
         "Earlier study is claimed for MTL4, which is not in this version."),
        (ModuleFacts("MTL4", recognised=True), WITHOUT_MTL4,
         "Earlier study is recognised for MTL4, and would not count in this version."),
        (ModuleFacts("MTL4", recognised=True), {"apl__max_credits": "10"},
         "Earlier study is recognised for MTL4, and would not count in this version."),
        (ModuleFacts("MTL3", submitted_at=THEN, released_mark=60), CRITERIA,
         "Work on MTL3 is judged by criteria that are not in this version."),
        (ModuleFacts("MTL3", submitted_at=THEN), {"phases__2__weights__K": "15",
                                                  "phases__2__weights__E": "20"},
         "Work on MTL3 waits for its mark, and this version judges it differently."),
        (ModuleFacts("MTL3", submitted_at=THEN, released_mark=60),
         {"phases__2__weights__K": "15", "phases__2__weights__E": "20"}, ""),
        (ModuleFacts("MTL3", submitted_at=THEN), {"criteria__K__example": "Another."}, ""),
        (ModuleFacts("MTL1", submitted_at=THEN), {"phases__2__weights__K": "15",
                                                  "phases__2__weights__E": "20"}, ""),
    ],
)  # fmt: skip
def test_what_was_handed_in_or_recognised_keeps_its_place(
    now: Programme, own: ModuleFacts, changes: dict[str, Any], refusal: str
) -> None:
    found = effect(now, then(**changes), facts(own))
    assert found.refusals == ((refusal,) if refusal else ())
    assert found.may_adopt is not bool(refusal)


def test_what_changes_for_somebody_is_told_in_sentences(now: Programme) -> None:
    later = then(
        **WITHOUT_MTL4,
        modules__MTL1__credits="25",
        modules__MTL2__credits="35",
        completion__areas_covered="submitted",
        progression__parallel_modules="2",
    )
    own = facts(
        ModuleFacts("MTL1", submitted_at=THEN, released_mark=60),
        claims=(
            ClaimFact(1, "MTL4", "2.1"),
            ClaimFact(1, "MTL4", "2.2"),
            ClaimFact(2, "MTL1", "1.1", submitted=True),
        ),
        records=frozenset({"diagnosis_agreed"}),
    )
    notes = effect(now, later, own).notes
    assert "1 piece of evidence for MTL4, which goes. It stays on record." in notes
    assert "Credits earned: 30 now, 25 then." in notes
    assert "Can work on MTL2, MTL3 now; on MTL2, MTL3, MTL5 then." in notes
    assert any(note.startswith("Further conditions for the award: ") for note in notes)


def test_nothing_changes_for_somebody_whom_the_changes_do_not_touch(now: Programme) -> None:
    later = then(retention__audit="7")
    assert effect(now, later, facts(ModuleFacts("MTL1", draft_items=1))).notes == ()


def test_evidence_and_specialism_in_strands_that_go_are_named() -> None:
    now = parse_programme(SMALL)
    later = changed(
        SMALL,
        content_areas__only__strands__third=None,
        modules={
            "M.one": {"phase": "1", "credits": "5", "title": "F", "strands": ["first"],
                      "marking": "single", "assess": {"kind": "portfolio", "words": "0"}},
            "M.two": {"phase": "2", "credits": "20", "title": "S", "strands": ["second"],
                      "marking": "single", "assess": {"kind": "portfolio", "words": "0"}},
        },
    )  # fmt: skip
    own = facts(
        claims=(ClaimFact(1, "M.two", "third"), ClaimFact(2, "M.two", "third")),
        specialism=frozenset({"third"}),
    )
    notes = effect(now, later, own).notes
    assert "2 pieces of evidence for strand third, which goes. It stays on record." in notes
    assert "The agreed specialism is in strands that go: third." in notes
    assert not coverage(later, within(later, own).claims, ()).areas_covered(
        next(cell.state for cell in coverage(now, own.claims, ()).cells if cell.items)
    )
