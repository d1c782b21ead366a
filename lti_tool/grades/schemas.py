"""The forms of this package."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from lti_tool.errors import Invalid
from lti_tool.grades.scale import parse_mark

LONGEST_TEXT = 20_000
TOO_LONG = validate.Length(max=LONGEST_TEXT, error="Use at most 20,000 characters here.")
CRITERION = "criterion-"


class Text(fields.String):
    """Text as typed, with one kind of line end and without NUL, which PostgreSQL cannot keep."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return text.replace("\r\n", "\n").replace("\x00", "")


class MarkField(fields.String):
    """A whole mark, or nothing yet."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not text.strip():
            return None
        try:
            return parse_mark(text)
        except Invalid as error:
            raise ValidationError(error.sentence) from error


class MarkSchema(Schema):
    """The marking form; its criteria come from the programme (see `with_criteria`)."""

    class Meta:
        unknown = EXCLUDE

    mark = MarkField(load_default=None)
    feedback = Text(load_default="", validate=TOO_LONG)
    revision = fields.Integer(load_default=0)
    page = fields.String(load_default="", validate=validate.Length(max=40))


class ReleaseSchema(Schema):
    """Which attempt to release, and which state of its mark was shown."""

    class Meta:
        unknown = EXCLUDE

    attempt = fields.Integer(required=True)
    revision = fields.Integer(load_default=None)


class RetrySchema(Schema):
    """Which delivery to send again."""

    class Meta:
        unknown = EXCLUDE

    delivery = fields.Integer(required=True)


def with_criteria(criteria: list[str]) -> type[Schema]:
    """The marking form for these criteria: one text each."""
    texts: dict[str, Any] = {
        f"{CRITERION}{code}": Text(load_default="", validate=TOO_LONG) for code in criteria
    }
    # marshmallow names fields by attribute, and "criterion-K" is none: class_from_dict takes any.
    return type("MarkForm", (MarkSchema,), texts)
