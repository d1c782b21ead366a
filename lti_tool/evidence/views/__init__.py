"""The pages of evidence: write it, read it, attest it, submit it."""

from lti_tool.evidence.views import (
    attesting,
    editing,
    files,
    reading,
    receipts,
    reporting,
    shown_files,
    submitting,
    talking,
)
from lti_tool.evidence.views.blueprint import bp

__all__ = [
    "attesting",
    "bp",
    "editing",
    "files",
    "reading",
    "receipts",
    "reporting",
    "shown_files",
    "submitting",
    "talking",
]
