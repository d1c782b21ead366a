"""The forms of the people pages."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from lti_tool.mail import LONGEST_ADDRESS
from lti_tool.people.form_fields import DateInParts, line

CHOOSE_KIND = "Choose whether this person becomes coach or tutor."
CHOOSE_MANY = "Choose the participants."
CHOOSE_PERSON = "Choose a person."


class AllocationForm(Schema):
    """Make somebody the coach or a tutor of a participant."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(["coach", "tutor"], error=CHOOSE_KIND),
        error_messages={"required": CHOOSE_KIND},
    )
    user = fields.Integer(
        required=True, error_messages={"required": CHOOSE_PERSON, "invalid": CHOOSE_PERSON}
    )


class EndAllocationForm(Schema):
    """End one period."""

    allocation = fields.Integer(required=True)


class AskForCodeForm(Schema):
    """Whoever holds a personal link says where their code may go."""

    address = line(longest=LONGEST_ADDRESS)


class CodeForm(Schema):
    """The code from the mail."""

    code = line("Enter the code from your mail.", longest=40)
    own_browser = fields.Boolean(load_default=False, truthy={"yes"}, falsy={""})


class CoachLinkForm(Schema):
    """Invite a coach by `name` and `address`, or send today's coach a link to `confirmed`."""

    name = line()
    address = line(longest=LONGEST_ADDRESS)
    confirmed = line(longest=LONGEST_ADDRESS)


class HeadLinkForm(Schema):
    """Invite a head teacher by `name` and `address`; or do something with one `link`."""

    name = line()
    address = line(longest=LONGEST_ADDRESS)
    link = fields.Integer(load_default=None)


class YesForm(Schema):
    """A head teacher agrees to something about one teacher."""

    participant = fields.Integer(required=True)
    allocation = fields.Integer(load_default=None)


class JoinedForm(Schema):
    """A teacher has joined the school."""

    candidate_number = line("Enter the candidate number.")
    family_name = line("Enter the family name.")
    on = DateInParts("Give the day on which they joined.")


class ImportForm(Schema):
    """What sort of spreadsheet is uploaded."""

    kind = line("Choose what the file holds.", longest=20)


class ConfirmForm(Schema):
    """Yes to what was shown; `seen` names it."""

    seen = line(longest=64)


class TrainingForm(Schema):
    """A training that a coach has had."""

    on = DateInParts("Give the day of the training.")
    standard = line("Say what the training was.", longest=100)
    refresh_due_on = DateInParts()


class BulkAllocationForm(AllocationForm):
    """One coach or tutor for many."""

    participant = fields.List(
        fields.Integer(error_messages={"invalid": CHOOSE_MANY}),
        required=True,
        validate=validate.Length(1, 200, error=CHOOSE_MANY),
        error_messages={"required": CHOOSE_MANY},
    )
    on = DateInParts("Give the first day.")


class ScreenCodeForm(Schema):
    """The code that a participant's screen shows."""

    code = line("Enter the code on your teacher's screen.", longest=20)


class CoachInvitationForm(Schema):
    """Whom a participant wants as coach; only the button matters once somebody is invited."""

    name = line()
    address = line(longest=LONGEST_ADDRESS)
    basis = line(longest=20)


class CoachAddressForm(Schema):
    """Staff confirm an address, or refuse it."""

    invitation = fields.Integer(required=True)
    address = line(longest=LONGEST_ADDRESS)
