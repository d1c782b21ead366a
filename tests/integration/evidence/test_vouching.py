"""Nobody vouches for themselves, and a signature keeps how its signer proved who they are."""

from __future__ import annotations

import pytest
from requests import Response
from sqlalchemy import select

from demo_vle.browser import Visitor
from lti_tool.db import db
from lti_tool.evidence.models import Attestation
from tests.integration.evidence.steps import added, attest, problems
from tests.integration.evidence.test_attesting import is_attested
from tests.integration.people.outsiders import COURSE, Outsider, invited_coach, link_row
from tests.world import World


def proofs(world: World, item: int) -> list[str]:
    """How the signers of an item were known, oldest first."""
    with world.tool.app.app_context():
        found = db.session.scalars(select(Attestation).order_by(Attestation.id))
        return [each.authenticated_by for each in found if each.version.item_id == item]


def signs(browser: Visitor, landed: Response, item: int) -> Response:
    """Open an item of the course that this browser is in, and attest it."""
    at = COURSE.search(landed.url)
    assert at, landed.url
    page = browser.get(f"{landed.url[: at.end()]}evidence/{item}")
    return browser.submit(page, "#form", {"statement": "I saw it."}, button=("action", "attest"))


def test_a_signature_keeps_how_its_signer_came_in(world: World) -> None:
    amira = world.participant()
    olga = invited_coach(world, world.tutor(), amira)
    first, second = added(amira, button="submit"), added(amira, button="submit")
    landed = olga.sign_in(olga.newest_link(), own=True)
    assert signs(olga.browser, landed, first).status_code == 200
    assert proofs(world, first) == ["code"]
    cookie = next(each for each in olga.browser.session.cookies if each.name == "__Host-mtl")
    olga.browser.session.cookies.clear(cookie.domain, cookie.path, cookie.name)
    page = olga.browser.get(olga.newest_link())
    landed = olga.browser.submit(page, "form:not(:has(#address))", button=("action", "save"))
    assert signs(olga.browser, landed, second).status_code == 200
    assert proofs(world, second) == ["browser"]
    assert is_attested(amira) == [True, True]


@pytest.mark.parametrize("tagged", [False, True], ids=["as it is", "with a tag"])
def test_a_participants_own_address_is_nobodys_coach(world: World, tagged: bool) -> None:
    amira, tutor = world.participant(), world.tutor()
    own = str(amira.visitor.person.email)  # type: ignore[attr-defined]
    typed = own.upper().replace("@", "+coach@") if tagged else own.upper()
    page = tutor.get(f"participants/{amira.participant_id()}/coach-link")
    answer = tutor.submit(
        page, {"name": "A. Khan", "address": typed}, button=("action", "save"),
        form="form:has(#address)",
    )  # fmt: skip
    assert answer.status_code == 422
    assert problems(answer)["address"].startswith("This is the participant's own address.")


def test_who_has_the_participants_address_now_cannot_sign(world: World) -> None:
    amira = world.participant()
    olga = invited_coach(world, world.tutor(), amira)
    item = added(amira, button="submit")
    landed = olga.sign_in(olga.newest_link())
    at = COURSE.search(landed.url)
    assert at, landed.url
    page = olga.browser.get(f"{landed.url[: at.end()]}evidence/{item}")
    renames(olga, to=str(amira.visitor.person.email))  # type: ignore[attr-defined]
    said = {"statement": "I saw it."}
    answer = olga.browser.submit(page, "#form", said, button=("action", "attest"))
    assert answer.status_code == 409
    assert "have the same e-mail address" in problems(answer)["form"]
    assert is_attested(amira) == [False]


def renames(olga: Outsider, *, to: str) -> None:
    """The link's address becomes another one, as if staff had confirmed it before."""
    with olga.world.tool.app.app_context():
        link_row(olga).address = to
        db.session.commit()


def test_a_launch_is_proof_as_well(world: World) -> None:
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    item = added(amira, button="submit")
    attest(colin, item)
    assert proofs(world, item) == ["lti"]
