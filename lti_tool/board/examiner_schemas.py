"""The forms of and about external examiners."""

from __future__ import annotations

from marshmallow import Schema, fields

from lti_tool.board.statements import LONGEST
from lti_tool.mail import LONGEST_ADDRESS
from lti_tool.people.form_fields import DateInParts, line, prose


class AppointForm(Schema):
    """Whom the lead appoints, for what, from when to when."""

    name = line("Enter a name.")
    address = line("Enter an e-mail address.", longest=LONGEST_ADDRESS)
    modules = fields.List(fields.String(), load_default=list)
    first_on = DateInParts("Give the first day.")
    last_on = DateInParts("Give the last day.")


class ButtonForm(Schema):
    """Only the button matters."""


class StatementForm(Schema):
    """A comment, or the answer to one. `about` is a module's code, or "overall"."""

    about = line("Say what it is about.", longest=40)
    words = line("Write something first.", longest=LONGEST)


class AskForm(Schema):
    """A script outside the sample."""

    candidate = line("Enter a candidate number.", longest=20)
    reason = prose("Say why you would like to see it.")


class DecideForm(Schema):
    """The lead's answer to such a request."""

    request = fields.Integer(required=True)
    words = prose()
