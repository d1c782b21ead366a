"""Platforms that an operator has let in: add, find, check, approve, disable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from lti_tool.audit.record import record
from lti_tool.clock import now
from lti_tool.db import db
from lti_tool.errors import Invalid, NotFound
from lti_tool.identity import Role, Viewer
from lti_tool.launch.http import origin_of, url_problem
from lti_tool.launch.models import Deployment, FrameOrigin, Registration
from lti_tool.launch.runtime import runtime
from lti_tool.people.models import Course, CourseMember, Provider

PRODUCTS = ("moodle", "canvas")
OPERATOR = "operator"


@dataclass(frozen=True)
class Details:
    """What an operator and the administrator of a platform agree on."""

    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    jwks_url: str
    deployment_ids: tuple[str, ...]
    frame_origins: tuple[str, ...] = ()
    product: str | None = None
    name: str | None = None


def ensure_registration(provider: Provider, details: Details) -> Registration:
    """Add a platform, or bring one that is known by issuer and client id up to date.

    Raises Invalid with a line for each value that cannot be used.
    """
    if not details.deployment_ids:
        raise Invalid("--deployment-id: Give at least one. The VLE shows it beside the client id.")
    return store_registration(provider, details)


def store_registration(provider: Provider, details: Details) -> Registration:
    """The same, also where the platform names its deployments later (at the first launch)."""
    details = _trimmed(details)
    problems = _problems(details)
    if problems:
        raise Invalid("\n".join(problems))
    found = find_registration(details.issuer, details.client_id)
    if found is not None and found.provider_id != provider.id:
        raise Invalid("Another provider has registered this issuer and client id.")
    registration = found or Registration(
        provider_id=provider.id,
        issuer=details.issuer,
        client_id=details.client_id,
        created_at=now(),
    )
    registration.product = details.product or _guessed_product(details) or ""
    registration.name = details.name or registration.name or details.issuer
    registration.auth_login_url = details.auth_login_url
    registration.auth_token_url = details.auth_token_url
    registration.jwks_url = details.jwks_url
    db.session.add(registration)
    db.session.flush()
    for deployment_id in details.deployment_ids:
        _approved(registration, deployment_id)
    learn_frame_origins(registration, details.frame_origins, source="given")
    event = "registration.updated" if found else "registration.added"
    record(None, event, registration, acted_as=OPERATOR)
    return registration


# Built once: every login asks.
OF_ISSUER = select(Registration).where(Registration.issuer == bindparam("issuer")).limit(2)
OF_CLIENT = OF_ISSUER.where(Registration.client_id == bindparam("client_id"))


def find_registration(issuer: str, client_id: str | None) -> Registration | None:
    """The registration of a platform. The client id may be left out where it is the only one."""
    query = OF_CLIENT if client_id else OF_ISSUER
    found = list(db.session.scalars(query, {"issuer": issuer, "client_id": client_id}))
    return found[0] if len(found) == 1 else None


def get_registration(registration_id: int) -> Registration:
    """One registration by its id. Raises NotFound."""
    found = db.session.get(Registration, registration_id)
    if found is None:
        raise NotFound(f"There is no platform {registration_id}. See: platforms list")
    return found


def list_registrations() -> list[Registration]:
    """All of them, oldest first."""
    return list(db.session.scalars(select(Registration).order_by(Registration.id)))


# Built once, and with all that the rest of a launch asks of the platform.
DEPLOYMENT = (
    select(Deployment)
    .where(
        Deployment.registration_id == bindparam("registration_id"),
        Deployment.deployment_id == bindparam("deployment_id"),
    )
    .options(
        joinedload(Deployment.registration, innerjoin=True).joinedload(Registration.frame_origins)
    )
)


def find_deployment(registration_id: int, deployment_id: str) -> Deployment | None:
    """A place where this platform has the tool."""
    asked = {"registration_id": registration_id, "deployment_id": deployment_id}
    return db.session.scalars(DEPLOYMENT, asked).unique().one_or_none()


def approve(registration: Registration, deployment_id: str | None = None) -> list[str]:
    """Let one waiting deployment in, or all that wait; returns their ids."""
    waiting = [
        each
        for each in registration.deployments
        if each.approved_at is None and deployment_id in (None, each.deployment_id)
    ]
    if not waiting:
        known = deployment_id is None or find_deployment(registration.id, deployment_id)
        raise NotFound(
            "No deployment waits for approval."
            if known
            else f"There is no deployment {deployment_id} waiting at this platform."
        )
    for each in waiting:
        each.approved_at = now()
        record(None, "deployment.approved", each, acted_as=OPERATOR)
    return [each.deployment_id for each in waiting]


def disable(registration: Registration) -> None:
    """Refuse launches from now on. What is stored stays."""
    registration.disabled_at = registration.disabled_at or now()
    record(None, "registration.disabled", registration, acted_as=OPERATOR)


def enable(registration: Registration) -> None:
    """Take launches again."""
    registration.disabled_at = None
    record(None, "registration.enabled", registration, acted_as=OPERATOR)


# Built once: every page asks.
STANDING = (
    select(CourseMember.role)
    .join(Course, Course.id == CourseMember.course_id)
    .join(Registration, Registration.id == Course.registration_id)
    .where(
        CourseMember.course_id == bindparam("course_id"),
        CourseMember.user_id == bindparam("user_id"),
        CourseMember.left_at.is_(None),
        Registration.id == bindparam("registration_id"),
        Registration.disabled_at.is_(None),
    )
)
POWERS = {Role.LEAD: 2, Role.TUTOR: 1}  # the others see their own work, or whom they are given


def may_stay(viewer: Viewer) -> bool:
    """Whether what a launch opened stays open, for this person in this role and course.

    It ends where the operator disables the platform, where the roster says that they have left, and
    where a later launch brought less than a tutor's or a lead's session allows.
    """
    asked = {
        "course_id": viewer.course_id,
        "user_id": viewer.user_id,
        "registration_id": viewer.registration_id,
    }
    role = db.session.scalar(STANDING, asked)
    return role is not None and POWERS.get(Role(role), 0) >= POWERS.get(viewer.role, 0)


def take_turns(registration_id: int) -> None:
    """Be the only one, until this transaction ends, who adds to what a platform's people share.

    Whoever opens a new place, course or link adds its rows, and the whole course may open it at
    once. One lock for all of them, so that no two can wait for each other; SQLite has it anyway.
    """
    row = select(Registration.id).where(Registration.id == registration_id)
    db.session.execute(row.with_for_update(key_share=True))


def add_waiting_deployment(registration: Registration, deployment_id: str) -> Deployment:
    """Note that a known platform launched from a place that nobody has approved yet."""
    deployment = Deployment(deployment_id=deployment_id, created_at=now())
    registration.deployments.append(deployment)
    record(None, "deployment.met", deployment)
    return deployment


def frame_origins_of(registration: Registration) -> list[str]:
    """Who may show our pages in a frame."""
    return [each.origin for each in registration.frame_origins]


MOST_ORIGINS = 40


def frame_origins_with(registration: Registration, urls: Sequence[str | None]) -> list[str]:
    """The same, and then the origins of these addresses: https, or what `DEVELOPMENT` allows."""
    known = frame_origins_of(registration)
    usable = [
        origin
        for url in urls
        if (origin := origin_of(url)) and not url_problem(origin, runtime().settings)
    ]
    return list(dict.fromkeys(known + usable))[: max(MOST_ORIGINS, len(known))]


def learn_frame_origins(
    registration: Registration, urls: Sequence[str | None], *, source: str
) -> None:
    """Remember the origins of these addresses."""
    if len(frame_origins_with(registration, urls)) == len(registration.frame_origins):
        return
    take_turns(registration.id)
    db.session.expire(registration, ["frame_origins"])
    for origin in frame_origins_with(registration, urls)[len(registration.frame_origins) :]:
        registration.frame_origins.append(
            FrameOrigin(registration_id=registration.id, origin=origin, source=source)
        )


def _approved(registration: Registration, deployment_id: str) -> None:
    deployment = find_deployment(registration.id, deployment_id)
    if deployment is None:
        deployment = Deployment(deployment_id=deployment_id, created_at=now())
        registration.deployments.append(deployment)
    deployment.approved_at = deployment.approved_at or now()


def _trimmed(details: Details) -> Details:
    def trim(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(dict.fromkeys(one.strip() for one in value))
        return value.strip() if isinstance(value, str) else value

    return Details(**{name: trim(value) for name, value in vars(details).items()})


def _problems(details: Details) -> list[str]:
    """A sentence for every value that cannot be used."""
    settings = runtime().settings
    urls = {
        "--issuer": details.issuer,
        "--auth-login-url": details.auth_login_url,
        "--auth-token-url": details.auth_token_url,
        "--jwks-url": details.jwks_url,
        **{f"--frame-origin {url}": url for url in details.frame_origins},
    }
    found = [
        f"{option}: {problem}"
        for option, url in urls.items()
        if (problem := url_problem(url, settings) or _too_long(url, 500))
    ]
    for option, value in (("--client-id", details.client_id), ("--name", details.name or "-")):
        limit = 200 if option == "--name" else 255
        found += [f"{option}: {p}" for p in [_empty(value) or _too_long(value, limit)] if p]
    for one in details.deployment_ids:
        found += [f"--deployment-id: {p}" for p in [_empty(one) or _too_long(one, 255)] if p]
    for url in details.frame_origins:
        if origin_of(url) != url.rstrip("/").lower():
            found.append(
                f"--frame-origin: '{url}' should be scheme and host only, such as "
                "https://vle.university.ac.uk"
            )
    if details.product is not None and details.product not in PRODUCTS:
        found.append(f"--product: Use one of {', '.join(PRODUCTS)}.")
    elif details.product is None and _guessed_product(details) is None:
        found.append("--product: The addresses do not tell; say moodle or canvas.")
    return found


def _empty(text: str) -> str | None:
    return None if text else "It is empty."


def _too_long(text: str, limit: int) -> str | None:
    return f"It is longer than {limit} characters." if len(text) > limit else None


def _guessed_product(details: Details) -> str | None:
    text = " ".join((details.issuer, details.auth_login_url, details.auth_token_url)).lower()
    signs: dict[str, Callable[[], bool]] = {
        "moodle": lambda: "/mod/lti/" in text,
        "canvas": lambda: any(
            sign in text for sign in ("instructure.com", "canvas", "/api/lti/authorize_redirect")
        ),
    }
    return next((product for product, is_it in signs.items() if is_it()), None)


ERROR_LIFE = 30 * 24 * 60 * 60


def remember_error(registration_id: int, code: str) -> None:
    """The last refused launch, for `platforms check`. It may be lost, so no table keeps it."""
    value = {"code": code, "at": now().isoformat(timespec="seconds")}
    runtime().store.put(f"launch-error:{registration_id}", value, ERROR_LIFE)


def last_error(registration_id: int) -> dict[str, str] | None:
    """Code and time of the last refused launch, where one is remembered."""
    found: dict[str, str] | None = runtime().store.get(f"launch-error:{registration_id}")
    return found
