"""What the packages above tell these pages about evidence."""

from __future__ import annotations

from collections.abc import Collection

from flask import current_app, g

from lti_tool.errors import Invalid
from lti_tool.learning.prior_learning import SubmittedModules
from lti_tool.web.forms import Form


def evidence_choices(participant_id: int) -> dict[int, str]:
    """The shared evidence about a participant that the viewer may see: id → title."""
    found: dict[int, str] = current_app.extensions["evidence_choices"](g.viewer, participant_id)
    return found


def submitted_modules() -> SubmittedModules:
    """The way to ask which modules a participant has handed in."""
    asked: SubmittedModules = current_app.extensions["submitted_modules"]
    return asked


def check_items(form: Form, items: Collection[int], participant_id: int) -> None:
    """Refuse evidence that is not among what the form offers."""
    if items and not set(items) <= set(evidence_choices(participant_id)):
        form.refuse(Invalid("Choose from the evidence listed only.", field="items"))
