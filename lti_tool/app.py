"""create_app: the wiring, and nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from lti_tool import cli, database, figures, jobs
from lti_tool.board.views import bp as board_pages
from lti_tool.cohort.facts import participant_facts
from lti_tool.cohort.submitting import may_submit
from lti_tool.cohort.views import bp as cohort_pages
from lti_tool.cohort.views.own import start_page
from lti_tool.db import db
from lti_tool.ephemeral import DatabaseEphemeral, RedisEphemeral
from lti_tool.evidence import closed, scanning
from lti_tool.evidence.choices import evidence_choices, submitted_modules
from lti_tool.evidence.for_plans import plan_evidence
from lti_tool.evidence.views import bp as evidence_pages
from lti_tool.grades.by_number import JUDGED_BY_NUMBER, reads_by_number
from lti_tool.grades.markers import shown_bundle
from lti_tool.grades.views import bp as grades_pages
from lti_tool.identity import Viewer
from lti_tool.launch import courses, keys, registrations
from lti_tool.launch import views as launch_views
from lti_tool.learning.views import bp as learning_pages
from lti_tool.logs import configure_logs
from lti_tool.mail import open_mailer
from lti_tool.people import coach_invitations, letters, personal_links
from lti_tool.people.coach_invitations import SCREEN
from lti_tool.people.views import bp as people_pages
from lti_tool.people.views import heads, screen_codes, signed_in
from lti_tool.people.views import personal_links as link_pages
from lti_tool.settings import LOOPBACK, ROOT, Settings
from lti_tool.storage import open_storage
from lti_tool.web import (
    access,
    error_pages,
    headers,
    health,
    metrics,
    pages,
    rate_limits,
    signing_out,
)
from lti_tool.web.transaction import Tool

COOKIE = {
    # __Host- and Partitioned: ours alone, and a different one inside each VLE's pages.
    "SESSION_COOKIE_NAME": "__Host-mtl",
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "None",
    "SESSION_COOKIE_PARTITIONED": True,
    "SESSION_COOKIE_PATH": "/",
}


def create_app(settings: Settings, *, ready: bool = True) -> Flask:
    """The web application. `ready=False` leaves the database as it is (for `flask db …`)."""
    configure_logs()
    app = Tool("lti_tool", static_folder=str(ROOT / "static"), static_url_path="/static")
    app.config.update(COOKIE, SETTINGS=settings, SECRET_KEY=settings.secret_key)
    app.config["TRUSTED_HOSTS"] = _trusted_hosts(settings)
    app.config["SQLALCHEMY_ENGINES"] = {
        # The words that people typed are no part of an error's text.
        "default": {"url": settings.database_url, "hide_parameters": True}
    }
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _configure_data(app, settings)
    _configure_pages(app)
    _register_views(app)
    _open_office(app, settings)
    cli.register(app)
    if ready:
        database.make_ready(app, settings)
    return app


def _trusted_hosts(settings: Settings) -> list[str]:
    """Names that a request may call us by: the public one, and this machine's for health checks."""
    ours = urlsplit(settings.public_url or "").hostname
    return [*([ours] if ours else []), *sorted(LOOPBACK)]


def _configure_data(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    database.init_app(app)
    app.extensions["ephemeral"] = (
        RedisEphemeral(settings.redis_url) if settings.redis_url else DatabaseEphemeral()
    )
    app.extensions["storage"] = open_storage(settings)
    app.extensions["scanner"] = scanning.open_scanner(settings)
    app.extensions["jobs"] = work = jobs.Jobs(settings)
    work.context = app.app_context
    with app.app_context():
        sessions: Any = db.sessionmaker
        jobs.listen_for_commits(work, sessions)


def _open_office(app: Flask, settings: Settings) -> None:
    """What code that knows no Flask works with; after the views, which make sessions theirs."""
    with app.app_context():
        sessions: Any = db.sessionmaker
        letters.attach(sessions, settings, open_mailer(settings))
        scanning.attach(sessions, app.extensions["scanner"])
        closed.attach(sessions, JUDGED_BY_NUMBER)


def _configure_pages(app: Flask) -> None:
    metrics.init_app(app, app.config["SETTINGS"])
    figures.attach(app, app.config["SETTINGS"])
    pages.init_app(app)
    headers.init_app(app)
    access.init_app(app)
    rate_limits.init_app(app, app.config["SETTINGS"])
    error_pages.init_app(app)
    app.extensions["frame_origins_of_course"] = courses.frame_origins_of_course
    app.extensions["may_stay"] = _may_stay
    app.extensions["find_link_holder"] = personal_links.find_holder
    app.extensions["tables_are_usable"] = database.are_usable
    app.extensions["keys_are_usable"] = keys.is_every_key_published
    app.extensions["start_page"] = start_page
    app.extensions["may_submit"] = may_submit
    app.extensions["shown_bundle"] = shown_bundle
    app.extensions["reads_by_number"] = reads_by_number
    app.extensions["participant_facts"] = participant_facts
    app.extensions["evidence_choices"] = evidence_choices
    app.extensions["submitted_modules"] = submitted_modules
    app.extensions["plan_evidence"] = plan_evidence


def _may_stay(viewer: Viewer) -> bool:
    """Whether a session goes on: the launch, link or invitation that opened it has to stand."""
    if viewer.authenticated_by == SCREEN:
        return coach_invitations.may_stay(viewer)
    if viewer.link_id is None:
        return registrations.may_stay(viewer)
    return personal_links.may_stay(viewer)


def _register_views(app: Flask) -> None:
    app.register_blueprint(health.bp)
    app.register_blueprint(signing_out.bp)
    app.register_blueprint(launch_views.bp)
    app.register_blueprint(evidence_pages)
    app.register_blueprint(grades_pages)
    app.register_blueprint(board_pages)
    app.register_blueprint(people_pages)
    app.register_blueprint(link_pages.bp)
    app.register_blueprint(screen_codes.bp)
    app.register_blueprint(heads.bp)
    app.register_blueprint(signed_in.bp)
    app.register_blueprint(learning_pages)
    app.register_blueprint(cohort_pages)
