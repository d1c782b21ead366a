"""Evidence whose author the viewer is to know by candidate number only."""

from __future__ import annotations

from flask import current_app, g

from lti_tool.errors import NotAllowed

BY_NUMBER = (
    "You judge work with this evidence by candidate number. Read it on the page of that work, "
    "where no name is."
)


def is_by_number(item_id: int) -> bool:
    """Whether the viewer is not to learn here whose evidence it is."""
    # The application brings it from the package that knows of markers and moderators.
    return bool(current_app.extensions["reads_by_number"](g.viewer, item_id))


def refuse_by_number(item_id: int) -> None:
    """Keep such a viewer from pages and files that name the author."""
    if is_by_number(item_id):
        raise NotAllowed(BY_NUMBER)
