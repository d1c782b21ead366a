"""The pages of plans and records."""

from lti_tool.learning.views.blueprint import bp

__all__ = ["bp"]
