"""What everybody may read before they sign in: privacy notice and accessibility statement."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from lti_tool.cohort.views import bp
from lti_tool.web.access import public
from lti_tool.web.headers import allow_frames


@bp.get("/privacy")
@public()
def privacy() -> ResponseReturnValue:
    """Which data are kept, why, for how long, and what people can ask for."""
    return _in_any_frame("cohort/privacy.html")


@bp.get("/accessibility")
@public()
def accessibility() -> ResponseReturnValue:
    """What works for whom, how it was tested, and what was not."""
    return _in_any_frame("cohort/accessibility.html")


def _in_any_frame(template: str) -> str:
    """Every page links here, also in the frame of a VLE, and whose that is nobody has said here.

    The page tells of nobody and has nothing in it to press.
    """
    allow_frames(["*"])
    return render_template(template)
