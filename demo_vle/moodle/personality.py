"""Moodle's ids, addresses, claims and rules around a launch."""

import hashlib
import json
import re
import secrets
import string
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, Response, make_response, render_template

from demo_vle.launching import (
    DEEP_LINKING_REQUEST,
    RESOURCE_LINK,
    SUBMISSION_REVIEW,
    new_return_key,
    standard_claims,
)
from demo_vle.moodle.services import bp as services
from demo_vle.moodle.variables import custom_claim
from demo_vle.personality import (
    AGS_CLAIM,
    DEEP_LINKING,
    INSTITUTION_VOCABULARY,
    LINE_ITEM,
    LINE_ITEM_READONLY,
    LTI,
    MEMBERSHIP_READONLY,
    MEMBERSHIP_VOCABULARY,
    NRPS_CLAIM,
    RESULT_READONLY,
    SCORE,
    SYSTEM_VOCABULARY,
    AuthorisationRefused,
    NothingForTheTool,
    Personality,
)
from demo_vle.site import Launch, Site
from demo_vle.state import Course, Person, Placement, Tool

INSTRUCTOR_ROLES = frozenset({"editingteacher", "teacher", "manager"})
TOKEN_LIFE = 60


class Moodle(Personality):
    """Moodle 4.5."""

    name = "moodle"
    title = "Moodle"
    auth_path = "/mod/lti/auth.php"
    token_path = "/mod/lti/token.php"
    jwks_path = "/mod/lti/certs.php"
    configuration_path = "/mod/lti/openid-configuration.php"
    registration_path = "/mod/lti/openid-registration.php"
    hides_configuration = False
    session_cookie = "MoodleSession"
    cookie_same_site = "Lax"
    cookie_secure = False
    reposts_without_cookie = True
    storage_target = None
    keeps_overrides = True
    has_submission_review = True
    token_content_type = "text/html; charset=utf-8"
    authoring_roles = frozenset({"editingteacher", "manager"})
    tutor_roles = frozenset({"editingteacher", "teacher", "manager"})
    frame_allow = "microphone; camera; geolocation; midi; encrypted-media; autoplay"
    roles: Mapping[str, str] = MappingProxyType(
        {
            "student": "Student",
            "coach": "School coach",
            "editingteacher": "Teacher",
            "teacher": "Non-editing teacher",
            "manager": "Manager",
        }
    )
    roles_in_file: Mapping[str, str] = MappingProxyType(
        {
            "participants": "student",
            "coaches": "coach",
            "tutors": "editingteacher",
            "programme_leads": "manager",
        }
    )

    # --- ids

    def new_person_id(self, number: str) -> str:
        return number

    def new_context_id(self, number: str) -> str:
        return number

    def new_resource_link_id(self, number: str) -> str:
        return number

    def new_client(self) -> tuple[str, str]:
        letters = string.ascii_letters + string.digits
        return "".join(secrets.choice(letters) for _ in range(15)), "1"

    def new_launch_id(self, placement: Placement | None) -> str:
        random = secrets.randbelow(2_000_000_000)
        if placement is None:
            return f"ltilaunch_ContentItemSelectionRequest{random}"
        return f"ltilaunch{placement.resource_link_id}_{random}"

    def label_of_placed_column(self, placement: Placement, line_item: dict[str, Any]) -> str:
        # The grade bears the activity's name; the item's own label is not used.
        return placement.title

    # --- launches

    def login_hint(self, site: Site, launch: Launch) -> str:
        return launch.person_id

    def message_hint(self, site: Site, launch: Launch) -> str:
        hint: dict[str, Any] = {"launchid": launch.id}
        if launch.placement_id is not None:
            hint = {"cmid": int(launch.placement_id) + 2, **hint}
        return json.dumps(hint, separators=(",", ":"))

    def read_message_hint(self, site: Site, hint: str) -> str | None:
        try:
            read = json.loads(hint)
        except ValueError:
            return None
        launch_id = read.get("launchid") if isinstance(read, dict) else None
        return launch_id if isinstance(launch_id, str) else None

    def extra_login_fields(self, site: Site) -> dict[str, str]:
        return {}

    def check_authorisation(
        self, site: Site, asked: Mapping[str, str], session: str | None
    ) -> Launch:
        """In the order of mod/lti/auth.php: what is wrong before the client is known stays here."""
        required = ("scope", "response_type", "client_id", "redirect_uri", "login_hint", "nonce")
        launch_id = self.read_message_hint(site, asked.get("lti_message_hint", ""))
        usable = all(asked.get(name) for name in required) and launch_id is not None
        if not usable or asked["scope"] != "openid" or asked["response_type"] != "id_token":
            raise NothingForTheTool("Invalid request")
        launch = site.launches.get(launch_id or "")
        if launch is None or launch.session != session:
            raise NothingForTheTool("Invalid request")
        del site.launches[launch.id]
        if asked["redirect_uri"] not in site.the_tool().redirect_uris:
            raise NothingForTheTool("Invalid request")
        if asked["client_id"] != site.the_tool().client_id:
            raise AuthorisationRefused("unauthorized_client")
        if asked["login_hint"] != launch.person_id:
            raise AuthorisationRefused("access_denied")
        if asked.get("response_mode") != "form_post":
            raise AuthorisationRefused("invalid_request", "Invalid response_mode")
        if asked.get("prompt", "none") != "none":
            raise AuthorisationRefused("invalid_request", "Invalid prompt")
        return launch

    def claims(self, site: Site, launch: Launch, nonce: str) -> dict[str, Any]:
        person, course = site.people[launch.person_id], site.courses[launch.course_id]
        claims = standard_claims(launch, nonce, TOKEN_LIFE)
        claims["sub"] = person.id
        claims[LTI + "lis"] = {
            "person_sourcedid": person.sourcedid,
            "course_section_sourcedid": course.idnumber,
        }
        claims[LTI + "roles"] = launch_roles(course, person, launch)
        claims[LTI + "context"] = {
            "id": course.context_id,
            "label": course.label,
            "title": course.title,
            "type": ["CourseSection"],
        }
        claims |= personal_claims(person)
        claims[LTI + "tool_platform"] = {
            "product_family_code": "moodle",
            "version": "2024100706",
            "guid": site.guid,
            "name": site.name,
            "description": site.name,
        }
        claims[LTI + "custom"] = custom_claim(site, launch)
        claims[AGS_CLAIM] = ags_claim(site, launch)
        claims[NRPS_CLAIM] = {
            "context_memberships_url": memberships_url(site, course),
            "service_versions": ["1.0", "2.0"],
        }
        return claims | message_claims(self, site, launch)

    def error_page(self, message: str, status: int = 404) -> Response:
        page = render_template("error.html", title="Error", message=message)
        return make_response(page, status, {"X-Frame-Options": "sameorigin"})

    # --- deep linking

    def return_url(self, site: Site, launch: Launch, key: str) -> str:
        course = launch.course_id
        return f"{site.base_url}/mod/lti/contentitem_return.php?course={course}&id=1&sesskey={key}"

    def check_deep_linking_claims(self, site: Site, claims: dict[str, Any]) -> None:
        """Moodle looks at no nonce, audience or deployment in the answer."""

    def check_item(self, item: dict[str, Any]) -> None:
        custom = item.get("custom")
        if custom is not None and not (isinstance(custom, dict) and custom):
            # PHP reads an empty JSON object as an array, and a typed parameter stops it.
            raise TypeError(
                "params_to_string(): Argument #1 ($params) must be of type object, array given"
            )

    def place_item(self, site: Site, course: Course, item: dict[str, Any]) -> Placement | None:
        if item.get("type") != "ltiResourceLink":
            return None
        custom = item.get("custom") or {}
        return site.place(
            course,
            item.get("title") or site.the_tool().name,
            custom={key: str(value) for key, value in custom.items()},
            line_item=item.get("lineItem"),
            url=item.get("url"),
            description=item.get("text", ""),
        )

    # --- dynamic registration

    def configuration(self, site: Site) -> dict[str, Any]:
        from demo_vle.moodle import registration

        return registration.configuration(site)

    def registration_error(self, status: int, message: str) -> Response:
        from demo_vle.moodle import registration

        return registration.error(status, message)

    def check_registration(self, body: dict[str, Any]) -> None:
        from demo_vle.moodle import registration

        registration.check(body)

    def registered(self, site: Site, tool: Tool) -> dict[str, Any]:
        from demo_vle.moodle import registration

        return registration.registered(tool)

    # --- services

    def granted_scopes(self) -> list[str]:
        return [LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE, MEMBERSHIP_READONLY]

    def token_error(self, error: str, description: str = "") -> Response:
        # Written by hand in token.php, so a quotation mark in the error breaks the JSON.
        body = f'{{\n  "error" : "{error}"\n}}'
        return make_response(body, 400, {"Content-Type": self.token_content_type})

    def services(self) -> Blueprint:
        return services


