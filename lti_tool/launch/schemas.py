"""The types of the claims that we read; what we do not know is overlooked.

https://www.imsglobal.org/spec/lti/v1p3/#required-message-claims
"""

from __future__ import annotations

import re
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"

# Platforms leave a variable that they do not know as it was written.
UNEXPANDED = re.compile(r"\$[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")


class ClaimSchema(Schema):
    """Claims are others' words: what we do not know is overlooked, what we use has its type."""

    class Meta:
        unknown = EXCLUDE


ID = validate.Length(max=255)
URL = validate.Length(max=1000)
MENTEES = validate.Length(max=1000)


class NamedSchema(ClaimSchema):
    id = fields.String(required=True, validate=ID)
    title = fields.String()
    label = fields.String()


class EndpointSchema(ClaimSchema):
    scope = fields.List(fields.String(), load_default=list)
    lineitem = fields.String(validate=URL)
    lineitems = fields.String(validate=URL)


class MembershipsSchema(ClaimSchema):
    context_memberships_url = fields.String(validate=URL)


class PresentationSchema(ClaimSchema):
    return_url = fields.String()


class ForUserSchema(ClaimSchema):
    user_id = fields.String(required=True, validate=ID)


class DeepLinkingSchema(ClaimSchema):
    deep_link_return_url = fields.String(required=True)
    accept_types = fields.List(fields.String(), required=True)
    accept_multiple = fields.Boolean(load_default=False)
    accept_lineitem = fields.Boolean(load_default=True)


class LaunchSchema(ClaimSchema):
    """The claims that we read, under short names."""

    message_type = fields.String(required=True, data_key=LTI + "message_type")
    version = fields.String(required=True, data_key=LTI + "version")
    sub = fields.String(required=True, validate=ID)
    deployment_id = fields.String(required=True, validate=ID, data_key=LTI + "deployment_id")
    roles = fields.List(fields.String(), required=True, data_key=LTI + "roles")
    target_link_uri = fields.String(required=True, data_key=LTI + "target_link_uri")
    name = fields.String()
    given_name = fields.String()
    family_name = fields.String()
    email = fields.String()
    context = fields.Nested(NamedSchema, data_key=LTI + "context")
    resource_link = fields.Nested(NamedSchema, data_key=LTI + "resource_link")
    mentor_scope = fields.List(
        fields.String(validate=ID), validate=MENTEES, data_key=LTI + "role_scope_mentor"
    )
    custom = fields.Dict(keys=fields.String(), data_key=LTI + "custom", load_default=dict)
    presentation = fields.Nested(PresentationSchema, data_key=LTI + "launch_presentation")
    for_user = fields.Nested(ForUserSchema, data_key=LTI + "for_user")
    endpoint = fields.Nested(EndpointSchema, data_key=AGS)
    memberships = fields.Nested(MembershipsSchema, data_key=NRPS)
    deep_linking = fields.Nested(DeepLinkingSchema, data_key=DEEP_LINKING + "deep_linking_settings")

    @pre_load
    def forget_nothings(self, claims: dict[str, Any], **_: Any) -> Any:
        """Null, empty text and unexpanded variables all mean that nothing was sent."""
        return cleaned(claims)


NAMES = {one.data_key: name for name, one in LaunchSchema().fields.items() if one.data_key}


def cleaned(value: Any) -> Any:
    """The same without nulls, empty texts and variables that were left as they were written."""
    if not isinstance(value, dict):
        return value
    pairs = ((key, cleaned(one)) for key, one in value.items())
    return {key: one for key, one in pairs if not is_nothing(one)}


def is_nothing(value: Any) -> bool:
    """Whether a claim, or an entry of one, stands there without saying anything."""
    if isinstance(value, str):
        is_unusable = "\x00" in value or _has_surrogate(value)
        return is_unusable or not value.strip() or UNEXPANDED.fullmatch(value) is not None
    return value is None or value == {}


def _has_surrogate(text: str) -> bool:
    """Half a character, which JSON can write and no database can keep."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def verdict_of(error: ValidationError) -> str:
    """The first claim that is wrong, and whether it is missing or of another shape."""
    problems: dict[str, Any] = error.normalized_messages()
    claim = min(problems, key=_order)
    name, found = NAMES.get(claim, claim), problems[claim]
    while isinstance(found, dict):
        key = min(found, key=str)
        name, found = f"{name}_{key}", found[key]
    missing = "Missing data" in str(found)
    return f"{name}_absent" if missing else f"{name}_invalid"


def _order(claim: str) -> int:
    order = list(LaunchSchema().fields)
    name = NAMES.get(claim, claim)
    return order.index(name) if name in order else len(order)
