"""A button that a form does not have does nothing, whatever else the form would have done."""

from __future__ import annotations

from tests.integration.attacks.hands import post, token
from tests.integration.evidence.steps import added, problems, stored_items, words
from tests.pages import check_page
from tests.world import Person, World, soup, text_of

UNKNOWN = "This button is not known here. Nothing was done."


def hidden_fields(person: Person, page: str) -> dict[str, str]:
    """What a form brings of itself: the token, the version that was read, and so on."""
    fields = soup(person.get(page)).select("#form [type=hidden]")
    return {str(each["name"]): str(each["value"]) for each in fields}


def test_an_item_is_neither_attested_nor_sent_back(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    item = added(amira, button="submit")
    read = hidden_fields(colin, f"evidence/{item}") | {"statement": "I saw it happen."}
    for pressed in ({"action": "cancel"}, {"action": ""}, {}):
        answer = post(colin, f"evidence/{item}/attest", **read, **pressed)
        check_page(answer, 422)
        assert problems(answer)["form"] == UNKNOWN
        assert "I saw it happen." in answer.text
    state = soup(colin.get(f"evidence/{item}")).select_one("[data-state]")
    assert state is not None
    assert state["data-state"] == "attestation_requested"


def test_no_evidence_is_added_or_changed(world: World) -> None:
    amira = world.participant()
    item = added(amira)
    fields = {"csrf_token": token(amira, "evidence/new"), "title": "Typed with care"}
    fields |= {"strands": "1.1", "action": "publish"}
    for path in ("evidence/new", f"evidence/{item}/edit"):
        answer = post(amira, path, **fields)
        check_page(answer, 422)
        assert problems(answer)["form"] == UNKNOWN
        assert "Typed with care" in answer.text
    assert stored_items(amira) == 1
    assert "Typed with care" not in words(amira.get(f"evidence/{item}"))


def test_nobody_is_allocated(world: World) -> None:
    amira, colin, tessa = world.participant(), world.coach(), world.tutor()
    path = f"participants/{amira.participant_id()}/allocations"
    with world.tool.app.app_context():
        chosen = {"user": str(colin.user().id), "kind": "coach"}
    answer = post(tessa, path, csrf_token=token(tessa, path), **chosen, action="remove")
    check_page(answer, 422)
    assert UNKNOWN in text_of(answer)
    assert colin.get(f"participants/{amira.participant_id()}").status_code == 404
