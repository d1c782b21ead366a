"""Whether a module can be handed in, told to the pages of evidence, which know of no marks."""

from __future__ import annotations

from lti_tool.cohort.progress import standing
from lti_tool.people.models import Participant
from lti_tool.programme.progression import Decision


def may_submit(participant: Participant, module_code: str) -> Decision:
    """The programme's rules put to what is known of the participant now."""
    return standing(participant).may_submit(module_code)
