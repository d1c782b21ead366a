"""Sends recorded requests again and compares the answers, one by one."""

import json
import re
from typing import Any

import requests
from captured_world import ALL_SCOPES, World

from demo_vle.personality import RESULT_READONLY, SCORE

CAPTURED_SITE = "http://127.0.0.1:8800"
# Recorded with a token that lacked what the call needs.
LIMITED_TOKENS = {
    "lineitems GET token with score scope only": SCORE,
    "score: token lacking score scope": RESULT_READONLY,
    "nrps wrong scope": SCORE,
}


class Replay:
    """Recorded calls, sent to a platform of ours."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.all_scopes = world.tool.bearer(*ALL_SCOPES)

    def send(self, recorded: dict[str, Any]) -> requests.Response:
        asked = recorded["request"]
        body = asked["body"]
        if isinstance(body, dict):
            body = json.dumps(body)
        return requests.request(
            asked["method"],
            asked["url"].replace(CAPTURED_SITE, self.world.vle.url),
            headers=self.headers(recorded),
            data=body.encode("utf-8") if body is not None else None,
            timeout=10,
        )

    def headers(self, recorded: dict[str, Any]) -> dict[str, str]:
        headers = dict(recorded["request"]["headers"])
        label = recorded["label"]
        if "Authorization" not in headers:
            return headers
        if "bogus token" in label:
            return headers | {"Authorization": "Bearer bogus"}
        if label in LIMITED_TOKENS:
            return headers | self.world.tool.bearer(LIMITED_TOKENS[label])
        return headers | self.all_scopes

    def seen(self, answer: requests.Response) -> dict[str, Any]:
        """What of an answer is compared."""
        return {
            "status": answer.status_code,
            "reason": answer.reason,
            "type": answer.headers.get("Content-Type"),
            "link": latin(answer.headers.get("Link", "")).replace(
                self.world.vle.url, CAPTURED_SITE
            ),
            "body": self.read_body(answer),
        }

    def read_body(self, answer: requests.Response) -> Any:
        text = answer.text.replace(self.world.vle.url, CAPTURED_SITE)
        try:
            return without_random(json.loads(text))
        except ValueError:
            return "<page>" if "<!doctype" in text.lower() else text


def expected(recorded: dict[str, Any]) -> dict[str, Any]:
    answer = recorded["response"]
    text = answer["text"]
    if text and "<!doctype" in text.lower():
        text = "<page>"
    return {
        "status": answer["status"],
        "reason": answer["reason"],
        "type": answer["headers"].get("Content-Type"),
        "link": latin(answer["headers"].get("Link", "")),
        "body": without_random(answer["json"]) if answer["json"] is not None else text,
    }


def latin(text: str) -> str:
    """Header text as it was meant, where UTF-8 was handed on as Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def without_random(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_random(each) for key, each in value.items()}
    if isinstance(value, list):
        # The recorded database gave results in no order of its own.
        return sorted(map(without_random, value), key=order)
    if isinstance(value, str) and value.startswith('{"data":{"instanceid"'):
        return re.sub(r'"launchid":\d+|"hash":"[0-9a-f]*"', "…", value)
    return value


def order(value: Any) -> str:
    return str(value.get("userId", "")) if isinstance(value, dict) else ""
