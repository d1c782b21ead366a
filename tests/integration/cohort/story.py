"""What people do, as they do it, so that a test of progress can say only what it is about."""

from __future__ import annotations

from collections.abc import Sequence

from requests import Response

from tests.pages import check_page
from tests.world import Person, soup


def add_evidence(
    person: Person,
    title: str,
    strands: Sequence[str] = ("1.1",),
    module: str = "MTL1",
    *,
    ask: bool = False,
) -> Response:
    """A participant's own evidence: a draft, or one that the coach is asked about."""
    page = person.get(f"evidence/new?module={module}")
    values = {"title": title, "strands": list(strands), "narrative": "What I saw and did."}
    values["pupils"] = "none"
    return check_accepted(
        person.submit(page, values, button=("action", "submit" if ask else "save"), form="#form")
    )


def attest(coach: Person, title: str, *, action: str = "attest") -> Response:
    """The coach follows the link of a waiting request and answers it."""
    page = coach.visitor.follow(coach.get("participants"), title)
    values = {"statement": "I watched this lesson."}
    return check_accepted(coach.submit(page, values, button=("action", action), form="#form"))


def submit_module(person: Person, module: str = "MTL1") -> Response:
    """The participant hands in all that the page offers."""
    page = person.get(f"modules/{module}/submit")
    items = [str(box["value"]) for box in soup(page).select("input[name=items]")]
    values = {"items": items, "own_work": "yes", "pupils_protected": "yes"}
    return check_accepted(person.submit(page, values, button=("action", "submit"), form="#form"))


def check_accepted(answer: Response) -> Response:
    """Fail with the page's own words where it refused."""
    problems = [each.get_text(" ", strip=True) for each in check_page(answer).select(
        ".govuk-error-summary li"
    )]  # fmt: skip
    assert answer.status_code == 200, f"{answer.status_code} {problems}"
    return answer
