"""The forms of specialism, networks, clearance and sharing."""

from __future__ import annotations

from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from lti_tool.people.form_fields import DateInParts, Text, line, prose

NO_LINK = "Enter a whole web address that begins with https://, or leave this empty."


def check_link(text: str) -> None:
    """A link is shown to others, so it may lead to a web page and do nothing else."""
    if not text:
        return
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        raise ValidationError(NO_LINK) from None
    unfit = any(sign.isspace() or not sign.isprintable() for sign in text)
    if parts.scheme != "https" or "." not in host or parts.username is not None or unfit:
        raise ValidationError(NO_LINK)


class Form(Schema):
    """What we do not know of is not ours."""

    class Meta:
        unknown = EXCLUDE


class SpecialismSchema(Form):
    """What to go deeper into."""

    title = line("Give the specialism a title.")
    strands = fields.List(
        Text(),
        required=True,
        error_messages={"required": "Choose at least one strand that it is drawn from."},
    )
    reason = prose("Say why you choose it.")
    revision = fields.Integer(load_default=None, allow_none=True)


class AnswerSchema(Form):
    """A tutor's answer, to the version that they read."""

    words = prose()
    revision = fields.Integer(load_default=0)


class NetworkSchema(Form):
    """A network of specialists."""

    name = line("Give the name of the network.")
    link = Text(
        load_default="",
        validate=[check_link, validate.Length(max=500, error="Use 500 characters or fewer.")],
    )
    since_on = DateInParts("Say since when.")


class ClearanceSchema(Form):
    """Under which reference, and when, an enquiry was cleared."""

    reference = line("Give the reference of the clearance.")
    cleared_on = DateInParts("Say when it was given.")


class DisseminationSchema(Form):
    """What was passed on, to whom, how and when."""

    what = prose("Say what you passed on.")
    audience = line("Say to whom.", 300)
    how = line("Say how, for example a talk or an article.", 300)
    shared_on = DateInParts("Say when.")
    items = fields.List(
        fields.Integer(error_messages={"invalid": "Choose from the list only."}),
        load_default=list,
    )
