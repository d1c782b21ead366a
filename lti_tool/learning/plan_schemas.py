"""The forms of plan and dialogue: their shape. What they must say is decided by the activities."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validates_schema

from lti_tool.programme.definition import Programme

REAL_DATE = "Give a real date, such as 12 11 2026."
WHOLE_MINUTES = "Give the length in whole minutes, such as 30."


class Text(fields.String):
    """A text as a browser sends it: line breaks made one kind, spaces around it dropped."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return text.replace("\r\n", "\n").replace("\x00", "").strip()


class PlanForm(Schema):
    """Hidden fields of ours are no mistake."""

    class Meta:
        unknown = EXCLUDE


def diagnosis_form(programme: Programme) -> type[Schema]:
    """The form of a diagnosis: three fields a strand, named `level-1.1` and so on."""
    names: dict[str, fields.Field[Any]] = {
        f"{part}_{place}": Text(load_default="", data_key=f"{part}-{strand.id}")
        for place, strand in enumerate(programme.strands)
        for part in ("level", "need", "source")
    }
    names["based_on"] = fields.Integer(required=True)
    return PlanForm.from_dict(names, name="Diagnosis")


class AgreeForm(PlanForm):
    """The version that was read."""

    number = fields.Integer(required=True)


class RevisionForm(PlanForm):
    """The wording that was read."""

    revision = fields.Integer(load_default=0)


class NeedForm(PlanForm):
    """The need that becomes a target."""

    line = fields.Integer(required=True)


class DatedForm(PlanForm):
    """A form with one date in three parts, or whole in the field itself."""

    dated = ""

    @validates_schema(skip_on_field_errors=False)
    def check_date(self, data: dict[str, Any], **_: Any) -> None:
        self._date_of(data)

    @post_load
    def join_date(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, self.dated: self._date_of(data)}

    def _date_of(self, data: dict[str, Any]) -> date:
        try:
            if whole := data.get(self.dated, ""):
                return date.fromisoformat(whole)
            return date(*(int(data.get(part, "")) for part in ("year", "month", "day")))
        except (ValueError, OverflowError):
            raise ValidationError(REAL_DATE, field_name=self.dated) from None


class TargetForm(DatedForm):
    """What a target says."""

    dated = "due_on"

    strand = Text(load_default="")
    text = Text(load_default="", data_key="target")
    evidence = Text(load_default="")
    due_on = fields.String(load_default="")
    day = Text(load_default="", data_key="due_on-day")
    month = Text(load_default="", data_key="due_on-month")
    year = Text(load_default="", data_key="due_on-year")
    revision = fields.Integer(load_default=0)
    from_action = fields.Integer(load_default=None, allow_none=True)


class MeetForm(RevisionForm):
    """The evidence by which a target is met."""

    items = fields.List(
        fields.Integer(error_messages={"invalid": "Choose evidence from the list only."}),
        load_default=list,
    )


class DropForm(RevisionForm):
    """Why a target is dropped."""

    reason = Text(load_default="")


class DialogueForm(DatedForm):
    """An account of a talk."""

    dated = "held_on"

    held_on = fields.String(load_default="")
    day = Text(load_default="", data_key="held_on-day")
    month = Text(load_default="", data_key="held_on-month")
    year = Text(load_default="", data_key="held_on-year")
    minutes = fields.Integer(
        required=True, error_messages={"required": WHOLE_MINUTES, "invalid": WHOLE_MINUTES}
    )
    people = fields.List(
        fields.Integer(error_messages={"invalid": "Choose people from the list only."}),
        load_default=list,
    )
    duties = fields.List(Text(), load_default=list)
    summary = Text(load_default="")
    actions = Text(load_default="")
