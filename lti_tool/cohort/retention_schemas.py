"""The forms about what is kept and what goes."""

from __future__ import annotations

from marshmallow import Schema, validate

from lti_tool.people.form_fields import LONGEST_TEXT, DateInParts, Text, line

WHY = "Say why."


def _why() -> Text:
    return Text(
        required=True,
        validate=validate.Length(1, LONGEST_TEXT, error=WHY),
        error_messages={"required": WHY},
    )


class HoldForm(Schema):
    """Place a legal hold on somebody."""

    person = line("Enter an e-mail address or a whole name.")
    reason = _why()


class SampleForm(Schema):
    """Put a submission into the sample for the regulator."""

    receipt = line("Enter the number on the receipt.", longest=30)


class PutOffForm(Schema):
    """Keep something for longer."""

    why = _why()
    until = DateInParts("Enter the day until which it is kept.")
