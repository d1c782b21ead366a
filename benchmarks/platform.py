"""A platform just large enough for launches: one key, its key set on loopback, signed tokens."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from demo_vle.keys import SigningKey, sign_token

CLIENT_ID = "bench-client"
DEPLOYMENT_ID = "1"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


@dataclass(frozen=True)
class Learner:
    """Somebody who launches."""

    number: int

    @property
    def name(self) -> str:
        return f"Teacher Number{self.number}"


@dataclass
class Platform:
    """Serves its keys while it is open; a `with` block ends the server."""

    key: SigningKey = field(default_factory=SigningKey.generate)

    def __enter__(self) -> Platform:
        body = json.dumps({"keys": [self.key.as_jwk()]}).encode()

        class KeySet(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), KeySet)
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
            LTI + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            LTI + "context": {"id": "2", "label": "MTL", "title": "Teaching and Learning"},
            LTI + "resource_link": {"id": "1", "title": "My progress", "description": ""},
            LTI + "custom": {"mtl": "progress"},
            LTI + "launch_presentation": {
                "locale": "en",
                "document_target": "iframe",
                "return_url": f"{self.url}/mod/lti/return.php?course=2",
            },
            LTI + "tool_platform": {"product_family_code": "moodle", "version": "2024100706"},
            AGS + "claim/endpoint": {
                "scope": [AGS + f"scope/{name}" for name in ("lineitem", "score")],
                "lineitems": f"{services}/2/lineitems?type_id=1",
            },
            NRPS: {
                "context_memberships_url": f"{services}/CourseSection/2/bindings/1/memberships",
                "service_versions": ["1.0", "2.0"],
            },
        }