def launch_roles(course: Course, person: Person, launch: Launch) -> list[str]:
    """Alphabetical, and never a mentor: `mod/lti:manage` alone tells Instructor from Learner."""
    if person.site_admin:
        return [
            INSTITUTION_VOCABULARY + "Administrator",
            MEMBERSHIP_VOCABULARY + "Instructor",
            SYSTEM_VOCABULARY + "Administrator",
        ]
    instructs = course.role_of(person) in INSTRUCTOR_ROLES
    return [MEMBERSHIP_VOCABULARY + ("Instructor" if instructs else "Learner")]


def personal_claims(person: Person) -> dict[str, Any]:
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "name": person.name,
        "email": person.email,
        LTI + "ext": {"user_username": person.username, "lms": "moodle-2"},
    }


def ags_claim(site: Site, launch: Launch) -> dict[str, Any]:
    claim: dict[str, Any] = {
        "scope": [LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE],
        "lineitems": f"{services_url(site)}/{launch.course_id}/lineitems?type_id=1",
    }
    placement = site.placements.get(launch.placement_id or "")
    column = site.column_of(placement) if placement else None
    if column is not None:
        claim["lineitem"] = (
            f"{services_url(site)}/{launch.course_id}/lineitems/{column.id}/lineitem?type_id=1"
        )
    return claim


