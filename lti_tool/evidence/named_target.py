"""The target that a version names, in words: a plan goes on changing after something was signed."""

from __future__ import annotations

from lti_tool.clock import LONDON
from lti_tool.evidence.models import EvidenceVersion
from lti_tool.learning.targets import worded_at


def target_words(version: EvidenceVersion) -> str:
    """The target's words; where they changed since they were signed for or named, that they did.

    A version's digest names a target by its number alone, so nothing else would tell.
    """
    target = version.target
    if target is None:
        return ""
    words, worded = f"{target.strand}: {target.action}", worded_at(target)
    if any(one.decision == "signed" and one.signed_at < worded for one in version.attestations):
        after = "attested"
    elif version.created_at < worded:
        after = "written"
    else:
        return words
    day = worded.astimezone(LONDON).date()
    return f"{words} (changed on {day.day} {day:%B %Y}, after this was {after})"
