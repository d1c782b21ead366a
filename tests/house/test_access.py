"""Every route says who may enter. Whoever forgets it, lets nobody in."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lti_tool.app import create_app
from lti_tool.db import db
from lti_tool.identity import Role
from lti_tool.settings import load_settings
from lti_tool.web.access import allow, public
from lti_tool.web.session import Grant

# What everybody may reach without having launched. A new name here is a decision to review.
PUBLIC = {
    "static", "health.live", "health.ready", "session.signed_out",
    "metrics.read",
    # From the weekly mail: the token in the address is the proof.
    "cohort.ask_to_stop_mail", "cohort.stop_mail",
    # What is said to everybody.
    "cohort.privacy", "cohort.accessibility",
}  # fmt: skip
PUBLIC_PACKAGES = ("launch.", "links.", "screen_codes.")
STAFF_ONLY = ("grades.", "people.")
# Pages of these packages that a participant or a coach may open; what they may do there is theirs.
SHARED = {
    "grades.ask",
    "grades.send_request",
    "grades.take_back_request",
    "grades.requests",
    "grades.request",
    "people.coach_link",
    "people.change_coach_link",
    "people.my_coach",
    "people.change_my_coach",
    "people.places",
    "people.place_form",
    "people.change_place",
}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(
        load_settings(
            {
                "DATABASE_URL": f"sqlite:///{tmp_path}/db",
                "SECRET_KEY": "only for tests, and long enough",
                "STORAGE_URL": str(tmp_path),
                "MAIL_URL": str(tmp_path),
            }
        )
    )


def table(app: Flask) -> str:
    """Role by route, for review."""
    lines = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        roles = getattr(app.view_functions[rule.endpoint], "allowed_roles", "UNDECLARED")
        kind = getattr(app.view_functions[rule.endpoint], "link_kind", None)
        if kind:
            words = f"{kind} by personal link"
        elif roles is None:
            words = "everybody"
        elif isinstance(roles, str):
            words = roles
        else:
            words = " ".join(role.value for role in Role if role in roles) or "nobody"
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        lines.append(f"{methods:9} {rule.rule:62} {words}")
    return "\n" + "\n".join(lines)


def roles_by_endpoint(app: Flask) -> dict[str, frozenset[Role] | str | None]:
    return {
        name: getattr(view, "allowed_roles", "UNDECLARED")
        for name, view in app.view_functions.items()
    }


def test_every_route_declares_who_may_enter(app: Flask) -> None:
    silent = [name for name, roles in roles_by_endpoint(app).items() if roles == "UNDECLARED"]
    assert not silent, f"Mark {silent} with @allow(…) or @public().{table(app)}"


def test_only_known_routes_are_open_to_everybody(app: Flask) -> None:
    opened = {name for name, roles in roles_by_endpoint(app).items() if roles is None}
    unknown = {name for name in opened - PUBLIC if not name.startswith(PUBLIC_PACKAGES)}
    assert not unknown, f"Is it meant that everybody may enter {sorted(unknown)}?{table(app)}"


def test_what_needs_a_launch_has_its_course_in_the_path(app: Flask) -> None:
    roles = roles_by_endpoint(app)
    without = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if roles[rule.endpoint] is not None and not rule.rule.startswith(begins(app, rule.endpoint))
    ]
    assert not without, f"Begin these with {begins(app, '')} or the link: {without}{table(app)}"


def begins(app: Flask, endpoint: str) -> str:
    """With a course, or with the secret of the personal link that the view is for."""
    kind = getattr(app.view_functions.get(endpoint), "link_kind", None)
    return f"/{kind}/<token>" if kind else "/courses/<int:course_id>"


def test_participants_and_coaches_reach_nothing_that_marks_or_allocates(app: Flask) -> None:
    for name, roles in roles_by_endpoint(app).items():
        if name.startswith(STAFF_ONLY) and name not in SHARED:
            assert roles is not None
            assert not {Role.PARTICIPANT, Role.COACH} & set(roles), f"{name}{table(app)}"


def test_a_view_without_a_mark_lets_nobody_in(app: Flask) -> None:
    app.add_url_rule("/courses/<int:course_id>/forgotten", "forgotten", lambda course_id: "secret")
    app.add_url_rule("/forgotten", "outside", lambda: "secret")
    app.add_url_rule("/open", "open", public()(lambda: "hello"))
    client = app.test_client()
    assert client.get("/open").text == "hello"
    for path in ("/courses/1/forgotten", "/forgotten"):
        answer = client.get(path)
        assert answer.status_code in {401, 404}
        assert "secret" not in answer.text


def test_a_signed_in_person_is_kept_out_of_a_view_without_a_mark(app: Flask) -> None:
    lead = allow(Role.LEAD)(lambda course_id: "for leads")
    app.add_url_rule("/courses/<int:course_id>/forgotten", "forgotten", lambda course_id: "secret")
    app.add_url_rule("/courses/<int:course_id>/marked", "marked", lead)
    client = app.test_client()
    sign_in(app, client, Role.LEAD)
    assert client.get("/courses/1/marked", base_url=HTTPS).text == "for leads"
    answer = client.get("/courses/1/forgotten", base_url=HTTPS)
    assert answer.status_code == 403
    assert "secret" not in answer.text
    sign_in(app, client, Role.TUTOR)
    assert client.get("/courses/1/marked", base_url=HTTPS).status_code == 403


HTTPS = "https://localhost"


def sign_in(app: Flask, client: FlaskClient, role: Role) -> None:
    """Give a browser the session that a launch would give it."""
    grant = Grant(user=1, role=role.value, provider=1, registration=1, frame_origins=[])
    app.extensions["may_stay"] = lambda viewer: viewer.registration_id == 1
    with app.app_context():
        app.extensions["ephemeral"].put("session:test", {"1": grant}, 60)
        db.session.commit()
    with client.session_transaction(base_url=HTTPS) as session:
        session["sid"] = "test"
