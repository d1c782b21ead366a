"""The forms about where a participant is, and about schools: their shape."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate

from lti_tool.people.allocations import BASES
from lti_tool.people.form_fields import DateInParts, Text, line
from lti_tool.people.schemas import AllocationForm

NO_DAY = "Give the day."


def choice(missing: str) -> Text:
    """One of a list; the activity knows the list."""
    return Text(
        required=True,
        validate=validate.Length(min=1, error=missing),
        error_messages={"required": missing},
    )


class DayForm(Schema):
    """A day, and nothing else."""

    on = DateInParts(NO_DAY)


class NoForm(Schema):
    """A button."""


class MoveForm(DayForm):
    school = line("Type the URN or the name of the school.")
    post = line(longest=100)
    fte = fields.Decimal(
        load_default=None,
        allow_none=True,
        places=2,
        validate=validate.Range(
            0, 1, min_inclusive=False, error="Use a share such as 0.6; 1 is full time."
        ),
        error_messages={"invalid": "Use a share such as 0.6; 1 is full time."},
    )

    @pre_load
    def empty_share(self, data: Any, **_: Any) -> dict[str, Any]:
        return {name: data[name] for name in data if name != "fte" or data[name].strip()}

    @post_load
    def empty_is_none(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "post": data["post"] or None}


class SettingForm(DayForm):
    school = line("Type the URN or the name of the school.")


class EndSettingForm(DayForm):
    period = fields.Integer(
        required=True, error_messages={"required": "Choose a school.", "invalid": "Choose one."}
    )


class PauseForm(DayForm):
    reason = choice("Choose a reason.")


class LeaveForm(DayForm):
    reason = choice("Choose a reason, or say that you would rather not.")


class CallOffForm(Schema):
    planned = fields.Integer(
        required=True,
        error_messages={"required": "Choose what to call off.", "invalid": "Choose one."},
    )


class UniversityForm(DayForm):
    institution = fields.Integer(
        required=True,
        error_messages={"required": "Choose a university.", "invalid": "Choose a university."},
    )


class TeachingForm(Schema):
    """What a participant tells of their teaching."""

    subject_taught = line(longest=100)
    school_phase = Text(load_default="")

    @post_load
    def empty_is_none(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value or None for name, value in data.items()}


def _trn(text: str) -> None:
    if text and not (text.isascii() and text.isdecimal() and len(text) == 7):
        raise ValidationError("A teacher reference number has seven digits.")


class CareerForm(TeachingForm):
    """What a lead knows of a career."""

    trn = Text(load_default="", validate=_trn)
    cohort = line(longest=60)
    qts_on = DateInParts()
    teaching_from = DateInParts()
    induction_from = DateInParts()
    induction_to = DateInParts()
    window_rule = Text(
        load_default="",
        validate=validate.OneOf(["", "nqt", "none"], error="Choose one of the rules."),
    )


class DatedAllocationForm(AllocationForm):
    """An allocation that may begin on another day, with where the coach works and a handover."""

    on = DateInParts()
    basis = Text(
        load_default="",
        validate=validate.OneOf(["", *BASES], error="Choose where the coach works."),
    )
    handover = line(longest=1000)


class SchoolForm(Schema):
    """A school of the register."""

    name = line("Give the name of the school.")
    phase = Text(load_default="")
    region = Text(load_default="")
    closed_on = DateInParts()
    successor = Text(load_default="")


class NewSchoolForm(SchoolForm):
    urn = line("Give the URN, six digits.", longest=20)


class FlagForm(DayForm):
    flag = choice("Choose what is said of the school.")
    value = line("Give the value.", longest=40)
    source = line("Say where this is from, such as a list with its date.")


class EndFlagForm(Schema):
    """End what was said of a school, today."""

    period = fields.Integer(required=True)


class InstitutionForm(Schema):
    institution = line("Give the name of the university.")
