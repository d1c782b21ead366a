"""Who may write into a participant's plan and dialogue."""

from __future__ import annotations

from lti_tool.errors import NotAllowed
from lti_tool.identity import Role, Viewer
from lti_tool.people.vouching import PROOFS

WRITERS = (Role.PARTICIPANT, Role.COACH, Role.TUTOR)
UNPROVEN = (
    "You can read the plan and the talks. To write or agree here, sign in by the personal link "
    "that is mailed to you once a tutor or programme lead has confirmed your address."
)


def check_writer(viewer: Viewer) -> None:
    """The plan belongs to the participant and to those who support them; a lead reads it."""
    if viewer.role not in WRITERS:
        raise NotAllowed("The participant, the coach and the tutor write here; you can read it.")
    check_proof(viewer)


def check_proof(viewer: Viewer) -> None:
    """Whoever came by the participant's own screen agrees to nothing in the coach's name."""
    if viewer.authenticated_by not in PROOFS:
        raise NotAllowed(UNPROVEN)
