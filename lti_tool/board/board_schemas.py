"""The forms of a board's secretary."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from lti_tool.board.rules.meeting import Saying
from lti_tool.people.form_fields import DateInParts, Number, line, prose

LARGEST_ID = 2**31 - 1
LONGEST_MINUTES = 20_000


class Form(Schema):
    """What a browser sends besides is no concern of a form."""

    class Meta:
        unknown = EXCLUDE


def one_of(missing: str, choices: list[str]) -> fields.String:
    """A choice among buttons or in a list."""
    messages: dict[str, Any] = {"required": missing}
    check = validate.OneOf(choices, error=missing)
    return fields.String(required=True, validate=check, error_messages=messages)


class PlanForm(Form):
    """A meeting, or an action of the chair."""

    kind = one_of("Choose what it is.", ["meeting", "chairs_action"])
    title = line("Give it a name.")
    held_on = DateInParts("Say on which day it is.")
    quorum = Number(1, 50)
    reason = prose()


class AddForm(Form):
    """One result by candidate number and module."""

    candidate = line("Give the candidate number.", 20)
    module = line("Choose a module.", 40)


class SittingForm(Form):
    """Who took part."""

    revision = fields.Integer(load_default=0)
    chair = Number(1, LARGEST_ID)
    members = fields.List(
        fields.Integer(
            validate=validate.Range(1, LARGEST_ID, error="Choose from the list only."),
            error_messages={"invalid": "Choose from the list only."},
        ),
        load_default=list,
    )
    others = prose()
    examiner = one_of(
        "Say whether the external examiner took part.", ["present", "consulted", "absent"]
    )


class ResultForm(Form):
    """What the board said of one result."""

    number = fields.Integer(load_default=0)
    decision = one_of("Choose what the board said.", [each.value for each in Saying])
    mark = Number(0, 100)
    rationale = prose()


class AwardForm(Form):
    """What the board said of one person."""

    number = fields.Integer(load_default=0)
    decision = one_of("Choose what the board said.", ["agree", "not_yet"])
    rationale = prose()


class MinutesForm(Form):
    """The minutes, and which state of the board they were written on."""

    revision = fields.Integer(load_default=0)
    minutes = line("Write the minutes: what was said besides the decisions.", LONGEST_MINUTES)
