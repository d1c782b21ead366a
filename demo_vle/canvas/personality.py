"""Canvas's ids, addresses, claims and rules around a launch."""

import datetime
import hashlib
import re
import secrets
import time
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import jwt
from flask import Blueprint, Response, jsonify, make_response, render_template

from demo_vle.canvas.services import bp as services
from demo_vle.canvas.variables import custom_claim
from demo_vle.keys import sign_token
from demo_vle.launching import DEEP_LINKING_REQUEST, new_return_key, standard_claims
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

TOKEN_LIFE = 3600
HINT_LIFE = 300
TEACHING_ASSISTANT = (
    "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
)
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
MEMBERSHIP_ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "teacher": (MEMBERSHIP_VOCABULARY + "Instructor",),
        "editingteacher": (MEMBERSHIP_VOCABULARY + "Instructor",),
        "manager": (MEMBERSHIP_VOCABULARY + "Instructor",),
        "ta": (MEMBERSHIP_VOCABULARY + "Instructor", TEACHING_ASSISTANT),
        "student": (MEMBERSHIP_VOCABULARY + "Learner",),
        "designer": (MEMBERSHIP_VOCABULARY + "ContentDeveloper",),
        "observer": (MEMBERSHIP_VOCABULARY + "Mentor",),
        "coach": (MEMBERSHIP_VOCABULARY + "Mentor",),
        "teststudent": (MEMBERSHIP_VOCABULARY + "Learner", TEST_USER),
    }
)
TEACHING = frozenset({"teacher", "editingteacher", "manager", "ta"})


