"""The forms of moderation."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from lti_tool.grades.rules.moderating import Action
from lti_tool.grades.schemas import TOO_LONG, Text

CHOOSE_MODERATOR = "Choose who moderates."
CHOOSE_ACTION = "Choose what you decide about the set."
WHOLE = "Use a whole number, such as 3 or -3."


class Blank(fields.Integer):
    """A whole number, or nothing where the field was left empty."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            # A minus as a phone or a word processor writes it.
            value = value.strip().replace("−", "-")
            if not value:
                return None
        return super()._deserialize(value, attr, data, **kwargs)


class ModeratorForm(Schema):
    """Ask somebody to moderate; for a new set also of which module."""

    class Meta:
        unknown = EXCLUDE

    module = fields.String(load_default="", validate=validate.Length(max=40))
    moderator = Blank(load_default=None, error_messages={"invalid": CHOOSE_MODERATOR})


class LookForm(Schema):
    """What the moderator notes on a script; it may be nothing."""

    class Meta:
        unknown = EXCLUDE

    note = Text(load_default="", validate=TOO_LONG)


class DecisionForm(Schema):
    """What the moderator decides about a set of marks."""

    class Meta:
        unknown = EXCLUDE

    decision = fields.String(
        required=True,
        validate=validate.OneOf([one.value for one in Action], error=CHOOSE_ACTION),
        error_messages={"required": CHOOSE_ACTION},
    )
    marker = Blank(load_default=None, error_messages={"invalid": "Choose a marker."})
    by_marks = Blank(load_default=None, error_messages={"invalid": WHOLE})
    rationale = Text(load_default="", validate=TOO_LONG)
