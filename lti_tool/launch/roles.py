"""LTI roles of a course to our role, as config/roles.yaml says.

Only membership roles count: what somebody is in the institution or the system gives nothing here.
https://www.imsglobal.org/spec/lti/v1p3/#role-vocabularies
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from lti_tool.errors import Invalid
from lti_tool.identity import Role
from lti_tool.settings import ROOT

FILE = ROOT / "config" / "roles.yaml"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

OURS = fields.String(validate=validate.OneOf([role.value for role in Role]))


class RolesSchema(Schema):
    """The file that a university may change; a typo must not become a default."""

    class Meta:
        unknown = RAISE

    strongest_first = fields.List(OURS, required=True, validate=validate.Length(equal=len(Role)))
    roles = fields.Dict(keys=fields.String(), values=OURS, required=True)
    sub_roles = fields.Dict(keys=fields.String(), values=OURS, load_default=dict)


@dataclass(frozen=True)
class RoleMap:
    """Which membership role is which role of ours, and which wins where there are several."""

    strongest_first: tuple[Role, ...]
    roles: Mapping[str, Role]
    sub_roles: Mapping[str, Role]

    def role_of(self, sent: Collection[str]) -> Role | None:
        """Our role, or None where the platform sent none that we know."""
        known = {self._one(uri) for uri in sent}
        return next((role for role in self.strongest_first if role in known), None)

    def _one(self, uri: str) -> Role | None:
        if uri.startswith(MEMBERSHIP + "#"):
            return self.roles.get(uri.removeprefix(MEMBERSHIP + "#"))
        if uri.startswith(MEMBERSHIP + "/"):
            # A sub-role is written membership/Instructor#TeachingAssistant.
            core, _, sub_role = uri.removeprefix(MEMBERSHIP + "/").partition("#")
            return self.sub_roles.get(f"{core}/{sub_role}", self.roles.get(core))
        # Short names are allowed in the context vocabulary, which is membership.
        return self.roles.get(uri) if uri.isidentifier() else None


def is_mentor(sent: Collection[str]) -> bool:
    """Whether the platform calls somebody a mentor, whatever that is in the tool."""
    names = {"Mentor", f"{MEMBERSHIP}#Mentor"}
    return any(uri in names or uri.startswith(f"{MEMBERSHIP}/Mentor#") for uri in sent)


@lru_cache(maxsize=4)
def load_roles(path: Path = FILE) -> RoleMap:
    """Read and check the file. Raises Invalid with file, path and remedy."""
    try:
        read = RolesSchema().load(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise Invalid(f"{path.name} cannot be used: {error}") from error
    return RoleMap(
        strongest_first=tuple(Role(name) for name in read["strongest_first"]),
        roles={name: Role(ours) for name, ours in read["roles"].items()},
        sub_roles={name: Role(ours) for name, ours in read["sub_roles"].items()},
    )