class Canvas(Personality):
    """A self-hosted Canvas: its issuer is its own address."""

    name = "canvas"
    title = "Canvas"
    auth_path = "/api/lti/authorize_redirect"
    token_path = "/login/oauth2/token"
    jwks_path = "/api/lti/security/jwks"
    configuration_path = "/api/lti/security/openid-configuration"
    registration_path = "/api/lti/registrations"
    hides_configuration = True
    session_cookie = "canvas_session"
    cookie_same_site = "None"
    cookie_secure = True
    reposts_without_cookie = False
    storage_target = "_parent"
    keeps_overrides = False
    has_submission_review = False
    token_content_type = "application/json; charset=utf-8"
    authoring_roles = frozenset({"teacher", "editingteacher", "manager", "ta", "designer"})
    tutor_roles = TEACHING
    frame_allow = (
        "geolocation *; microphone *; camera *; midi *; encrypted-media *; autoplay *; "
        "clipboard-write *; display-capture *"
    )
    privacy_level = "public"
    roles: Mapping[str, str] = MappingProxyType(
        {
            "student": "Student",
            "observer": "Observer",
            "teacher": "Teacher",
            "ta": "TA",
            "designer": "Designer",
            "teststudent": "Test student",
            "manager": "Lead teacher",
            "editingteacher": "Teacher",
            "coach": "Observer",
        }
    )
    roles_in_file: Mapping[str, str] = MappingProxyType(
        {
            "participants": "student",
            "coaches": "observer",
            "tutors": "teacher",
            "programme_leads": "manager",
        }
    )

    # --- ids

    def new_person_id(self, number: str) -> str:
        return str(uuid.uuid4())

    def new_context_id(self, number: str) -> str:
        return hashlib.sha1(uuid.uuid4().bytes).hexdigest()

    def new_resource_link_id(self, number: str) -> str:
        return str(uuid.uuid4())

    def new_client(self) -> tuple[str, str]:
        client_id = f"1000000000{secrets.randbelow(9_000_000) + 1_000_000}"
        return client_id, f"{secrets.randbelow(9000) + 1000}:{secrets.token_hex(20)}"

    def new_launch_id(self, placement: Placement | None) -> str:
        return secrets.token_hex(32)

    def label_of_placed_column(self, placement: Placement, line_item: dict[str, Any]) -> str:
        return line_item.get("label") or placement.title

    # --- launches

    def login_hint(self, site: Site, launch: Launch) -> str:
        # A digest of the person's id: the tool cannot tell who it is before the launch.
        return hashlib.sha1(f"{site.guid}{launch.person_id}".encode()).hexdigest()

    def message_hint(self, site: Site, launch: Launch) -> str:
        now = int(time.time())
        claims = {
            "verifier": launch.id,
            "canvas_domain": site.base_url.partition("//")[2],
            "context_type": "Course",
            "context_id": launch.course_id,
            "iat": now,
            "exp": now + HINT_LIFE,
        }
        return sign_token(claims, {"typ": "JWT", "alg": "RS256"}, site.keys[0])

    def read_message_hint(self, site: Site, hint: str) -> str | None:
        for key in site.keys:
            try:
                claims = jwt.decode(hint, key.public_pem().decode("ascii"), algorithms=["RS256"])
            except jwt.PyJWTError:
                continue
            launch_id: str | None = claims.get("verifier")
            return launch_id
        return None

    def extra_login_fields(self, site: Site) -> dict[str, str]:
        fields = {"canvas_environment": "prod", "canvas_region": "not_configured"}
        return fields | ({"lti_storage_target": site.storage_target} if site.storage_target else {})

    def check_authorisation(
        self, site: Site, asked: Mapping[str, str], session: str | None
    ) -> Launch:
        redirect_uri = asked.get("redirect_uri", "").partition("?")[0]
        if redirect_uri not in site.the_tool().redirect_uris:
            raise NothingForTheTool("Invalid redirect_uri")
        if asked.get("client_id") != site.the_tool().client_id:
            raise AuthorisationRefused("unauthorized_client", "Client not authorized")
        check_parameters(asked)
        launch_id = self.read_message_hint(site, asked["lti_message_hint"])
        if launch_id is None:
            raise AuthorisationRefused("invalid_request_object", "Invalid lti_message_hint")
        launch = site.launches.get(launch_id)
        if launch is None:
            raise AuthorisationRefused("launch_no_longer_valid", "The launch has expired")
        signed_in = session is not None and launch.session == session
        if not signed_in or asked["login_hint"] != self.login_hint(site, launch):
            raise AuthorisationRefused("login_required", "Must have an active user session")
        del site.launches[launch.id]
        return launch

    def claims(self, site: Site, launch: Launch, nonce: str) -> dict[str, Any]:
        person, course = site.people[launch.person_id], site.courses[launch.course_id]
        placement = site.placements.get(launch.placement_id or "")
        claims = standard_claims(launch, nonce, TOKEN_LIFE)
        claims["azp"] = claims["aud"]
        claims["sub"] = person.id
        claims[LTI + "lti1p1_legacy_user_id"] = legacy_id(site, person)
        claims[LTI + "lti1p1"] = {"user_id": legacy_id(site, person)}
        claims[LTI + "lis"] = {
            "person_sourcedid": person.sourcedid or None,
            "course_offering_sourcedid": course.idnumber or None,
        }
        claims[LTI + "roles"] = launch_roles(site, course, person)
        claims[LTI + "context"] = {
            "id": course.context_id,
            "label": course.label,
            "title": course.title,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        }
        claims[LTI + "tool_platform"] = {
            "guid": f"{site.guid}:canvas-lms",
            "name": site.name,
            "version": "cloud",
            "product_family_code": "canvas",
        }
        claims |= self.personal_claims(course, person)
        claims[LTI + "custom"] = custom_claim(site, launch)
        claims[AGS_CLAIM] = ags_claim(site, launch)
        claims[NRPS_CLAIM] = {
            "context_memberships_url": f"{courses_url(site, course)}/names_and_roles",
            "service_versions": ["2.0"],
        }
        if launch.message_type == DEEP_LINKING_REQUEST:
            return claims | self.deep_linking_claims(site, launch)
        return claims | link_claims(site, launch, course, placement)

    def personal_claims(self, course: Course, person: Person) -> dict[str, Any]:
        if self.privacy_level == "anonymous":
            return {}
        names = {
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
        }
        if self.privacy_level == "name_only":
            return names
        if self.privacy_level == "email_only":
            return {"email": person.email}
        claims: dict[str, Any] = {**names, "email": person.email, "locale": "en-GB"}
        enrolment = course.enrolments.get(person.id)
        if enrolment is not None and enrolment.observees:
            claims[LTI + "role_scope_mentor"] = list(enrolment.observees)
        return claims

    def deep_linking_claims(self, site: Site, launch: Launch) -> dict[str, Any]:
        key = new_return_key(launch)
        settings = {
            "deep_link_return_url": self.return_url(site, launch, key),
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_media_types": "application/vnd.ims.lti.v1.ltilink",
            "accept_multiple": True,
            "accept_lineitem": True,
            "auto_create": False,
            "data": f"canvas-{key}",
        }
        return {
            DEEP_LINKING + "deep_linking_settings": settings,
            LTI + "launch_presentation": {"document_target": "iframe", "locale": "en-GB"},
            "https://www.instructure.com/placement": "course_assignments_menu",
        }

    def error_page(self, message: str, status: int = 400) -> Response:
        page = render_template("error.html", title="Page error", message=message)
        return make_response(page, 400 if status == 404 else status)

    # --- deep linking

    def return_url(self, site: Site, launch: Launch, key: str) -> str:
        course = launch.course_id
        return f"{site.base_url}/courses/{course}/deep_linking_response?modal=true&data={key}"

    def check_deep_linking_claims(self, site: Site, claims: dict[str, Any]) -> None:
        """Canvas wants itself as the audience, its data back, and a nonce used once."""
        from demo_vle.deep_linking import ReturnRefused

        audience = claims.get("aud")
        if site.base_url not in (audience if isinstance(audience, list) else [audience]):
            raise ReturnRefused("the 'aud' is invalid")
        nonce = claims.get("nonce")
        with site.change():
            if not isinstance(nonce, str) or nonce in site.used_nonces:
                raise ReturnRefused("the 'nonce' is invalid")
            site.used_nonces.append(nonce)

    def check_item(self, item: dict[str, Any]) -> None:
        from demo_vle.deep_linking import ReturnRefused

        line_item = item.get("lineItem")
        if line_item is not None and "scoreMaximum" not in line_item:
            raise ReturnRefused("lineItem needs scoreMaximum")

    def place_item(self, site: Site, course: Course, item: dict[str, Any]) -> Placement | None:
        if item.get("type") != "ltiResourceLink":
            return None
        return site.place(
            course,
            item.get("title") or site.the_tool().name,
            custom={key: str(value) for key, value in (item.get("custom") or {}).items()},
            line_item=item.get("lineItem"),
            url=item.get("url"),
            description=item.get("text", ""),
            dates=dates_of_assignment(item),
        )

    # --- dynamic registration

    def configuration_query(self, token: str) -> str:
        return "?" + urlencode({"registration_token": token})

    def configuration(self, site: Site) -> dict[str, Any]:
        from demo_vle.canvas import registration

        return registration.configuration(site)

    def registration_error(self, status: int, message: str) -> Response:
        from demo_vle.canvas import registration

        return registration.error(status, message)

    def check_registration(self, body: dict[str, Any]) -> None:
        from demo_vle.canvas import registration

        registration.check(body)

    def registered(self, site: Site, tool: Tool) -> dict[str, Any]:
        from demo_vle.canvas import registration

        return registration.registered(site, tool)

    # --- services

    def granted_scopes(self) -> list[str]:
        return [LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE, MEMBERSHIP_READONLY]

    def token_error(self, error: str, description: str = "") -> Response:
        code = error if re.fullmatch(r"[a-z_]+", error) else "invalid_client"
        return make_response(jsonify(error=code, error_description=description or error), 400)

    def services(self) -> Blueprint:
        return services