def services_url(site: Site) -> str:
    return f"{site.base_url}/mod/lti/services.php"


def memberships_url(site: Site, course: Course) -> str:
    return f"{services_url(site)}/CourseSection/{course.id}/bindings/1/memberships"


def basic_outcome(site: Site, placement: Placement, person: Person) -> dict[str, str]:
    """The LTI 1.1 outcome service, which Moodle still offers beside AGS."""
    data = {
        "instanceid": placement.resource_link_id,
        "userid": person.id,
        "typeid": "1",
        "launchid": secrets.randbelow(2_000_000_000),
    }
    text = json.dumps(data, separators=(",", ":"))
    digest = hashlib.sha256((text + site.guid).encode("utf-8")).hexdigest()
    sourcedid = json.dumps({"data": data, "hash": digest}, separators=(",", ":"))
    return {
        "lis_result_sourcedid": sourcedid,
        "lis_outcome_service_url": f"{site.base_url}/mod/lti/service.php",
    }


def message_claims(moodle: Moodle, site: Site, launch: Launch) -> dict[str, Any]:
    """The claims that belong to one kind of message."""
    if launch.message_type == DEEP_LINKING_REQUEST:
        settings = deep_linking_settings(moodle, site, launch)
        return {
            LTI + "launch_presentation": {"locale": "en"},
            DEEP_LINKING + "deep_linking_settings": settings,
        }
    assert launch.message_type in (RESOURCE_LINK, SUBMISSION_REVIEW)
    placement = site.placements[launch.placement_id or ""]
    outcome = basic_outcome(site, placement, site.people[launch.person_id])
    claims: dict[str, Any] = {
        LTI + "resource_link": {
            "title": placement.title,
            "description": re.sub(r"<[^>]*>", "", placement.description),
            "id": placement.resource_link_id,
        },
        "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": outcome,
        LTI + "launch_presentation": launch_presentation(site, launch, placement),
    }
    if launch.message_type == SUBMISSION_REVIEW:
        claims[LTI + "for_user"] = {"user_id": launch.for_user}
    return claims


def launch_presentation(site: Site, launch: Launch, placement: Placement) -> dict[str, str]:
    container = "4" if launch.target == "window" else "3"
    return {
        "locale": "en",
        "document_target": launch.target,
        "return_url": (
            f"{site.base_url}/mod/lti/return.php?course={launch.course_id}"
            f"&launch_container={container}&instanceid={placement.resource_link_id}"
            f"&sesskey={secrets.token_hex(5)}"
        ),
    }


def deep_linking_settings(moodle: Moodle, site: Site, launch: Launch) -> dict[str, Any]:
    return {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": moodle.return_url(site, launch, new_return_key(launch)),
        "title": "",
        "text": "",
    }
