"""The platform as a Flask application around one Site."""

from flask import Flask, Response
from werkzeug.http import HTTP_STATUS_CODES

from demo_vle import control, deep_linking, launching, pages, registration
from demo_vle.services.key_set import key_set
from demo_vle.services.token import token
from demo_vle.sessions import keep_session
from demo_vle.site import Site

# The tool is shown in a frame; scripts and styles are only ever our own files.
CONTENT_SECURITY_POLICY = "default-src 'self'; frame-src *; object-src 'none'; base-uri 'none'"


def create_vle(site: Site) -> Flask:
    app = Flask(__name__)
    app.extensions["demo_vle"] = site
    personality = site.personality
    app.add_url_rule(
        personality.auth_path, "authorise", launching.authorise, methods=["GET", "POST"]
    )
    app.add_url_rule(personality.token_path, "token", token, methods=["POST"])
    app.add_url_rule(personality.jwks_path, "key_set", key_set)
    app.register_blueprint(launching.bp)
    app.register_blueprint(deep_linking.bp)
    app.register_blueprint(pages.bp)
    app.register_blueprint(control.bp)
    app.register_blueprint(personality.services())
    registration.add_routes(app, personality)
    app.context_processor(lambda: {"site": site, "personality": personality})
    app.after_request(add_headers)
    return app


def add_headers(response: Response) -> Response:
    phrase = HTTP_STATUS_CODES.get(response.status_code, "")
    if response.status == f"{response.status_code} {phrase.upper()}":
        # Werkzeug shouts its reason phrases; web servers do not.
        response.status = f"{response.status_code} {phrase}"
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        keep_session(response)
    return response
