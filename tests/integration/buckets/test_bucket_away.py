"""While the bucket does not answer a sentence says so, and nothing that was accepted is lost."""

from __future__ import annotations

import re

import pytest

from tests.integration.evidence.steps import (
    PDF,
    add,
    added,
    fill_in,
    id_of,
    problems,
    stored_items,
    submit,
    words,
)
from tests.integration.evidence.test_verifying import nobody_there
from tests.pages import check_page
from tests.world import Person, World, soup

SENTENCE = "The file store does not answer just now. Nothing was lost; try again in a minute."


def take_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(world.tool.app.extensions, "storage", nobody_there(world.tool))


def plan(person: Person) -> tuple[str, bytes]:
    return "plan.pdf", PDF + person.visitor.person.id.encode()


def test_a_form_whose_file_cannot_be_stored_comes_back_with_its_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    with monkeypatch.context() as away:
        take_away(world, away)
        page = add(amira, plan(amira), narrative="What I typed.")
    check_page(page, 422)
    assert SENTENCE in problems(page).values()
    assert "What I typed." in page.text
    assert stored_items(amira) == 0
    item_id = id_of(fill_in(amira, page, {}, [plan(amira)]))
    page = amira.get(f"evidence/{item_id}")
    assert amira.visitor.follow(page, "plan.pdf").content == plan(amira)[1]


def test_evidence_is_read_and_its_file_is_not_called_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    item_id = added(amira, plan(amira))
    with monkeypatch.context() as away:
        take_away(world, away)
        page = amira.get(f"evidence/{item_id}")
        check_page(page, 200)
        answer = amira.visitor.follow(page, "plan.pdf")
        assert answer.status_code == 503
        assert SENTENCE in words(answer)
    assert amira.visitor.follow(page, "plan.pdf").content == plan(amira)[1]


def test_nothing_is_submitted_unproved_and_the_choice_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    item_id = added(amira, plan(amira))
    with monkeypatch.context() as away:
        take_away(world, away)
        page = submit(amira, item_id)
    assert page.status_code == 503
    assert SENTENCE in problems(page).values()
    assert "/receipts/" in fill_in(amira, page, {}, button="submit").url


def test_a_receipt_says_that_it_cannot_be_told_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    amira = world.participant()
    added(amira, plan(amira))
    found = re.search(r"receipts/[A-Z0-9-]+$", submit(amira).url)
    assert found
    with monkeypatch.context() as away:
        take_away(world, away)
        page = amira.get(found[0])
    check_page(page, 200)
    assert soup(page).select("[data-receipt-check=unknown]")
    assert f"Cannot be told now {SENTENCE}" in words(page)
    assert "Does not agree" not in page.text
    assert soup(amira.get(found[0])).select("[data-receipt-check=ok]")
