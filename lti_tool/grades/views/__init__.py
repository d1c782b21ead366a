"""The pages of this package, split by what people do there."""

from __future__ import annotations

from lti_tool.grades.views import deliveries, marking, release
from lti_tool.grades.views.blueprint import bp

__all__ = ["bp", "deliveries", "marking", "release"]
