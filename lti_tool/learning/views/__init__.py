"""The pages of plans and records."""

from lti_tool.learning.views import (
    answering_claims,
    collaboration,
    diagnosis,
    dialogue,
    enrolments,
    module_dates,
    plan,
    prior_learning,
    records,
    specialisms,
    taking_part,
    targets,
)
from lti_tool.learning.views.blueprint import bp

__all__ = [
    "answering_claims",
    "bp",
    "collaboration",
    "diagnosis",
    "dialogue",
    "enrolments",
    "module_dates",
    "plan",
    "prior_learning",
    "records",
    "specialisms",
    "taking_part",
    "targets",
]
