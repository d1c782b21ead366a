"""The pages of plans and records."""

from lti_tool.learning.views import diagnosis, dialogue, plan, targets
from lti_tool.learning.views.blueprint import bp

__all__ = ["bp", "diagnosis", "dialogue", "plan", "targets"]
