"""The forms about extensions, circumstances and holds."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from lti_tool.people.form_fields import DateInParts, line, prose

CHOOSE_ATTEMPT = "Choose an attempt from the list."
LARGEST = 2**31 - 1


class Form(Schema):
    """What we do not know of is not ours."""

    class Meta:
        unknown = EXCLUDE


class AskForm(Form):
    """What a participant asks; which fields it needs depends on what it is."""

    attempt = fields.Integer(
        required=True,
        validate=validate.Range(1, LARGEST, error=CHOOSE_ATTEMPT),
        error_messages={"required": CHOOSE_ATTEMPT, "invalid": CHOOSE_ATTEMPT},
    )
    reason = line("Choose what it is about.", 20)
    words = prose("Say in a few words what happened.")
    wished_on = DateInParts()


class AnswerForm(Form):
    """An answer, to the state of the request that was shown."""

    outcome = line("Choose one of the answers.", 20)
    due_on = DateInParts()
    sentence = prose("Write a sentence to the participant.")
    seen = fields.Integer(load_default=0)


class ButtonForm(Form):
    """Only the button matters."""


class HoldForm(Form):
    """A hold to open, by its reason, or to close, by what came of it."""

    kind = line(longest=15)
    reason = line(longest=20)
    outcome = line(longest=20)
