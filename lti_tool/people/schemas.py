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


class AskForCodeForm(Schema):
    """Whoever holds a personal link says where their code may go."""

    address = fields.String(load_default="")


class CodeForm(Schema):
    """The code from the mail."""

    code = fields.String(
        required=True,
        validate=validate.Length(min=1, max=40, error="Enter the code from your mail."),
        error_messages={"required": "Enter the code from your mail."},
    )
    own_browser = fields.Boolean(load_default=False, truthy={"yes"}, falsy={""})


class CoachLinkForm(Schema):
    """Invite a coach by `name` and `address`, or send today's coach a link to `confirmed`."""

    name = fields.String(load_default="")
    address = fields.String(load_default="")
    confirmed = fields.String(load_default="")
