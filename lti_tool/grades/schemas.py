"""The forms of this package."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from lti_tool.errors import Invalid
from lti_tool.grades.scale import parse_mark

LONGEST_TEXT = 20_000
TOO_LONG = validate.Length(max=LONGEST_TEXT, error="Use at most 20,000 characters here.")
CRITERION = "criterion-"
EVIDENCE = "evidence-"  # and the criterion whose evidence is ticked


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
    keep_from = fields.String(load_default="feedback")  # the field whose words are kept for later


class CommentSchema(Schema):
    """Words to keep for later."""

    class Meta:
        unknown = EXCLUDE

    text = Text(load_default="", validate=TOO_LONG)


class RemoveCommentSchema(Schema):
    """Which of one's comments to forget."""

    class Meta:
        unknown = EXCLUDE

    comment = fields.Integer(required=True)


class ReleaseSchema(Schema):
    """Which marks to release, each with how it was shown: "12:3f9a…"."""

    class Meta:
        unknown = EXCLUDE

    seen = fields.List(
        fields.String(validate=validate.Regexp(r"[0-9]{1,9}:[0-9a-f]{64}\Z")),
        required=True,
        validate=validate.Length(min=1, max=50),
    )
    reason = Text(load_default="", validate=TOO_LONG)


class RecallSchema(Schema):
    """Why a released mark is taken back."""

    class Meta:
        unknown = EXCLUDE

    reason = Text(load_default="", validate=TOO_LONG)


class RetrySchema(Schema):
    """Which delivery to send again."""

    class Meta:
        unknown = EXCLUDE

    delivery = fields.Integer(required=True)


class DifferenceSchema(Schema):
    """Which difference is answered, and why where it is accepted."""

    class Meta:
        unknown = EXCLUDE

    difference = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))
    reason = Text(load_default="", validate=TOO_LONG)


def with_criteria(criteria: list[str]) -> type[Schema]:
    """The marking form for these criteria: one text each, and the evidence that bears on it."""
    texts: dict[str, Any] = {
        f"{CRITERION}{code}": Text(load_default="", validate=TOO_LONG) for code in criteria
    }
    texts |= {f"{EVIDENCE}{code}": fields.List(fields.Integer(), load_default=list)
              for code in criteria}  # fmt: skip
    # marshmallow names fields by attribute, and "criterion-K" is none: class_from_dict takes any.
    return type("MarkForm", (MarkSchema,), texts)
