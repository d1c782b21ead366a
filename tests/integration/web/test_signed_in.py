"""How long a session lasts, where somebody is signed in, and signing out there."""

from __future__ import annotations

from datetime import datetime, timedelta

import time_machine
from bs4 import BeautifulSoup

from demo_vle.browser import Visitor
from lti_tool.clock import now
from tests.integration.launch.watching import another_platform
from tests.integration.people.outsiders import Outsider, invited_coach
from tests.integration.people.test_head_teachers import a_school, signed_in_head
from tests.world import COURSE_PATH, Person, World, soup, text_of

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"


def status_at(person: Person, moment: datetime, path: str = "progress") -> int:
    with time_machine.travel(moment, tick=True):
        return person.get(path).status_code


def second_browser(person: Person, agent: str = PHONE) -> Visitor:
    """The same person comes from their phone."""
    other = Visitor(person.world.vle, person.visitor.person)
    other.session.headers["User-Agent"] = agent
    assert other.launch(person.world.placement("progress")).status_code == 200
    return other


def cards(page: BeautifulSoup) -> list[str]:
    return [" ".join(card.get_text(" ").split()) for card in page.select(".govuk-summary-card")]


def test_whoever_does_nothing_for_an_hour_comes_in_again_and_keeps_what_they_typed(
    world: World,
) -> None:
    amira, began = world.participant(), now()
    # Her browser has its token from today: a cookie that was signed in the time to come is no good.
    assert amira.page.status_code == 200
    assert status_at(amira, began + timedelta(minutes=58)) == 200
    assert status_at(amira, began + timedelta(minutes=116), "here") == 204
    form = amira.visitor.form_of(amira.get("evidence/new"), "form:has(#narrative)")
    with time_machine.travel(began + timedelta(minutes=177), tick=True):
        typed = form.with_fields(narrative="A text that took an hour.", title="A lesson")
        told = amira.visitor.send(typed)
        assert told.status_code == 401
        assert "after 60 minutes in which nothing was done" in text_of(told)
        assert "A text that took an hour." in told.text
        assert world.vle.url in told.headers["Content-Security-Policy"]
        assert amira.launch("progress").status_code == 200


def test_whoever_is_always_at_work_comes_in_again_after_eight_hours(world: World) -> None:
    amira, began = world.participant(), now()
    second = World(world.tool, world.vle)
    world.vle.site.enrol(amira.visitor.person, second.course, "student")
    for minutes in range(50, 8 * 60, 50):
        assert status_at(amira, began + timedelta(minutes=minutes)) == 200
    with time_machine.travel(began + timedelta(minutes=470), tick=True):
        later = amira.visitor.launch(second.placement("progress"))
        assert later.status_code == 200
    with time_machine.travel(began + timedelta(minutes=481), tick=True):
        assert amira.get("progress").status_code == 401
        assert amira.visitor.get(later.url).status_code == 200, "what was opened later holds on"


def test_one_sees_where_one_is_signed_in_and_signs_out_there(world: World) -> None:
    amira = world.participant()
    amira.visitor.session.headers["User-Agent"] = FIREFOX
    amira.launch("progress")
    left_open, third = second_browser(amira), second_browser(amira, "something of its own")
    page = amira.get("signed-in")
    here, *others = cards(soup(page))
    assert here.startswith("Firefox on Windows This browser")
    assert f"{world.course.title}, as participant" in here
    assert sorted(each.split(" Teaching")[0] for each in others) == [
        "A browser", "Safari on an iPhone",
    ]  # fmt: skip
    for sid in (amira.visitor, left_open):
        cookie = next(one.value for one in sid.session.cookies if one.name == "__Host-mtl")
        assert cookie not in page.text
    url = f"{world.tool.url}/courses/{amira.course_id}/progress"
    form = "section:has(h2:-soup-contains('iPhone')) form"
    assert "You are signed out there." in text_of(
        amira.submit(page, form=form, button=("action", "cancel"))
    )
    statuses = [visitor.get(url).status_code for visitor in (amira.visitor, left_open, third)]
    assert statuses == [200, 401, 200]
    again = amira.submit(page, form=form, button=("action", "cancel"))
    assert "not signed in there any more" in text_of(again)
    amira.submit(amira.get("signed-in"), button=("action", "submit"))
    assert "You are signed in nowhere else" in text_of(amira.page)
    assert [each.get(url).status_code for each in (amira.visitor, third)] == [200, 401]


