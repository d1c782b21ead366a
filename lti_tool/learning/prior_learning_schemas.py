"""The forms about prior learning: their shape. What a claim must be is decided in `programme`."""

from __future__ import annotations

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

from lti_tool.learning.impact_schema import ImpactSchema, read_impact
from lti_tool.learning.prior_learning import Content
from lti_tool.learning.prior_learning_decisions import Judgement
from lti_tool.people.form_fields import DateInParts, Number, Text, line, prose
from lti_tool.programme.prior_learning import Test

YES_NO = {"yes": True, "no": False, "": None}
ANSWER = "Answer yes or no."
NO_LIST = "Choose from the list only."


class ClaimSchema(ImpactSchema):
    """A claim as a draft: whatever is missing is told when it is submitted."""

    award = line()
    institution = line()
    level = Number(1, 8)
    credits = Number(1, 1000)
    awarded_on = DateInParts()
    used_elsewhere = fields.String(
        load_default="", validate=validate.OneOf(list(YES_NO), error=ANSWER)
    )
    statement = prose()
    modules = fields.List(Text(), load_default=list)
    items = fields.List(fields.Integer(error_messages={"invalid": NO_LIST}), load_default=list)
    revision = fields.Integer(load_default=None, allow_none=True)

    @post_load
    def make_content(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        plain = ("award", "institution", "level", "credits", "awarded_on", "statement")
        content = Content(
            **{name: data[name] for name in plain},
            used_elsewhere=YES_NO[data["used_elsewhere"]],
            modules=tuple(dict.fromkeys(data["modules"])),
            items=tuple(dict.fromkeys(data["items"])),
            impact=read_impact(data),
        )
        return {"content": content, "revision": data["revision"]}


class AssessmentSchema(Schema):
    """The four tests: yes or no, and a sentence, for each."""

    class Meta:
        unknown = EXCLUDE

    relevance, sufficiency, authenticity, currency = (
        fields.String(
            required=True,
            validate=validate.OneOf(["yes", "no"], error=ANSWER),
            error_messages={"required": ANSWER},
        )
        for _ in Test
    )
    relevance_sentence = prose("Give a sentence about relevance.", data_key="relevance-sentence")
    sufficiency_sentence = prose(
        "Give a sentence about sufficiency.", data_key="sufficiency-sentence"
    )
    authenticity_sentence = prose(
        "Give a sentence about authenticity.", data_key="authenticity-sentence"
    )
    currency_sentence = prose("Give a sentence about currency.", data_key="currency-sentence")

    @post_load
    def make_answers(self, data: dict[str, Any], **_: Any) -> dict[Test, Judgement]:
        return {
            test: Judgement(data[test.value] == "yes", data[f"{test.value}_sentence"])
            for test in Test
        }


class DecisionSchema(Schema):
    """All, a part or none of the modules, and why."""

    class Meta:
        unknown = EXCLUDE

    decision = fields.String(
        required=True,
        validate=validate.OneOf(["all", "part", "none"], error="Choose what to recognise."),
        error_messages={"required": "Choose what to recognise."},
    )
    recognised = fields.List(Text(), load_default=list)
    reason = prose()

    @validates_schema
    def check_part(self, data: dict[str, Any], **_: Any) -> None:
        if data["decision"] == "part" and not data["recognised"]:
            raise ValidationError("Choose the modules to recognise.", field_name="recognised")