def check_parameters(asked: Mapping[str, str]) -> None:
    """The parameters that Canvas wants exactly so."""
    fixed = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
    }
    wrong = [name for name, value in fixed.items() if asked.get(name) != value]
    missing = [name for name in ("nonce", "login_hint", "lti_message_hint") if not asked.get(name)]
    if wrong or missing:
        named = ", ".join(wrong + missing)
        raise AuthorisationRefused("invalid_request_object", f"Wrong or missing: {named}")


def legacy_id(site: Site, person: Person) -> str:
    return hashlib.sha1(f"legacy{site.guid}{person.number}".encode()).hexdigest()


def launch_roles(site: Site, course: Course, person: Person) -> list[str]:
    """Full names: those of this course, then what the person is anywhere, then what all are."""
    anywhere = {each.role_of(person) for each in site.courses.values()}
    roles = list(MEMBERSHIP_ROLES.get(course.role_of(person) or "", ()))
    if person.site_admin:
        roles.append(INSTITUTION_VOCABULARY + "Administrator")
    if anywhere & TEACHING:
        roles.append(INSTITUTION_VOCABULARY + "Instructor")
    if "student" in anywhere:
        roles.append(INSTITUTION_VOCABULARY + "Student")
    return [*roles, SYSTEM_VOCABULARY + "User"]


