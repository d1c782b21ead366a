"""A VLE registers itself: the address pasted, the page read, the button pressed, a launch made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from lti_tool.app import create_app
from lti_tool.clock import now
from lti_tool.db import begin_as_writer, db
from lti_tool.launch import dynamic_registration
from lti_tool.launch.models import RegistrationInvitation
from lti_tool.launch.tool_configuration import TOOL
from lti_tool.settings import load_settings
from tests.integration.launch.registering import (
    administrator,
    assert_told,
    fetch_plain,
    invite,
    listed,
    nothing_stored,
)
from tests.integration.launch.watching import rows
from tests.tool_server import RunningTool
from tests.world import COURSE_PATH, soup, text_of

BOTH = pytest.mark.parametrize("product", ["moodle", "canvas"])


@BOTH
def test_a_pasted_address_registers_the_tool_and_a_launch_then_works(
    tool: RunningTool, product: str
) -> None:
    with administrator(tool, product, "--name", "North Campus") as admin:
        assert_told(admin.pastes(), 200, "North Campus", product.title(), admin.vle.url)
        assert_told(admin.presses(), 200, "You can close this.")
        world = admin.activates()
        amira = world.participant()
        assert "Amira Khan" in text_of(amira.page)
        found = listed(tool, admin.vle.site.the_tool().client_id)
    assert (found["name"], found["product"]) == ("North Campus", product)
    assert found["deployments"] == [admin.vle.site.the_tool().deployment_id]
    assert found["waiting"] == []


def test_what_is_asked_of_a_moodle(tool: RunningTool) -> None:
    with administrator(tool, "moodle") as admin:
        admin.pastes()
        admin.presses()
        sent = admin.new_tool().registered
    asked = sent[TOOL]
    assert asked["claims"] == ["iss", "sub", "name", "given_name", "family_name", "email"]
    assert [each["type"] for each in asked["messages"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
    ]
    assert asked["domain"] == tool.url.removeprefix("http://")
    assert len(sent["scope"].split()) == 5


def test_what_is_asked_of_a_canvas(tool: RunningTool) -> None:
    with administrator(tool, "canvas") as admin:
        page = admin.pastes()
        assert "In the menu of each course" in text_of(page)
        admin.presses()
        asked = admin.new_tool().registered[TOOL]
    prefix = "https://canvas.instructure.com/lti/"
    assert asked[prefix + "privacy_level"] == "public"
    assert [each["placements"] for each in asked["messages"]] == [
        [prefix + "course_navigation"],
        [
            prefix + "assignment_selection",
            prefix + "link_selection",
            prefix + "module_index_menu_modal",
        ],
    ]


def test_the_second_place_of_an_invited_canvas_waits(tool: RunningTool) -> None:
    with administrator(tool, "canvas") as admin:
        admin.pastes()
        admin.presses()
        world = admin.activates()
        world.participant()
        known = world.vle.site.the_tool().deployment_id
        world.vle.site.the_tool().deployment_id = "77:another-account"
        page = world.visitor("Ben Ode", "participant").launch(world.placement("progress"))
        assert_told(page, 403, "Waiting for approval")
        found = listed(tool, world.vle.site.the_tool().client_id)
    assert (found["deployments"], found["waiting"]) == ([known], ["77:another-account"])


@pytest.mark.parametrize("names_place", [True, False])
def test_a_canvas_for_which_nobody_vouches_waits_with_its_first_place_too(
    tool: RunningTool, monkeypatch: pytest.MonkeyPatch, names_place: bool
) -> None:
    fetch, register = dynamic_registration.fetch_configuration, dynamic_registration.register_at
    there = "1:first" if names_place else None
    monkeypatch.setattr(
        dynamic_registration,
        "fetch_configuration",
        lambda *asked: replace(fetch(*asked), is_vouched=False),
    )
    monkeypatch.setattr(
        dynamic_registration, "register_at", lambda *asked: (register(*asked)[0], there)
    )
    with administrator(tool, "canvas") as admin:
        admin.pastes()
        assert "operator of the tool approves the first place" in text_of(admin.presses())
        world = admin.activates()
        place = world.vle.site.the_tool().deployment_id = there or "1:first"
        ben = world.visitor("Ben Ode", "participant")
        assert_told(ben.launch(world.placement("progress")), 403, "Waiting for approval")
        found = listed(tool, world.vle.site.the_tool().client_id)
        assert (found["deployments"], found["waiting"]) == ([], [place])
        words = ["platforms", "approve", str(found["id"]), "--deployment-id", place]
        assert tool.app.test_cli_runner().invoke(args=words).exit_code == 0
        assert COURSE_PATH.search(ben.launch(world.placement("progress")).url)


@BOTH
def test_the_page_and_its_form_hold_no_token_and_can_be_framed_by_the_vle(
    tool: RunningTool, product: str
) -> None:
    with administrator(tool, product) as admin:
        page = admin.pastes()
        (token,) = admin.vle.site.registration_tokens
        invitation = admin.address.rpartition("=")[2]
        finished = admin.presses()
    for each in (page, finished):
        assert token not in each.text
        assert invitation not in each.text
        policy = each.headers["Content-Security-Policy"]
        assert policy.endswith(f"frame-ancestors 'self' {admin.vle.url}")
        assert each.headers["Referrer-Policy"] == "strict-origin"
    assert soup(finished).select_one("[data-close-frame]")["data-close-frame"] == admin.vle.url  # type: ignore[index]


def test_the_page_around_a_canvas_may_be_the_universitys_own_address(tool: RunningTool) -> None:
    with administrator(tool, "canvas") as admin:
        admin.browser.session.headers.update(
            {"Sec-Fetch-Dest": "iframe", "Referer": "https://canvas.uni.ac.uk/accounts/1"}
        )
        page = admin.pastes()
        assert "https://canvas.uni.ac.uk" in page.headers["Content-Security-Policy"]
        del admin.browser.session.headers["Referer"]
        finished = admin.presses()
    assert 'data-close-frame="https://canvas.uni.ac.uk"' in finished.text


@BOTH
def test_opening_the_page_changes_nothing_however_often(
    tool: RunningTool, product: str, caplog: pytest.LogCaptureFixture
) -> None:
    with administrator(tool, product) as admin:
        with nothing_stored(tool, caplog):
            address = admin.pastes().url
            assert fetch_plain(address, "HEAD").status_code == 200
            assert fetch_plain(address).status_code == 200
        assert not admin.vle.site.pending
        assert_told(admin.presses(), 200, "You can close this.")


def test_a_button_pressed_twice_registers_once(tool: RunningTool) -> None:
    with administrator(tool, "moodle") as admin:
        page = admin.pastes()
        admin.presses(page)
        before = rows(tool)
        assert_told(admin.presses(page), 200, "You can close this.")
        assert len(admin.vle.site.pending) == 1
    assert rows(tool) == before


def test_an_invitation_works_once(tool: RunningTool, caplog: pytest.LogCaptureFixture) -> None:
    with administrator(tool, "moodle") as admin:
        early = admin.pastes()
        admin.pastes()
        admin.presses()
        with nothing_stored(tool, caplog) as verdicts:
            assert_told(admin.pastes(), 403, "works once")
            assert_told(admin.presses(early), 403, "works once")
        assert len(admin.vle.site.pending) == 1
    assert verdicts == ["invitation_used", "invitation_used"]


def test_an_invitation_ends_after_seven_days(
    tool: RunningTool, caplog: pytest.LogCaptureFixture
) -> None:
    with administrator(tool, "moodle") as admin:
        page = admin.pastes()
        with tool.app.app_context():
            begin_as_writer()
            db.session.execute(
                update(RegistrationInvitation)
                .where(RegistrationInvitation.used_at.is_(None))
                .values(expires_at=now() - timedelta(seconds=1))
            )
            db.session.commit()
        with nothing_stored(tool, caplog) as verdicts:
            assert_told(admin.pastes(), 403, "seven days")
            assert_told(admin.presses(page), 403, "seven days")
        assert not admin.vle.site.pending
    assert verdicts == ["invitation_expired", "invitation_expired"]


@pytest.mark.parametrize("token", ["", "guessed", "x" * 43, "\x00", "é"])
def test_without_an_invitation_of_ours_nobody_is_asked_anything(
    tool: RunningTool, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    with administrator(tool, "moodle") as admin:
        admin.address = f"{tool.url}/lti/register?a=b"
        with nothing_stored(tool, caplog):
            page = admin.pastes(invitation=token)
        assert page.status_code in {400, 403}
        assert not admin.vle.site.requests


def test_the_address_alone_says_where_it_is_to_be_pasted(tool: RunningTool) -> None:
    page = fetch_plain(invite(tool))
    assert_told(page, 400, "Paste this address into your VLE")


def test_only_a_digest_of_the_invitation_is_stored(tool: RunningTool) -> None:
    token = invite(tool).rpartition("=")[2]
    with tool.app.app_context():
        hashes = [each.token_hash for each in db.session.query(RegistrationInvitation)]
    assert len(token) == 43
    assert token not in hashes


def test_a_button_of_another_site_or_of_an_old_page_does_nothing(
    tool: RunningTool, caplog: pytest.LogCaptureFixture
) -> None:
    with administrator(tool, "moodle") as admin:
        form = admin.browser.form_of(admin.pastes())
        with nothing_stored(tool, caplog):
            form.page_url = "https://evil.example/"
            assert admin.browser.send(form).status_code == 400
            form.page_url = ""
            stale = admin.browser.send(form.with_fields(ticket="x" * 43))
            assert_told(stale, 410, "Begin again in your VLE")
        assert not admin.vle.site.pending


def test_an_invited_platform_has_a_month_for_its_first_launch(tool: RunningTool) -> None:
    with administrator(tool, "canvas") as admin:
        admin.pastes()
        admin.presses()
        world = admin.activates()
        with tool.app.app_context():
            begin_as_writer()
            db.session.execute(
                update(RegistrationInvitation)
                .where(RegistrationInvitation.used_at.is_not(None))
                .values(used_at=now() - timedelta(days=31))
            )
            db.session.commit()
        page = world.visitor("Amira Khan", "participant").launch(world.placement("progress"))
        assert_told(page, 403, "Waiting for approval")
        number = str(listed(tool, world.vle.site.the_tool().client_id)["id"])
        approved = tool.app.test_cli_runner().invoke(args=["platforms", "approve", number])
        assert approved.exit_code == 0
        assert "Amira Khan" in text_of(world.participant().page)


def run_invite(app: Flask, *words: str) -> str:
    result = app.test_cli_runner().invoke(args=["platforms", "invite", *words])
    assert result.exit_code == 1
    return str(result.output)


def test_an_invitation_that_cannot_be_made_is_explained(tool: RunningTool) -> None:
    before = rows(tool)
    assert "There is no provider called X" in run_invite(tool.app, "--provider", "X")
    assert "longer than 200" in run_invite(tool.app, "--name", "x" * 201)
    here = create_app(load_settings({**tool.environ, "PUBLIC_URL": ""}))
    assert "Set PUBLIC_URL" in run_invite(here)
    assert rows(tool) == before
