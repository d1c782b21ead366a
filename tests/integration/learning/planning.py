"""What people do in a plan and a dialogue, as steps of a story."""

from __future__ import annotations

from collections.abc import Sequence

from requests import Response

from tests.pages import check_page
from tests.world import Person, World, soup

STRANDS = ("1.1", "1.2", "2.1", "2.2", "3.1", "3.2", "4.1", "4.2")
NEED = "Mark less, and give feedback that is used."


def coached(world: World) -> tuple[Person, Person]:
    """A participant with a coach."""
    amira, colin = world.participant(), world.coach()
    world.allocate(colin, to=amira)
    return amira, colin


def path(amira: Person, page: str = "plan") -> str:
    return f"participants/{amira.participant_id()}/{page}"


def typed(**changed: str) -> dict[str, str]:
    """A whole diagnosis: developing everywhere, one need; `need_1_2="…"` changes a field."""
    values = {f"level-{strand}": "developing" for strand in STRANDS}
    values |= {"need-1.2": NEED, "source-1.2": "induction"}
    for name, text in changed.items():
        part, area, strand = name.split("_")
        values[f"{part}-{area}.{strand}"] = text
    return values


def diagnose(person: Person, amira: Person, *, button: str = "submit", **changed: str) -> Response:
    """Fill in the diagnosis and propose it."""
    page = person.get(path(amira, "plan/diagnosis/edit"))
    return person.submit(page, typed(**changed), button=("action", button), form="#form")


def agree(person: Person, amira: Person) -> Response:
    """Press the button that agrees to the diagnosis on the plan."""
    page = person.get(path(amira))
    return person.submit(page, form='form[action$="/diagnosis/agree"]')


def agreed(world: World) -> tuple[Person, Person]:
    """A participant and a coach who have agreed on a diagnosis."""
    amira, colin = coached(world)
    diagnose(amira, amira)
    check_page(agree(colin, amira), 200)
    return amira, colin


def state_of(person: Person, amira: Person) -> str:
    """How the newest version of the diagnosis stands on the page of the plan."""
    found = check_page(person.get(path(amira)), 200).select_one("[data-diagnosis]")
    assert found is not None
    return str(found["data-diagnosis"])


def target_ids(person: Person, amira: Person) -> list[str]:
    """The open targets on the plan, in their order."""
    page = check_page(person.get(path(amira)), 200)
    return [str(row["data-target"]) for row in page.select("[data-target]")]


def set_target(
    person: Person, amira: Person, text: str = "Try exit tickets", **values: str
) -> Response:
    page = person.get(path(amira, "plan/targets/new"))
    filled = {"target": text, "strand": "1.2", **values}
    return person.submit(page, filled, button=("action", "save"), form="#form")


def on(day: str) -> dict[str, str]:
    """A due date as the form sends it, of "2026-11-30"."""
    return dict(zip(("due_on-year", "due_on-month", "due_on-day"), day.split("-"), strict=True))


def note_talk(
    person: Person,
    amira: Person,
    *,
    duties: Sequence[str] = ("d",),
    actions: str = "",
    people: Sequence[str] | None = None,
    at: str = "dialogue/new",
    **values: str,
) -> Response:
    page = person.get(path(amira, at))
    filled: dict[str, str | Sequence[str]] = {
        "summary": "How the groups worked.", "duties": duties, "actions": actions, **values
    }  # fmt: skip
    if people is not None:
        filled["people"] = people
    return person.submit(page, filled, button=("action", "save"), form="#form")


def entries(person: Person, amira: Person) -> list[str]:
    """How each entry on the page of the dialogue stands, in its order."""
    page = check_page(person.get(path(amira, "dialogue")), 200)
    return [str(each["data-dialogue"]) for each in page.select("[data-dialogue]")]


def confirm(person: Person, amira: Person) -> Response:
    page = person.get(path(amira, "dialogue"))
    return person.submit(page, form='form[action$="/confirm"]')


def problems(answer: Response) -> list[str]:
    """What a form that is shown again says, which it does with a 422."""
    page = check_page(answer)
    found = [each.get_text(" ", strip=True) for each in page.select(".govuk-error-summary li")]
    assert (answer.status_code == 422) == bool(found)
    return found


def has_form(answer: Response, ending: str) -> bool:
    """Whether a page has a form that posts to such an address."""
    return soup(answer).select_one(f'form[action$="{ending}"]') is not None
