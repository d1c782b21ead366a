"""The pages of plans and records."""

from lti_tool.learning.views import (
    answering_claims,
    diagnosis,
    dialogue,
    enrolments,
    module_dates,
    plan,
    prior_learning,
    records,
    specialisms,
    targets,
)
from lti_tool.learning.views.blueprint import bp

__all__ = [
    "answering_claims",
    "bp",
    "diagnosis",
    "dialogue",
    "enrolments",
    "module_dates",
    "plan",
    "prior_learning",
    "records",
    "specialisms",
    "targets",
]
