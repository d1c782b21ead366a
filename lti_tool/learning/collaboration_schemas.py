"""The forms of what was learned together."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields

from lti_tool.people.form_fields import DateInParts, Text, line, prose

ONE_STRAND = "Choose at least one strand that it was about."


class Form(Schema):
    """What we do not know of is not ours."""

    class Meta:
        unknown = EXCLUDE

    revision = fields.Integer(load_default=0)


class FactsSchema(Form):
    """What was done, when and with whom."""

    title = line("Say in a few words what you did together.")
    held_on = DateInParts("Say when.")
    others = line(longest=300)
    strands = fields.List(Text(), required=True, error_messages={"required": ONE_STRAND})


class WordsSchema(Form):
    """One's own part."""

    learned = prose()
    shared = prose()
    by_coach = fields.Boolean(load_default=False)


class StartSchema(FactsSchema, WordsSchema):
    """Both, for a new entry."""


class ColleagueSchema(Form):
    """Whom to invite, or whose invitation to take back."""

    colleague = fields.Integer(
        required=True, error_messages={"required": "Choose a colleague.", "invalid": "Choose one."}
    )


class CodeSchema(Form):
    """A code that somebody was given."""

    code = line("Type the code that you were given.", 40)
