"""What stands around every page, also around one that failed."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from lti_tool.db import db
from tests.pages import check_page
from tests.world import Person, World

LINKS = {
    "participant": ["My progress", "My plan", "Evidence", "Help"],
    "coach": ["My teachers", "Help"],
    "tutor": ["Participants", "Marking", "Deliveries", "Help"],
    "programme lead": ["Cohort", "Participants", "Modules", "Marking", "Deliveries", "Help"],
}


def test_each_role_finds_its_own_way_about(world: World) -> None:
    people: list[Person] = [world.participant(), world.coach(), world.tutor(), world.lead()]
    for person, (role, links) in zip(people, LINKS.items(), strict=True):
        page = check_page(person.get("help"), 200)
        assert [link.get_text(strip=True) for link in page.select(".app-nav a")] == links
        current = page.select_one(".app-nav [aria-current=page]")
        assert current is not None
        assert current.get_text(strip=True) == "Help"
        bar = page.select_one(".app-bar")
        assert bar is not None
        words = bar.get_text(" ", strip=True)
        assert person.name in words
        assert role in words
        assert world.course.title in words
        for link in page.select(".app-nav a"):
            check_page(person.visitor.get(world.tool.url + str(link["href"])), 200)


def test_a_page_that_does_not_exist_keeps_the_way_back(world: World) -> None:
    page = check_page(world.participant().get("participants/999999"), 404)
    assert [link.get_text(strip=True) for link in page.select(".app-nav a")] == LINKS["participant"]


def test_while_the_database_is_away_the_page_says_so_and_stands(world: World) -> None:
    amira = world.participant()
    with world.tool.app.app_context():
        engine = db.engine

    def refuse(dialect: Any, *_: object) -> None:
        raise dialect.dbapi.OperationalError("the database is away")

    event.listen(engine, "do_connect", refuse)
    engine.dispose()
    try:
        answer = amira.get("progress")
    finally:
        event.remove(engine, "do_connect", refuse)
    page = check_down(answer)
    assert "Traceback" not in page
    check_page(amira.get("progress"), 200)


def test_a_connection_lost_before_the_commit_is_no_mistake_of_the_tool(world: World) -> None:
    amira = world.participant()
    with world.tool.app.app_context():
        engine = db.engine

    def lose(connection: Any) -> None:
        connection.invalidate()

    event.listen(engine, "commit", lose)
    try:
        answer = amira.get("progress")
    finally:
        event.remove(engine, "commit", lose)
    check_down(answer)
    check_page(amira.get("progress"), 200)


def test_a_connection_lost_before_the_rollback_still_has_its_page(world: World) -> None:
    amira = world.participant()
    with world.tool.app.app_context():
        engine = db.engine

    def lose(_connection: Any) -> None:
        raise OperationalError("ROLLBACK", {}, Exception("the database is away"))

    event.listen(engine, "rollback", lose, once=True)
    check_page(amira.get("participants/999999"), 404)
    check_page(amira.get("progress"), 200)


def check_down(answer: Any) -> str:
    """A sound page that is honest about the failure: 503, with a sentence and a reference."""
    assert answer.status_code == 503
    answer.status_code = 200  # check_page takes a 5xx for our own mistake
    text = check_page(answer).get_text(" ", strip=True)
    assert "reference number" in text
    return text
