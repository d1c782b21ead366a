"""What platforms read of us: our key set, and a configuration for Canvas."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from lti_tool.launch import canvas, keys
from lti_tool.launch.views import bp
from lti_tool.web.access import public
from lti_tool.web.public_url import public_url


@bp.get("/lti/jwks.json")
@public()
def key_set() -> ResponseReturnValue:
    """Our public keys; short-lived, so that a rotation is seen."""
    response = jsonify(keys.public_key_set())
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


@bp.get("/lti/canvas.json")
@public()
def canvas_configuration() -> ResponseReturnValue:
    """What an administrator of Canvas gives as the address of the developer key's JSON."""
    return jsonify(canvas.developer_key(public_url("")))
