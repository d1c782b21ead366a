"""Where the tool lets itself be sent, and what it makes of addresses and headers."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest
import requests
from requests import PreparedRequest

from lti_tool.launch.http import (
    CampusAdapter,
    PlatformUnreachable,
    build_session,
    origin_of,
    send,
    url_problem,
)
from lti_tool.launch.platform import next_url
from lti_tool.settings import Settings, load_settings

SETTINGS = load_settings({"SECRET_KEY": "only for these tests"})
CAMPUS = replace(SETTINGS, platform_networks=("10.20.0.0/16",))
DEVELOPMENT = replace(SETTINGS, development=True)


@pytest.mark.parametrize(
    ("url", "settings", "good"),
    [
        ("https://vle.uni.ac.uk/x?y=1", SETTINGS, True),
        ("https://vle.uni.ac.uk:8443/x", SETTINGS, True),
        ("http://vle.uni.ac.uk/x", SETTINGS, False),
        ("http://vle.uni.ac.uk/x", DEVELOPMENT, False),
        ("http://127.0.0.1:8080/x", SETTINGS, False),
        ("http://127.0.0.1:8080/x", DEVELOPMENT, True),
        ("https://127.0.0.1/x", SETTINGS, False),
        ("http://localhost:8080/x", DEVELOPMENT, True),
        ("https://10.20.1.2/x", SETTINGS, False),
        ("https://10.20.1.2/x", CAMPUS, True),
        ("http://10.20.1.2/x", CAMPUS, False),
        ("https://10.21.1.2/x", CAMPUS, False),
        ("https://169.254.169.254/x", DEVELOPMENT, False),
        ("https://[fd00::1]/x", SETTINGS, False),
        ("https://user:secret@vle.uni.ac.uk/", SETTINGS, False),
        ("https://vle uni/", SETTINGS, False),
        ("https://vle.uni.ac.uk:port/", SETTINGS, False),
        ("ftp://vle.uni.ac.uk/", SETTINGS, False),
        ("file:///etc/passwd", SETTINGS, False),
        ("javascript:alert(1)", DEVELOPMENT, False),
        ("", SETTINGS, False),
    ],
)
def test_which_addresses_we_would_call(url: str, settings: Settings, good: bool) -> None:
    assert (url_problem(url, settings) is None) is good


def resolve_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    def answer(_host: str, port: int, **_: Any) -> Any:
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def pool_for(settings: Settings, url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    request: PreparedRequest = requests.Request("GET", url).prepare()
    adapter = CampusAdapter(https=url.startswith("https"), settings=settings)
    return adapter.build_connection_pool_key_attributes(request, True, None)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1"])
def test_a_name_that_leads_into_a_private_network_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    resolve_to(monkeypatch, address)
    with pytest.raises(PlatformUnreachable, match="private network"):
        send(build_session(CAMPUS), CAMPUS, "GET", "https://vle.uni.ac.uk/", headers={})


def test_a_name_on_the_campus_is_reached_at_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve_to(monkeypatch, "10.20.3.4")
    host, pool = pool_for(CAMPUS, "https://vle.uni.ac.uk/x")
    assert (host["host"], host["scheme"]) == ("10.20.3.4", "https")
    assert pool["assert_hostname"] == pool["server_hostname"] == "vle.uni.ac.uk"


def test_a_public_name_is_reached_at_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve_to(monkeypatch, "93.184.215.14")
    host, pool = pool_for(CAMPUS, "https://vle.uni.ac.uk/x")
    assert host["host"] == "93.184.215.14"
    assert pool["server_hostname"] == "vle.uni.ac.uk"


def test_a_name_that_nobody_knows_is_a_platform_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(*_args: Any, **_options: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    for settings in (SETTINGS, CAMPUS):
        with pytest.raises(PlatformUnreachable, match="does not answer"):
            send(build_session(settings), settings, "GET", "https://vle.uni.ac.uk/", headers={})


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://VLE.uni.ac.uk/a?b", "https://vle.uni.ac.uk"),
        ("https://vle.uni.ac.uk:8443/", "https://vle.uni.ac.uk:8443"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("https://vle.uni.ac.uk; script-src *", None),
        ("https://a b/", None),
        ("https://*.uni.ac.uk", None),
        ("data:text/html,x", None),
        (None, None),
        ("https://[x", None),
    ],
)
def test_only_a_plain_origin_reaches_a_header(url: str | None, origin: str | None) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ('<https://vle/x?p=AbC&q=2>; rel="next"', "https://vle/x?p=AbC&q=2"),
        ("<https://vle/x?p=2>; rel=next", "https://vle/x?p=2"),
        ("<https://vle/x?a=1&amp;b=2>; rel=“next”", "https://vle/x?a=1&b=2"),
        ('<https://vle/1>; rel="first", <https://vle/2>; rel="next"', "https://vle/2"),
        ('<https://vle/2>; title="b"; rel="next"', "https://vle/2"),
        ('<?page=2>; rel="next"', "https://vle/items?page=2"),
        ('<https://vle/1>; rel="nextish"', None),
        ('<https://vle/1>; rel="prev"', None),
        ("", None),
    ],
)
def test_the_next_page_is_found_with_its_letters_as_they_are(link: str, found: str | None) -> None:
    assert next_url("https://vle/items", {"LINK": link}) == found
    assert next_url("https://vle/items", {}) is None