def courses_url(site: Site, course: Course) -> str:
    return f"{site.base_url}/api/lti/courses/{course.id}"


def ags_claim(site: Site, launch: Launch) -> dict[str, Any]:
    course = site.courses[launch.course_id]
    claim: dict[str, Any] = {
        "scope": [LINE_ITEM, LINE_ITEM_READONLY, RESULT_READONLY, SCORE],
        "lineitems": f"{courses_url(site, course)}/line_items",
    }
    placement = site.placements.get(launch.placement_id or "")
    own = next(
        (each for each in site.columns.values() if placement and each.own == placement.id), None
    )
    if own is not None:
        claim["lineitem"] = f"{courses_url(site, course)}/line_items/{own.id}"
    return claim


def link_claims(
    site: Site, launch: Launch, course: Course, placement: Placement | None
) -> dict[str, Any]:
    # Without a link of its own (SpeedGrader, course navigation) the course stands in for one.
    resource_link = {"id": course.context_id, "title": course.title, "description": None}
    if placement is not None:
        resource_link = {
            "id": placement.resource_link_id,
            "title": placement.title,
            "description": placement.description or None,
        }
    return {
        LTI + "resource_link": resource_link,
        LTI + "launch_presentation": {
            "document_target": launch.target,
            "return_url": (
                f"{site.base_url}/courses/{course.id}/external_content/success/external_tool"
            ),
            "locale": "en-GB",
            "height": None,
            "width": None,
        },
        "https://www.instructure.com/placement": None,
    }


def dates_of_assignment(item: dict[str, Any]) -> dict[str, str]:
    """Only what comes with a line item becomes an assignment, and only that has dates.

    `app/controllers/lti/ims/concerns/deep_linking_modules.rb` in the source of Canvas; when
    submissions begin is not read there.
    """
    if item.get("lineItem") is None:
        return {}
    available, submission = item.get("available") or {}, item.get("submission") or {}
    dates = {
        "Available from": available.get("startDateTime"),
        "Due": submission.get("endDateTime"),
        "Until": available.get("endDateTime"),
    }
    return {name: str(moment) for name, moment in dates.items() if is_moment(moment)}


def is_moment(written: Any) -> bool:
    """Whether it says a moment; what does not is dropped without a word."""
    try:
        return datetime.datetime.fromisoformat(written).tzinfo is not None
    except (TypeError, ValueError):
        return False
