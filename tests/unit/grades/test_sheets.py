"""One row of a sheet of marks, against what is kept."""

import pytest

from lti_tool.grades.rules.sheets import FINAL, STALE, Kept, Said, Verdict, judge

DRAFT = Kept(58, "Clear.", {"K": "Deep."}, 3)
DONE = Kept(58, "Clear.", {"K": "Deep."}, 3, is_final=True)


@pytest.mark.parametrize(
    ("said", "kept", "verdict", "told"),
    [
        (Said(), None, Verdict.UNCHANGED, "Nothing is filled in."),
        (Said(revision=9), DRAFT, Verdict.UNCHANGED, "Nothing is filled in."),
        (Said(64, "Good.", revision=0), None, Verdict.NEW, "mark 64; feedback"),
        (Said(0, revision=0), None, Verdict.NEW, "mark 0"),
        (Said(feedback="Good."), None, Verdict.NEW, "feedback"),
        (Said(64, revision=3), DRAFT, Verdict.CHANGED, "mark 58, now 64"),
        (Said(58, "Better.", revision=3), DRAFT, Verdict.CHANGED, "new feedback"),
        (Said(58, criteria={"K": "Deeper.", "E": "Wide."}, revision=3), DRAFT, Verdict.CHANGED,
         "2 criteria"),
        (Said(58, "Clear.", {"K": "Deep."}, 3), DRAFT, Verdict.UNCHANGED, "Is kept so already."),
        # What was confirmed already is no conflict, though the number on the sheet is old.
        (Said(58, "Clear.", {"K": "Deep."}, 2), DRAFT, Verdict.UNCHANGED, "Is kept so already."),
        (Said(64, revision=2), DRAFT, Verdict.REFUSED, STALE),
        (Said(64, revision=2), None, Verdict.REFUSED, STALE),
        (Said(64, revision=3), DONE, Verdict.REFUSED, FINAL),
        (Said(58, revision=3), DONE, Verdict.UNCHANGED, "Is kept so already."),
        # The operator's file has no revision.
        (Said(64), DRAFT, Verdict.CHANGED, "mark 58, now 64"),
    ],
)  # fmt: skip
def test_a_row_comes_to(said: Said, kept: Kept | None, verdict: Verdict, told: str) -> None:
    judged = judge(said, kept, are_final=False)
    assert (judged.verdict, judged.told) == (verdict, told)


@pytest.mark.parametrize(
    ("said", "kept", "verdict"),
    [
        (Said(64, "Good."), None, Verdict.NEW),
        (Said(64), None, Verdict.REFUSED),
        (Said(feedback="Good."), None, Verdict.REFUSED),
        (Said(64), DRAFT, Verdict.CHANGED),
        (Said(58), DRAFT, Verdict.CHANGED),  # the same words, and now final
        (Said(58), DONE, Verdict.UNCHANGED),
        (Said(), DRAFT, Verdict.UNCHANGED),
    ],
)
def test_a_row_that_is_to_be_final_needs_mark_and_feedback(
    said: Said, kept: Kept | None, verdict: Verdict
) -> None:
    assert judge(said, kept, are_final=True).verdict is verdict


def test_an_empty_cell_leaves_what_is_kept() -> None:
    judged = judge(Said(64, revision=3), DRAFT, are_final=False)
    assert (judged.mark, judged.feedback, judged.criteria) == (64, "Clear.", {"K": "Deep."})
