"""The forms of the people pages."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

CHOOSE_KIND = "Choose whether this person becomes coach or tutor."
CHOOSE_PERSON = "Choose a person."


class AllocationForm(Schema):
    """Make somebody the coach or a tutor of a participant."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(["coach", "tutor"], error=CHOOSE_KIND),
        error_messages={"required": CHOOSE_KIND},
    )
    user = fields.Integer(
        required=True, error_messages={"required": CHOOSE_PERSON, "invalid": CHOOSE_PERSON}
    )


class EndAllocationForm(Schema):
    """End one period."""

    allocation = fields.Integer(required=True)
