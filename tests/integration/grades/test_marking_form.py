"""Criteria and the evidence for them, and a marker's own comments, without a script."""

from __future__ import annotations

import pytest
from requests import Response

from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import marking
from tests.integration.grades.factories import FEEDBACK, an_item, hand_in
from tests.world import World, soup, text_of

pytestmark = pytest.mark.parametrize("tool", ["sqlite"], indirect=True)
FORM = "form[data-autosave]"
ITEMS = [an_item("Lesson study", item=11), an_item("A visit", item=12)]


def bears_on(page: Response, item: int) -> list[str]:
    """The criteria shown beside a piece of evidence."""
    (line,) = soup(page).select(f"[data-bears-on='{item}']")
    return [each.get_text() for each in line.select("a") if not each.has_attr("hidden")]


def comment_id(page: Response) -> str:
    return str(soup(page).select("input[name=comment]")[0]["value"])


def links_of(world: World, attempt_id: int) -> dict[str, list[int]] | None:
    with world.tool.app.app_context():
        mark = marking.find_mark(db.session.get_one(Attempt, attempt_id))
        return mark.links if mark else None


def test_evidence_is_linked_with_a_criterion_and_back(world: World) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"), items=ITEMS)
    page = tessa.get(f"marking/{attempt_id}")
    ticked = {"evidence-K": ["11", "12"], "evidence-A": ["12"], "mark": "sixty"}
    refused = tessa.submit(page, ticked, button=("action", "save"), form=FORM)
    assert refused.status_code == 422
    assert len(bears_on(refused, 12)) == 2  # ticks are kept as typed words are
    tessa.submit(refused, {"mark": "60"}, button=("action", "save"), form=FORM)
    assert links_of(world, attempt_id) == {"K": [11, 12], "A": [12]}

    page = tessa.get(f"marking/{attempt_id}")
    assert len(bears_on(page, 11)) == 1
    final = {"feedback": FEEDBACK, "evidence-A": None}
    shown = tessa.submit(page, final, button=("action", "final"), form=FORM)
    assert "Evidence: Lesson study; A visit" in text_of(shown)
    assert links_of(world, attempt_id) == {"K": [11, 12]}


def test_a_criterion_is_linked_with_nothing_that_was_not_handed_in(world: World) -> None:
    tessa = world.tutor()
    attempt_id = hand_in(world.participant(opens="MTL1"), items=ITEMS)
    page = tessa.get(f"marking/{attempt_id}")
    page._content = page.content.replace(b'value="12" data-links', b'value="99" data-links')
    refused = tessa.submit(page, {"evidence-K": ["99"]}, button=("action", "save"), form=FORM)
    assert refused.status_code == 422
    assert "only with evidence that was handed in" in text_of(refused)
    assert links_of(world, attempt_id) is None


def test_the_words_of_a_field_are_kept_for_later_and_are_their_writers_alone(world: World) -> None:
    tessa, norman = world.tutor(), world.tutor("Norman Lee")
    attempt_id = hand_in(world.participant(opens="MTL1"))
    page = tessa.get(f"marking/{attempt_id}")
    nothing = tessa.submit(page, {"keep_from": "criterion-K"}, button=("action", "keep"), form=FORM)
    assert soup(nothing).select(".govuk-error-summary a")[0]["href"] == "#keep_from"
    words = {"criterion-K": "Say what the reading adds.", "keep_from": "criterion-K"}
    kept = tessa.submit(page, words, button=("action", "keep"), form=FORM)
    assert "Your comments (1)" in text_of(kept)
    assert soup(kept).select("#criterion-K")[0].text.strip() == words["criterion-K"]

    bank = tessa.get("marking/comments")
    more = tessa.submit(bank, {"text": "  Say what the reading adds. "}, form="#keep")
    assert len(soup(more).select("pre")) == 1  # the same words once
    more = tessa.submit(more, {"text": "Which pupils?"}, form="#keep")
    assert [each.text for each in soup(more).select("pre")] == [
        words["criterion-K"], "Which pupils?"
    ]  # fmt: skip
    tessa.submit(more, form="form[action$=remove]")
    assert [each.text for each in soup(tessa.page).select("pre")] == ["Which pupils?"]
    assert soup(norman.get("marking/comments")).select("pre") == []
    foreign = comment_id(tessa.page)
    mine = norman.submit(norman.page, {"text": "My own."}, form="#keep")
    field = 'name="comment" value="{}"'
    before, after = field.format(comment_id(mine)), field.format(foreign)
    mine._content = mine.content.replace(before.encode(), after.encode())
    assert norman.submit(mine, form="form[action$=remove]").status_code == 404
    assert len(soup(tessa.get("marking/comments")).select("pre")) == 1
