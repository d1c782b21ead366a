"""Somebody's script that sends a file in pieces, as the page's own does."""

from __future__ import annotations

import base64
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.world import Person, soup

TUS = {"Tus-Resumable": "1.0.0"}
BODY = "application/offset+octet-stream"


class Sender:
    """The browser of a person, with the token of a form that they have open."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.get("evidence/new")
        field = soup(self.page).select_one("#form input[name=csrf_token]")
        assert field is not None
        self.headers = {**TUS, "X-CSRFToken": str(field["value"])}
        self.uploads = f"{person.world.tool.url}/courses/{person.course_id}/uploads"

    def ask(self, method: str, url: str, body: bytes = b"", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        session = self.person.visitor.session
        given = {**self.headers, **named}
        return session.request(method, url, data=body, headers=given, timeout=30)

    def begin(self, name: str, size: int, **metadata: str) -> requests.Response:
        pairs = {"filename": name, **metadata}
        said = [f"{key} {base64.b64encode(one.encode()).decode()}" for key, one in pairs.items()]
        return self.ask(
            "POST", self.uploads, Upload_Length=str(size), Upload_Metadata=",".join(said)
        )

    def begun(self, name: str, size: int, **metadata: str) -> str:
        """The address of a new upload."""
        answer = self.begin(name, size, **metadata)
        assert answer.status_code == 201, answer.text
        return f"{self.person.world.tool.url}{urlsplit(answer.headers['Location']).path}"

    def send(self, address: str, offset: int, body: bytes) -> requests.Response:
        return self.ask("PATCH", address, body, Upload_Offset=str(offset), Content_Type=BODY)

    def sent(self, name: str, content: bytes) -> str:
        """The address of an upload that has arrived as a whole."""
        address = self.begun(name, len(content))
        assert self.send(address, 0, content).status_code == 204
        return address

    def offset(self, address: str) -> int:
        answer = self.ask("HEAD", address)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["Upload-Offset"])

    def state(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", address).json()
        return found

    def wait_for_offset(self, address: str, least: int) -> int:
        """How much has arrived, once it is as much as this."""
        deadline = time.monotonic() + 20
        while (found := self.offset(address)) < least:
            assert time.monotonic() < deadline, f"{found} of {least} bytes have arrived."
            time.sleep(0.02)
        return found

    def wait_until_free(self, address: str, offset: int) -> None:
        """Wait until the request whose connection was cut has let go of the file."""
        deadline = time.monotonic() + 20
        while (answer := self.send(address, offset, b"")).status_code != 204:
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.02)

    def break_off(self, address: str, offset: int, body: bytes, announced: int) -> socket.socket:
        """Send a part of what is announced; the connection is left open for the test to cut."""
        parts = urlsplit(address)
        asked = requests.Request(
            "PATCH", address, headers={
                **self.headers, "Upload-Offset": str(offset), "Content-Type": BODY,
                "Content-Length": str(announced), "Host": parts.netloc,
            },
        )  # fmt: skip
        prepared = self.person.visitor.session.prepare_request(asked)
        lines = [f"PATCH {parts.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in prepared.headers.items()
                  if name != "Content-Length"]  # fmt: skip
        head = "\r\n".join([*lines, f"Content-Length: {announced}", "", ""])
        open_one = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20)
        open_one.sendall(head.encode() + body)
        return open_one
