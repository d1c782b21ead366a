"""The pages of plans and records."""

from lti_tool.learning.views import answering_claims, prior_learning, records, specialisms
from lti_tool.learning.views.blueprint import bp

__all__ = ["answering_claims", "bp", "prior_learning", "records", "specialisms"]
