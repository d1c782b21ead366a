"""The platform's own session cookie; which person a page is for stands in its address."""

import secrets

from flask import Response, current_app, g, request


def current_session() -> str:
    """This browser's session, made on its first page."""
    if "vle_session" not in g:
        name = current_app.extensions["demo_vle"].session_cookie_name()
        g.vle_session = request.cookies.get(name) or secrets.token_hex(16)
    session: str = g.vle_session
    return session


def keep_session(response: Response) -> Response:
    """Set the cookie where a page started a session."""
    here = current_app.extensions["demo_vle"]
    if "vle_session" in g and request.cookies.get(here.session_cookie_name()) != g.vle_session:
        response.set_cookie(
            here.session_cookie_name(),
            g.vle_session,
            httponly=True,
            samesite=here.personality.cookie_same_site,
            secure=here.personality.cookie_secure,
        )
    return response
