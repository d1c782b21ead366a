"""The smallest LTI tool: it notes what it is sent and answers with it, and checks nothing."""

import threading
import time
import urllib.parse
from typing import Any

import jwt
import requests
from flask import Flask, Response, jsonify, make_response, redirect, request
from werkzeug.serving import make_server

from demo_vle.keys import SigningKey, sign_token
from demo_vle.server import QuietHandler

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = SigningKey.generate("tool-key")


class ATool:
    """A tool on a free port that remembers login initiations and launches."""

    def __init__(self) -> None:
        app = Flask("a_tool")
        app.add_url_rule("/lti/login", "login", self._login, methods=["GET", "POST"])
        app.add_url_rule("/lti/launch", "launch", self._launch, methods=["POST"])
        app.add_url_rule("/lti/jwks.json", "keys", lambda: jsonify(keys=[KEY.as_jwk()]))
        self.registration: dict[str, str] = {}
        self.logins: list[dict[str, str]] = []
        self.posts: list[dict[str, str]] = []
        self.asks: dict[str, str | None] = {}
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _login(self) -> Any:
        self.logins.append(request.values.to_dict())
        asked: dict[str, str | None] = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": request.values["client_id"],
            "redirect_uri": f"{self.url}/lti/launch",
            "state": "st",
            "nonce": "no-1",
            "login_hint": request.values["login_hint"],
            "lti_message_hint": request.values["lti_message_hint"],
            **self.asks,
        }
        query = urllib.parse.urlencode({key: val for key, val in asked.items() if val is not None})
        return redirect(f"{self.registration['auth_login_url']}?{query}")

    def _launch(self) -> Response:
        self.posts.append(request.form.to_dict())
        return make_response(request.form.get("id_token", request.form.get("error", "")))

    def claims(self) -> dict[str, Any]:
        """The claims of the last launch, its signature checked with the platform's keys."""
        token = self.posts[-1]["id_token"]
        published = requests.get(self.registration["jwks_url"], timeout=10).json()["keys"]
        key_id = jwt.get_unverified_header(token)["kid"]
        key = next(each for each in published if each["kid"] == key_id)
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(key, algorithm="RS256"),
            algorithms=["RS256"],
            audience=self.registration["client_id"],
        )
        return claims

    def assertion(
        self, header: dict[str, Any] | None = None, key: SigningKey = KEY, **changed: Any
    ) -> str:
        now = int(time.time())
        claims = {
            "iss": self.registration["client_id"],
            "sub": self.registration["client_id"],
            "aud": self.registration["auth_token_url"],
            "iat": now,
            "exp": now + 60,
            "jti": str(time.monotonic_ns()),
            **changed,
        }
        return sign_token(claims, header or {"alg": "RS256", "kid": KEY.key_id}, key)

    def ask_token(self, scope: str, assertion: str | None = None, **form: str) -> requests.Response:
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(),
            "scope": scope,
            **form,
        }
        return requests.post(self.registration["auth_token_url"], data=fields, timeout=10)

    def bearer(self, *scopes: str) -> dict[str, str]:
        answer = self.ask_token(" ".join(scopes))
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def choose(self, **claims: Any) -> str:
        """A signed deep linking response."""
        now = int(time.time())
        lti, dl = (
            "https://purl.imsglobal.org/spec/lti/claim/",
            "https://purl.imsglobal.org/spec/lti-dl/claim/",
        )
        answer = {
            "iss": self.registration["client_id"],
            "aud": [self.registration["issuer"]],
            "iat": now,
            "exp": now + 600,
            "nonce": f"nonce-{time.monotonic_ns()}",
            lti + "deployment_id": self.registration["deployment_id"],
            lti + "message_type": "LtiDeepLinkingResponse",
            lti + "version": "1.3.0",
            dl + "content_items": [],
            **claims,
        }
        return sign_token(answer, {"alg": "RS256", "kid": KEY.key_id, "typ": "JWT"}, KEY)
