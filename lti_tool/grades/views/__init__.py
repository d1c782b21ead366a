"""The pages of this package, split by what people do there."""

from __future__ import annotations

from lti_tool.grades.views import (
    agreeing,
    asking,
    comments,
    deliveries,
    giving,
    marking,
    moderated_scripts,
    moderating,
    release,
    sheets,
)
from lti_tool.grades.views.blueprint import bp

__all__ = [
    "agreeing",
    "asking",
    "bp",
    "comments",
    "deliveries",
    "giving",
    "marking",
    "moderated_scripts",
    "moderating",
    "release",
    "sheets",
]
