"""A platform just large enough: it signs launches, and serves its keys, tokens and long rosters."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from demo_vle.keys import SigningKey, sign_token

CLIENT_ID = "bench-client"
DEPLOYMENT_ID = "1"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
PER_PAGE = 50  # as Canvas has it; each page is a call and a transaction of its own


@dataclass(frozen=True)
class Learner:
    """Somebody who launches."""

    number: int
    course: int = 2

    @property
    def name(self) -> str:
        return f"Teacher Number{self.number}"


@dataclass
class Platform:
    """Answers while it is open; a `with` block ends the server."""

    key: SigningKey = field(default_factory=SigningKey.generate)
    listed: int = 0  # people on the roster of each course

    def __enter__(self) -> Platform:
        class Answers(Handler):
            platform = self

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def auth_url(self) -> str:
        return f"{self.url}/mod/lti/auth.php"

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/mod/lti/certs.php"

    def roster_url(self, course: int) -> str:
        return f"{self.url}/mod/lti/services.php/CourseSection/{course}/bindings/1/memberships"

    def roster_page(self, course: int, first: int) -> tuple[dict[str, Any], dict[str, str]]:
        """People from `first` on, made as they are asked for, and the header for the next page."""
        after = min(first + PER_PAGE, self.listed)
        url = self.roster_url(course)
        members = [_member(course, number) for number in range(first, after)]
        body = {"id": url, "context": {"id": str(course)}, "members": members}
        following = {"Link": f'<{url}?from={after}>; rel="next"'}
        return body, following if after < self.listed else {}

    def id_token(self, learner: Learner, nonce: str, target: str) -> str:
        """What a Moodle signs for a participant who clicks a link of a course."""
        header = {"typ": "JWT", "alg": "RS256", "kid": self.key.key_id}
        return sign_token(self._claims(learner, nonce, target), header, self.key)

    def _claims(self, learner: Learner, nonce: str, target: str) -> dict[str, Any]:
        moment = int(time.time())
        services = f"{self.url}/mod/lti/services.php"
        given, family = learner.name.split()
        return {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": str(learner.number),
            "iat": moment,
            "exp": moment + 60,
            "nonce": nonce,
            "name": learner.name,
            "given_name": given,
            "family_name": family,
            "email": f"teacher{learner.number}@school.example",
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "version": "1.3.0",
            LTI + "deployment_id": DEPLOYMENT_ID,
            LTI + "target_link_uri": target,
            LTI + "roles": [LEARNER],
            LTI + "context": {
                "id": str(learner.course),
                "label": "MTL",
                "title": "Teaching and Learning",
            },
            LTI + "resource_link": {"id": "1", "title": "My progress", "description": ""},
            LTI + "custom": {"mtl": "progress"},
            LTI + "launch_presentation": {
                "locale": "en",
                "document_target": "iframe",
                "return_url": f"{self.url}/mod/lti/return.php?course={learner.course}",
            },
            LTI + "tool_platform": {"product_family_code": "moodle", "version": "2024100706"},
            AGS + "claim/endpoint": {
                "scope": [AGS + f"scope/{name}" for name in ("lineitem", "score")],
                "lineitems": f"{services}/{learner.course}/lineitems?type_id=1",
            },
            NRPS: {
                "context_memberships_url": self.roster_url(learner.course),
                "service_versions": ["1.0", "2.0"],
            },
        }


def _member(course: int, number: int) -> dict[str, Any]:
    return {
        "user_id": f"{course}-{number}",
        "roles": [LEARNER],
        "status": "Active",
        "name": f"Teacher Number{number} of {course}",
        "email": f"teacher{number}@school{course}.example",
    }


class Handler(BaseHTTPRequestHandler):
    """What the tool asks a platform by itself."""

    platform: Platform

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if not asked.path.endswith("/memberships"):
            self._answer({"keys": [self.platform.key.as_jwk()]})
            return
        first = int(parse_qs(asked.query).get("from", ["0"])[0])
        self._answer(*self.platform.roster_page(int(asked.path.split("/")[-4]), first))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        scope = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
        token = {"access_token": "any", "token_type": "Bearer", "expires_in": 3600, "scope": scope}
        self._answer(token)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def _answer(self, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
