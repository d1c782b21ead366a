"""The forms about applications: their shape."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load

from lti_tool.people.form_fields import DateInParts, Text, line
from lti_tool.people.place_schemas import choice
from lti_tool.programme.eligibility_facts import ABOUT_THE_TEACHER


class ApplicationForm(Schema):
    """A person and what is known of them; everything but the name may be left out."""

    name = line("Give the name.")
    email = line(longest=254)
    school = line()
    school_as_on = DateInParts()
    role = Text(load_default="")
    newly_recruited = Text(load_default="")
    qts_year = line(longest=20)
    post_year = line(longest=20)
    offered_package = Text(load_default="")

    @post_load
    def empty_is_none(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        optional = ("email", "school", *ABOUT_THE_TEACHER)
        return data | {name: data[name] or None for name in optional}


class StepForm(Schema):
    """A button."""


class EnrolForm(Schema):
    """Which participant it is: one of those shown, or one by candidate number."""

    participant = fields.Integer(
        load_default=None, error_messages={"invalid": "Choose one of the participants."}
    )
    candidate_number = line(longest=20)


class EndForm(Schema):
    reason = choice("Choose a reason.")
