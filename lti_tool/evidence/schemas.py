"""The forms of this package: their shape. What a content must be is decided in `rules`."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import (
    EXCLUDE,
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from lti_tool.clock import today
from lti_tool.evidence.rules import LONGEST_TITLE
from lti_tool.learning.impact_schema import ImpactSchema

NOT_A_DATE = "The date of the activity must be a real date, such as 12 11 2026."


class Text(fields.String):
    """A text as a browser sends it: line breaks made one kind, spaces around it dropped."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return text.replace("\r\n", "\n").replace("\x00", "").strip()


class EvidenceSchema(ImpactSchema):
    """Evidence, new or edited. The date comes in three parts, or whole in `activity_on`."""

    class Meta:
        unknown = EXCLUDE

    title = Text(
        required=True,
        validate=[
            validate.Length(min=1, error="Give the evidence a title."),
            validate.Length(
                max=LONGEST_TITLE, error=f"The title must be {LONGEST_TITLE} characters or fewer."
            ),
        ],
        error_messages={"required": "Give the evidence a title."},
    )
    narrative = Text(load_default="")
    activity_on = fields.String(load_default="")
    day = Text(load_default="", data_key="activity_on-day")
    month = Text(load_default="", data_key="activity_on-month")
    year = Text(load_default="", data_key="activity_on-year")
    module = Text(load_default="")
    strands = fields.List(
        Text(),
        required=True,
        error_messages={"required": "Choose at least one strand that this is evidence for."},
    )
    duty = Text(load_default="")
    setting = Text(load_default="")
    links = Text(load_default="")
    target = Text(load_default="")
    pupils = Text(load_default="")
    permission_by = Text(load_default="")
    permission_basis = Text(load_default="")
    participant = fields.String(load_default="")
    version = fields.Integer(load_default=None, allow_none=True)
    kept = fields.List(fields.String(), load_default=list)

    @validates_schema(skip_on_field_errors=False)
    def check_date(self, data: dict[str, Any], **_: Any) -> None:
        _date_of(data)

    @post_load
    def join_date(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "activity_on": _date_of(data), "duty": data["duty"] or None}


class AttestationSchema(Schema):
    """A coach's answer, with the version that they read."""

    class Meta:
        unknown = EXCLUDE

    version = fields.Integer(required=True)
    content_hash = fields.String(required=True)
    statement = Text(load_default="")
    duty = Text(load_default="")


class ReportSchema(Schema):
    """What is wrong with evidence, as one of a few codes."""

    class Meta:
        unknown = EXCLUDE

    reason = Text(load_default="")


class TakingBackSchema(Schema):
    """Why a coach takes back what they signed."""

    class Meta:
        unknown = EXCLUDE

    reason = fields.String(load_default="")
    words = Text(load_default="")


class SubmissionSchema(Schema):
    """What goes into a module's submission."""

    class Meta:
        unknown = EXCLUDE

    items = fields.List(
        fields.Integer(error_messages={"invalid": "Choose evidence from the list only."}),
        load_default=list,
        validate=validate.Length(max=500, error="Choose at most 500 pieces of evidence."),
    )
    own_work = fields.Boolean(load_default=False)
    pupils_protected = fields.Boolean(load_default=False)


def _date_of(data: dict[str, Any]) -> date:
    parts = [data.get(part, "") for part in ("year", "month", "day")]
    whole = data.get("activity_on", "")
    try:
        if whole:
            return date.fromisoformat(whole)
        if not any(parts):
            return today()
        return date(*(int(part) for part in parts))
    except (ValueError, OverflowError):
        raise ValidationError(NOT_A_DATE, field_name="activity_on") from None
