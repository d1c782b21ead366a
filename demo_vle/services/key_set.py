"""The platform's published keys."""

from flask import Response, jsonify

from demo_vle.services.access import serve, site


def key_set() -> Response:
    return serve("jwks", lambda: jsonify(keys=[key.as_jwk() for key in site().keys]))
