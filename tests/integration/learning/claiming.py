"""What people do about prior learning, as steps of a story."""

from __future__ import annotations

import re
from typing import Any

from requests import Response
from sqlalchemy import select

from lti_tool.clock import today
from lti_tool.db import db
from lti_tool.learning.models import PriorLearningClaim, PriorLearningModule
from lti_tool.learning.prior_learning import recognised
from tests.pages import check_page
from tests.world import Person

IMPACT = {
    "impact-baseline": "Nine of thirty could explain a fraction.",
    "impact-change": "We drew every problem before we solved it.",
    "impact-outcome": "Twenty-four of thirty could explain it.",
    "impact-group_size": "30",
    "impact-source": "Marked work before and after.",
    "impact-explanations": "A new book came at the same time.",
    "impact-confidence": "medium",
}
TESTS = ("relevance", "sufficiency", "authenticity", "currency")


def good_claim(*modules: str, **changed: Any) -> dict[str, Any]:
    """The fields of a claim with nothing missing."""
    return {
        "award": "PGCert in Mathematics Education",
        "institution": "University of Northtown",
        "level": "7",
        "credits": "60",
        "awarded_on-day": "1",
        "awarded_on-month": "7",
        "awarded_on-year": str(today().year - 1),
        "used_elsewhere": "no",
        "statement": "It was about what these modules are about.",
        "modules": list(modules or ["MTL3"]),
        **IMPACT,
        **changed,
    }


def list_of(participant: Person) -> str:
    return f"participants/{participant.participant_id()}/prior-learning"


def page_of(participant: Person, claim: int) -> str:
    return f"{list_of(participant)}/{claim}"


def write(participant: Person, button: str = "submit", **fields: Any) -> Response:
    """Fill in a new claim and press a button."""
    values = {**good_claim(), **fields}
    page = participant.get(f"{list_of(participant)}/new")
    return participant.submit(page, values, button=("action", button), form="#form")


def claimed(participant: Person, *modules: str, button: str = "submit", **fields: Any) -> int:
    """The id of a new claim that was accepted."""
    answer = write(participant, button, **{**good_claim(*modules), **fields})
    check_page(answer, 200)
    found = re.search(r"/prior-learning/(\d+)$", answer.url)
    assert found, answer.url
    return int(found[1])


def assess(tutor: Person, participant: Person, claim: int, *failed: str) -> Response:
    """Answer the four tests; all are met but those named."""
    page = tutor.get(page_of(participant, claim))
    values = {test: "no" if test in failed else "yes" for test in TESTS}
    values |= {f"{test}-sentence": f"About {test}." for test in TESTS}
    return tutor.submit(page, values, button=("action", "assess"), form="#form")


def decide(lead: Person, participant: Person, claim: int, decision: str, **fields: Any) -> Response:
    page = lead.get(page_of(participant, claim))
    values = {"decision": decision, **fields}
    return lead.submit(page, values, button=("action", "decide"), form="#form")


def state_of(person: Person, claim: int) -> str:
    with person.world.tool.app.app_context():
        return db.session.get_one(PriorLearningClaim, claim).state


def states_of_modules(participant: Person) -> list[tuple[str, str]]:
    participant_id = participant.participant_id()
    with participant.world.tool.app.app_context():
        query = select(PriorLearningModule.module_code, PriorLearningModule.state).where(
            PriorLearningModule.participant_id == participant_id
        )
        return sorted((code, state) for code, state in db.session.execute(query))


def recognised_of(participant: Person) -> set[str]:
    participant_id = participant.participant_id()
    with participant.world.tool.app.app_context():
        return set(recognised([participant_id]).get(participant_id, ()))
