"""The forms of several markers: one mark of two, and who marks."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from lti_tool.grades.schemas import CRITERION, LONGEST_TEXT, TOO_LONG, MarkField, Text

LONGEST_ID = 9
# What two markers wrote, as one text.
BOTH = validate.Length(max=2 * LONGEST_TEXT + 2, error="Use at most 40,000 characters here.")


class AgreeSchema(Schema):
    """The form of two markers who agree; each button looks at what it needs."""

    class Meta:
        unknown = EXCLUDE

    mark = MarkField(load_default=None)
    feedback = Text(load_default="", validate=BOTH)
    rationale = Text(load_default="", validate=TOO_LONG)
    reason = Text(load_default="", validate=TOO_LONG)
    proposal = fields.Integer(load_default=0)


class Person(fields.String):
    """Who was chosen, or nobody."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if text and not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID):
            raise ValidationError("Choose somebody from the list.")
        return int(text) if text else None


class MarkersSchema(Schema):
    """Who marks in which role; an empty choice leaves it as it is."""

    class Meta:
        unknown = EXCLUDE

    first = Person(load_default=None)
    second = Person(load_default=None)
    third = Person(load_default=None)


class OneWorkSchema(MarkersSchema):
    """The markers of one submission, and why somebody takes the place of whoever has begun."""

    reason = Text(load_default="", validate=TOO_LONG)


class GiveSchema(MarkersSchema):
    """Which submissions to give to these markers."""

    attempt = fields.List(
        fields.Integer(), required=True, validate=validate.Length(min=1, max=100),
        error_messages={"required": "Choose at least one submission."},
    )  # fmt: skip


def agree_form(criteria: list[str]) -> type[Schema]:
    """The form for these criteria: one text each."""
    texts: dict[str, Any] = {
        f"{CRITERION}{code}": Text(load_default="", validate=BOTH) for code in criteria
    }
    return type("AgreeForm", (AgreeSchema,), texts)