def test_nobody_ends_a_session_of_somebody_else(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    second_browser(amira)
    other = soup(amira.get("signed-in")).select_one("input[name=browser]")
    assert other is not None
    mine = second_browser(ben)
    form = ben.visitor.form_of(ben.get("signed-in"), "form:has([name=browser])")
    told = ben.visitor.send(form.with_fields(browser=str(other["value"]), action="cancel"))
    assert "not signed in there" in text_of(told)
    assert len(cards(soup(amira.get("signed-in")))) == 2
    assert mine.get(f"{world.tool.url}/courses/{ben.course_id}/progress").status_code == 200


def test_whoever_shares_a_browser_by_another_platform_stays_in_it(world: World) -> None:
    amira = world.participant()
    shared = second_browser(amira)
    with another_platform(world) as other:
        nora = Visitor(other.vle, other.visitor("Nora Blake", "participant").person)
        nora.session.cookies.update(shared.session.cookies)
        hers = nora.launch(other.placement("progress"))
        shared.session.cookies.update(nora.session.cookies)
        assert COURSE_PATH.search(hers.url)
        amira.submit(amira.get("signed-in"), button=("action", "submit"))
        url = f"{world.tool.url}/courses/{amira.course_id}/progress"
        assert shared.get(url).status_code == 401
        assert nora.get(hers.url).status_code == 200


def test_by_a_personal_link_one_also_takes_away_what_a_browser_is_known_by(world: World) -> None:
    tutor = world.tutor()
    olga = invited_coach(world, tutor, world.participant())
    olga.sign_in(olga.newest_link())
    link, left_open = olga.newest_link(), olga.new_browser()
    there = olga.sign_in(link, browser=left_open, own=True)
    landed = olga.browser.get(link)
    at = COURSE_PATH.search(landed.url)
    assert at
    page = olga.browser.get(f"{world.tool.url}{at[0]}signed-in")
    assert "One other browser needs no code" in text_of(page)
    done = olga.browser.submit(page, None, button=("action", "submit"))
    assert "Other browsers need a code again" in text_of(done)
    assert left_open.get(there.url).status_code == 401
    assert "This browser" not in text_of(left_open.get(link))
    # Coming again by the link, without a code, makes no session longer.
    with time_machine.travel(now() + timedelta(minutes=50), tick=True):
        olga.browser.get(link)
    late = now() + timedelta(hours=8, minutes=1)
    with time_machine.travel(late - timedelta(minutes=30), tick=True):
        olga.browser.get(link)
    with time_machine.travel(late, tick=True):
        assert olga.browser.get(landed.url).status_code == 401


def test_a_head_teacher_has_the_page_too(world: World) -> None:
    lead = world.lead()
    head: Outsider = signed_in_head(lead, a_school(lead, "Ash Grove"))
    left_open = head.new_browser()
    there = head.sign_in(head.newest_link(), browser=left_open)
    home = head.browser.get(head.newest_link())
    (found,) = soup(home).select("footer a[href$='/signed-in']")
    page = head.browser.get(f"{world.tool.url}{found['href']}")
    assert len(cards(soup(page))) == 2
    assert "By your personal link" in text_of(page)
    head.browser.submit(page, None, button=("action", "submit"))
    assert "Ash Grove" not in left_open.get(there.url).text
    assert "Ash Grove" in head.browser.get(home.url).text
