"""What a standing shows to whom, without a database."""

import itertools
from datetime import UTC, date, datetime

import pytest

from lti_tool.cohort import shown
from lti_tool.cohort.facts import Known
from lti_tool.cohort.progress import OWN_STEPS, WAITS, Standing, highest, shown_state
from lti_tool.identity import Role, Viewer
from lti_tool.people.models import Participant, ProgrammeVersion
from lti_tool.programme.coverage import Cell, ClaimFact
from lti_tool.programme.definition import Level
from lti_tool.programme.due_dates import DueDate
from lti_tool.programme.next_step import StepKind
from lti_tool.programme.progression import ModuleFacts, ParticipantFacts
from lti_tool.settings import ROOT

TEXT = (ROOT / "config" / "programme.yaml").read_text(encoding="utf-8")
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LATER = date(2100, 1, 1)
DRAFT = ClaimFact(1, "MTL1", "1.1")
SHARED = ClaimFact(2, "MTL1", "1.1")


def standing(
    *modules: ModuleFacts, claims: tuple[ClaimFact, ...] = (), text: str = TEXT, due: date = LATER
) -> Standing:
    participant = Participant(programme_version=ProgrammeVersion(definition=text))
    facts, drafts = ParticipantFacts(modules, claims), frozenset({DRAFT.item_id})
    return Standing(Known(participant, facts, {}, {}, drafts, {"MTL1": DueDate(due)}))


def viewer(role: Role) -> Viewer:
    return Viewer(1, role, 1, 1)


def marked(mark: int | None, *, ratified: bool = False) -> Standing:
    facts = ModuleFacts("MTL1", submitted_at=NOON, released_mark=mark, ratified=ratified)
    return standing(facts)


@pytest.mark.parametrize(
    ("mark", "ratified", "to_tutor", "to_coach"),
    [
        (None, False, "submitted", "submitted"),
        (64, False, "provisional", "submitted"),
        (64, True, "ratified", "submitted"),
        (49, False, "fail", "submitted"),
        (50, False, "provisional", "submitted"),
    ],
)
def test_a_coach_learns_only_that_a_module_is_handed_in(
    mark: int | None, ratified: bool, to_tutor: str, to_coach: str
) -> None:
    status = marked(mark, ratified=ratified).statuses["MTL1"]
    assert shown_state(viewer(Role.TUTOR), status) == to_tutor
    assert shown_state(viewer(Role.PARTICIPANT), status) == to_tutor
    assert shown_state(viewer(Role.COACH), status) == to_coach


def test_nothing_late_is_taken_where_the_programme_refuses_it() -> None:
    late = "  rule: marks_per_working_day\n  deduct: 5\n  zero_after_days: 5\n"
    refusing = TEXT.replace(late, "  rule: refuse\n")
    assert refusing != TEXT
    ready, gone_by = ModuleFacts("MTL1", attested_items=1), date(2026, 11, 2)
    assert standing(ready, text=refusing).may_submit("MTL1").allowed
    assert standing(ready, due=gone_by).may_submit("MTL1").allowed
    decision = standing(ready, text=refusing, due=gone_by).may_submit("MTL1")
    assert not decision.allowed
    assert "late work is not taken" in decision.reasons[0]


def test_an_open_module_is_open_to_everybody() -> None:
    status = standing().statuses["MTL1"]
    assert {shown_state(viewer(role), status) for role in Role} == {"open"}


def test_the_note_beside_a_module_tells_a_coach_no_mark() -> None:
    def note(role: Role, mark: int) -> str:
        way = shown.way(viewer(role), marked(mark), lambda code: code)
        return str(way[0]["modules"][0]["note"])

    assert note(Role.TUTOR, 64) == "Passed with 64, provisional until the board confirms it"
    assert note(Role.LEAD, 49) == "Not passed with 49, provisional until the board confirms it"
    assert note(Role.COACH, 64) == ""


def test_drafts_are_counted_for_their_author_alone() -> None:
    own = standing(ModuleFacts("MTL1", draft_items=1, requested_items=1), claims=(DRAFT, SHARED))
    assert own.coverage(with_drafts=True).cell("1.1", 1).items == (1, 2)
    assert own.coverage().cell("1.1", 1).items == (2,)
    notes = {role: shown.way(viewer(role), own, str)[0]["modules"][0]["note"] for role in Role}
    assert notes[Role.PARTICIPANT] == "2 items, 0 attested"
    assert notes[Role.COACH] == notes[Role.TUTOR] == "1 item, 0 attested"


def test_what_was_submitted_counts_even_where_the_item_is_a_draft_again() -> None:
    submitted = ClaimFact(DRAFT.item_id, "MTL1", "1.1", submitted=True)
    assert standing(claims=(submitted,)).coverage().cell("1.1", 1).state is Level.SUBMITTED


def test_the_matrix_of_one_module_leaves_out_the_others() -> None:
    own = standing(claims=(SHARED, ClaimFact(3, "MTL2", "2.1")))
    assert own.coverage("MTL2").cell("1.1", 1).state is Level.PLANNED
    assert own.coverage("MTL2").cell("2.1", 1).items == (3,)
    assert own.coverage("MTL5").cell("2.1", 1).state is Level.NONE


def test_it_says_how_much_lies_with_whom() -> None:
    waiting = standing(
        ModuleFacts("MTL1", submitted_at=NOON),
        ModuleFacts("MTL2", requested_items=2, returned_items=3, draft_items=4),
    ).waiting
    assert (waiting.participant, waiting.coach, waiting.tutor) == (3, 2, 1)


def test_every_kind_of_step_is_ones_own_or_somebody_elses_or_an_end() -> None:
    ends = {StepKind.FINISHED, StepKind.MEET_CONDITION}
    assert OWN_STEPS | WAITS.keys() | ends == set(StepKind)
    assert not OWN_STEPS & WAITS.keys()


def test_the_highest_of_some_cells_counts_an_item_once() -> None:
    cells = [
        Cell("1.1", 1, Level.CLAIMED, (1, 2)),
        Cell("1.1", 2, Level.ATTESTED, (2,)),
        Cell("1.1", 3, Level.NONE),
    ]
    assert highest(cells) == (Level.ATTESTED, 2)


@pytest.mark.parametrize(
    ("mark", "band"), [(0, "Fail"), (39, "Fail"), (40, "Fail (marginal)"), (70, "Distinction")]
)
def test_the_bands_join_without_gaps_and_one_holds_the_mark(mark: int, band: str) -> None:
    rows = shown.bands(standing().programme, mark)
    assert [row["name"] for row in rows if row["here"]] == [band]
    assert (rows[0]["floor"], rows[-1]["top"]) == (0, 100)
    assert all(one["top"] + 1 == after["floor"] for one, after in itertools.pairwise(rows))
