"""What everybody may read before they sign in: privacy notice and accessibility statement."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from lti_tool.cohort.views import bp
from lti_tool.web.access import public


@bp.get("/privacy")
@public()
def privacy() -> ResponseReturnValue:
    """Which data are kept, why, for how long, and what people can ask for."""
    return render_template("cohort/privacy.html")


@bp.get("/accessibility")
@public()
def accessibility() -> ResponseReturnValue:
    """What works for whom, how it was tested, and what was not."""
    return render_template("cohort/accessibility.html")
