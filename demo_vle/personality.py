"""What one kind of platform does differently from another; the shared code asks, never guesses."""

from __future__ import annotations

import abc
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Response

if TYPE_CHECKING:
    from flask import Blueprint

    from demo_vle.site import Launch, Site
    from demo_vle.state import Course, Person, Placement, Tool

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM = AGS + "lineitem"
LINE_ITEM_READONLY = AGS + "lineitem.readonly"
RESULT_READONLY = AGS + "result.readonly"
SCORE = AGS + "score"
MEMBERSHIP_READONLY = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MEMBERSHIP_VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTITUTION_VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM_VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"


class AuthorisationRefused(Exception):
    """The platform tells the tool by form post that there will be no launch."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


class NothingForTheTool(Exception):
    """The platform shows its own error page, and the tool hears nothing."""


class Personality(abc.ABC):
    """One kind of platform."""

    name: str
    title: str
    auth_path: str
    token_path: str
    jwks_path: str
    configuration_path: str
    registration_path: str
    hides_configuration: bool
    session_cookie: str
    cookie_same_site: str
    cookie_secure: bool
    reposts_without_cookie: bool
    storage_target: str | None
    keeps_overrides: bool
    has_submission_review: bool
    token_content_type: str
    roles: Mapping[str, str]
    roles_in_file: Mapping[str, str]
    authoring_roles: frozenset[str]
    tutor_roles: frozenset[str]
    frame_allow: str

    # --- ids

    def new_key_id(self) -> str:
        return secrets.token_hex(10)

    @abc.abstractmethod
    def new_person_id(self, number: str) -> str: ...

    @abc.abstractmethod
    def new_context_id(self, number: str) -> str: ...

    @abc.abstractmethod
    def new_resource_link_id(self, number: str) -> str: ...

    @abc.abstractmethod
    def new_client(self) -> tuple[str, str]: ...

    @abc.abstractmethod
    def new_launch_id(self, placement: Placement | None) -> str: ...

    @abc.abstractmethod
    def label_of_placed_column(self, placement: Placement, line_item: dict[str, Any]) -> str: ...

    # --- launches

    @abc.abstractmethod
    def login_hint(self, site: Site, launch: Launch) -> str: ...

    @abc.abstractmethod
    def message_hint(self, site: Site, launch: Launch) -> str: ...

    @abc.abstractmethod
    def read_message_hint(self, site: Site, hint: str) -> str | None: ...

    @abc.abstractmethod
    def extra_login_fields(self, site: Site) -> dict[str, str]: ...

    @abc.abstractmethod
    def check_authorisation(
        self, site: Site, asked: Mapping[str, str], session: str | None
    ) -> Launch:
        """The launch that was asked for, or AuthorisationRefused, or NothingForTheTool."""

    @abc.abstractmethod
    def claims(self, site: Site, launch: Launch, nonce: str) -> dict[str, Any]: ...

    @abc.abstractmethod
    def error_page(self, message: str, status: int = 404) -> Response: ...

    # --- deep linking

    @abc.abstractmethod
    def return_url(self, site: Site, launch: Launch, key: str) -> str: ...

    @abc.abstractmethod
    def check_deep_linking_claims(self, site: Site, claims: dict[str, Any]) -> None: ...

    @abc.abstractmethod
    def check_item(self, item: dict[str, Any]) -> None:
        """Stop before anything is placed, where this platform would crash on an item."""

    @abc.abstractmethod
    def place_item(self, site: Site, course: Course, item: dict[str, Any]) -> Placement | None: ...

    # --- dynamic registration

    def configuration_query(self, token: str) -> str:
        """What the address of the configuration ends with."""
        return ""

    @abc.abstractmethod
    def configuration(self, site: Site) -> dict[str, Any]: ...

    @abc.abstractmethod
    def registration_error(self, status: int, message: str) -> Response: ...

    @abc.abstractmethod
    def check_registration(self, body: dict[str, Any]) -> None:
        """Raise RegistrationRefused where this platform would not take the tool."""

    @abc.abstractmethod
    def registered(self, site: Site, tool: Tool) -> dict[str, Any]: ...

    # --- services

    @abc.abstractmethod
    def granted_scopes(self) -> list[str]: ...

    @abc.abstractmethod
    def token_error(self, error: str, description: str = "") -> Response: ...

    @abc.abstractmethod
    def services(self) -> Blueprint: ...

    def may_author(self, course: Course, person: Person) -> bool:
        return person.site_admin or course.role_of(person) in self.authoring_roles

    def may_grade(self, course: Course, person: Person) -> bool:
        return person.site_admin or course.role_of(person) in self.tutor_roles


def get_personality(name: str) -> Personality:
    # Each personality builds on this module, so it is met only when it is asked for.
    if name == "moodle":
        from demo_vle.moodle.personality import Moodle

        return Moodle()
    if name == "canvas":
        from demo_vle.canvas.personality import Canvas

        return Canvas()
    raise ValueError(f"There is no personality “{name}”. Choose moodle or canvas.")
