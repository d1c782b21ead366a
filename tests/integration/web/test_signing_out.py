"""Signing out of a computer that others use."""

from __future__ import annotations

from demo_vle.browser import Visitor
from tests.integration.launch.watching import another_platform
from tests.world import Person, World, soup, text_of

FORM = "form[action$='/sign-out']"


def signs_out(person: Person) -> None:
    """Press the button that is on every page."""
    person.submit(person.get(), form=FORM)
    assert person.page.status_code == 200
    assert person.page.url.endswith("/signed-out")


def test_after_signing_out_no_page_opens_until_the_link_is_opened_again(world: World) -> None:
    amira = world.participant("Amira Khan")
    signs_out(amira)
    told = text_of(amira.page)
    assert "You are signed out" in told
    assert "To come back, open the link to the tool in your course" in told
    assert "sign out there too" in told
    assert "Amira Khan" not in told
    assert soup(amira.page).select(FORM) == []
    for path in ("", "progress", "evidence/new"):
        assert amira.get(path).status_code == 401
    assert amira.launch("progress").status_code == 200


def test_the_page_can_be_read_inside_the_vle(world: World) -> None:
    amira = world.participant()
    signs_out(amira)
    assert world.vle.url in amira.page.headers["Content-Security-Policy"]


def test_a_copied_cookie_is_worth_nothing_after_signing_out(world: World) -> None:
    amira = world.participant()
    thief = Visitor(world.vle, amira.visitor.person)
    thief.session.cookies.update(amira.visitor.session.cookies)
    page = f"{world.tool.url}/courses/{amira.course_id}/progress"
    assert thief.get(page).status_code == 200
    signs_out(amira)
    assert thief.get(page).status_code == 401


def test_all_courses_of_the_person_are_closed_and_those_of_another_platform_stay(
    world: World,
) -> None:
    amira = world.participant()
    second = World(world.tool, world.vle)
    world.vle.site.enrol(amira.visitor.person, second.course, "student")
    other_page = amira.visitor.launch(second.placement("progress")).url
    with another_platform(world) as other:
        elsewhere = other.participant("Amira at another university")
        for name, value in amira.visitor.session.cookies.items():
            if name.startswith("__Host-mtl"):
                elsewhere.visitor.session.cookies.clear()
                elsewhere.visitor.session.cookies.set(name, value, domain="localhost.local")
        elsewhere.launch("progress")
        amira.visitor.session.cookies.update(elsewhere.visitor.session.cookies)
        assert amira.get("progress").status_code == 200
        signs_out(amira)
        assert amira.get("progress").status_code == 401
        assert amira.visitor.get(other_page).status_code == 401
        elsewhere.visitor.session.cookies.update(amira.visitor.session.cookies)
        assert elsewhere.get("progress").status_code == 200


def test_signing_out_needs_the_button_of_ones_own_page(world: World) -> None:
    amira = world.participant()
    url = f"{world.tool.url}/courses/{amira.course_id}/sign-out"
    assert amira.visitor.get(url).status_code == 405
    form = amira.visitor.form_of(amira.get("progress"), FORM)
    assert amira.visitor.send(form.with_fields(csrf_token="made up")).status_code == 400
    assert amira.visitor.send(form.with_fields(viewer="1234567")).status_code == 409
    assert amira.get("progress").status_code == 200


def test_pressed_twice_it_says_that_the_session_has_ended(world: World) -> None:
    amira = world.participant()
    page = amira.get("progress")
    amira.submit(page, form=FORM)
    assert amira.submit(page, form=FORM).status_code in {400, 401}


def test_whoever_comes_back_to_the_page_while_signed_in_is_not_told_otherwise(
    world: World,
) -> None:
    amira = world.participant()
    assert "Somebody is signed in" in text_of(amira.get("signed-out"))


def test_everybody_has_the_button_on_every_page(world: World) -> None:
    for person in (world.participant(), world.coach(), world.tutor(), world.lead()):
        (form,) = soup(person.get()).select(FORM)
        assert form.get_text(strip=True) == "Sign out"
