"""Evidence that is not to stand beside a name while the viewer judges such work by number."""

from __future__ import annotations

from flask import current_app, g

from lti_tool.errors import NotAllowed
from lti_tool.evidence.closed import judged_by_number
from lti_tool.evidence.views.blueprint import bp

BY_NUMBER = (
    "You judge work of this module by candidate number. Until you are done, what was handed in for "
    "it is not shown beside names. Read it in the list of marking or moderation."
)


@bp.app_template_global("judged_by_number")
def modules_judged_by_number() -> list[str]:
    """The modules of which the viewer's lists leave something out."""
    return judged_by_number(g.viewer)


def is_by_number(item_id: int) -> bool:
    """Whether the viewer is not to meet this evidence beside a name now."""
    # The application brings it from the package that knows of markers and moderators.
    return bool(current_app.extensions["reads_by_number"](g.viewer, item_id))


def refuse_by_number(item_id: int) -> None:
    """Say why, where else it would seem that there is no such evidence."""
    if is_by_number(item_id):
        raise NotAllowed(BY_NUMBER)
