"""The lead's forms about modules and their dates."""

from __future__ import annotations

from marshmallow import fields, validate

from lti_tool.learning.early_opening import CHOOSE, REASONS
from lti_tool.learning.record_schemas import Form
from lti_tool.people.form_fields import DateInParts, line
from lti_tool.programme.enrolment import Deed

LARGEST_ID = 2**31 - 1
CHOOSE_MODULE = "Choose a module."
VERBS = [deed.value for deed in Deed if deed is not Deed.ENROL]


class ModuleDateForm(Form):
    """A module's date, for everybody or for one cohort."""

    module = line(CHOOSE_MODULE, 40)
    cohort = line(longest=60)
    due_on = DateInParts()


class EnrolForm(Form):
    """Whom to enrol on which module, and until when."""

    module = line(CHOOSE_MODULE, 40)
    people = fields.List(
        fields.Integer(
            validate=validate.Range(1, LARGEST_ID, error="Choose from the list only."),
            error_messages={"invalid": "Choose from the list only."},
        ),
        load_default=list,
    )
    everybody = line(longest=60)
    due_on = DateInParts()


class VerbForm(Form):
    """One verb on one module of a participant."""

    verb = fields.String(
        required=True,
        validate=validate.OneOf(VERBS, error="Choose what to do."),
        error_messages={"required": "Choose what to do."},
    )
    due_on = DateInParts()
    reason = fields.String(load_default="", validate=validate.OneOf(["", *REASONS], error=CHOOSE))
