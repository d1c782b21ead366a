"""The one way out to platforms: with time limits, a size limit, and no way into our own network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress, get_ip_address
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from requests_hardened.types import T_TIMEOUT_TUPLE

from lti_tool.errors import Invalid
from lti_tool.launch.deadline import POOLS, Deadline
from lti_tool.settings import Settings, is_loopback

TIMEOUT: T_TIMEOUT_TUPLE = (5, 20)
LONGEST = 60  # seconds for one whole answer, however slowly it drips
KEPT_OPEN = 64  # connections to one platform: as many as a worker can have threads
MOST_BYTES = 8 * 1024 * 1024
# Canvas and the firewalls of some Moodle sites refuse a request without a name.
USER_AGENT = "MTL-Tool/0.1 (LTI 1.3)"
HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


class PlatformUnreachable(Exception):
    """The platform did not answer, or with more than we take; trying again later may help."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Limits:
    """How long and how large an answer may be."""

    wait: T_TIMEOUT_TUPLE = TIMEOUT
    seconds: float = LONGEST
    size: int = MOST_BYTES


USUAL = Limits()
# While a person looks at a blank page: ten seconds are the most.
SOMEBODY_WAITS = Limits(wait=(4, 5), seconds=9, size=256 * 1024)


@dataclass(frozen=True)
class Reply:
    """A whole answer, read within the limits."""

    status: int
    text: str
    headers: Mapping[str, str]


class CampusAdapter(IPFilterAdapter):
    """The library's guard against private addresses, with the operator's own networks let through.

    Either way the connection goes to the very address that was checked.
    """

    def __init__(self, *, https: bool, settings: Settings) -> None:
        super().__init__(is_https_proto=https, allow_loopback=settings.development)
        self._networks = [ip_network(each) for each in settings.platform_networks]

    def init_poolmanager(self, connections: int, maxsize: int, **options: Any) -> None:
        super().init_poolmanager(connections, max(maxsize, KEPT_OPEN), **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        address = self._campus_address(str(request.url))
        if address is None:
            attributes: tuple[dict[str, Any], dict[str, Any]]
            attributes = super().build_connection_pool_key_attributes(request, verify, cert)
            return attributes
        host, pool = HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
        name = str(host["host"])
        request.headers["Host"] = urlsplit(str(request.url)).netloc
        pinned = f"[{address}]" if address.version == 6 else str(address)
        names = {"assert_hostname": name, "server_hostname": name}
        return {**host, "host": pinned}, {**pool, **names}

    def _campus_address(self, url: str) -> IPv4Address | IPv6Address | None:
        parts = urlsplit(url)
        if not self._networks or parts.scheme != "https" or not parts.hostname:
            return None
        try:
            get_ip_address(parts.hostname, parts.port or 443, allow_loopback=False)
        except InvalidIPAddress as refusal:
            address: IPv4Address | IPv6Address = ip_address(str(refusal.args[0]))
            return address if any(address in each for each in self._networks) else None
        except OSError:
            return None
        return None


def build_session(settings: Settings) -> requests.Session:
    """The session that all calls to platforms go through."""
    config = Config(
        ip_filter_enable=False,  # our own adapters below do that
        ip_filter_allow_loopback_ips=False,
        never_redirect=True,
        default_timeout=TIMEOUT,
        user_agent_override=USER_AGENT,
    )
    session: requests.Session = HTTPSession(config)
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("https://", CampusAdapter(https=True, settings=settings))
    session.mount("http://", CampusAdapter(https=False, settings=settings))
    return session


def send(
    session: requests.Session,
    settings: Settings,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Mapping[str, str] | bytes | None = None,
    limits: Limits | None = None,
) -> Reply:
    """Send one request and read its whole answer. Raises PlatformUnreachable."""
    problem = url_problem(url, settings)
    if problem:
        raise PlatformUnreachable(problem)
    limits = limits or USUAL
    try:
        answer, content = _exchange(
            session, method, url, limits, headers=dict(headers), data=body, timeout=limits.wait
        )
    except InvalidIPAddress as error:
        raise PlatformUnreachable(
            "The platform's address leads into a private network, which the tool does not enter. "
            "The operator can allow a network with PLATFORM_NETWORKS."
        ) from error
    except requests.Timeout as error:
        raise PlatformUnreachable("The platform took too long to answer.") from error
    except (requests.RequestException, OSError) as error:
        raise PlatformUnreachable("The platform does not answer.") from error
    try:
        text = content.decode(answer.encoding or "utf-8", errors="replace")
    except LookupError:
        text = content.decode("utf-8", errors="replace")
    return Reply(answer.status_code, text, answer.headers)


def url_problem(url: str, settings: Settings) -> str | None:
    """Why we would not call this address, or None where we would."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return f"'{url}' is not a web address."
    if parts.scheme not in {"http", "https"} or not host or not HOST.fullmatch(parts.netloc):
        return f"'{url}' is not a web address. It should begin with https://."
    if parts.scheme == "http" and not is_loopback(url):
        return f"'{url}' must begin with https://, not http://."
    if is_loopback(url):
        return None if settings.development else f"'{url}' is this machine, not a platform."
    try:
        address = ip_address(host)
    except ValueError:
        return None
    campus = any(address in ip_network(each) for each in settings.platform_networks)
    if not address.is_global and not campus:
        return f"'{url}' is in a private network. PLATFORM_NETWORKS can allow it."
    return None


def origin_of(url: str | None) -> str | None:
    """Scheme, host and port of a web address that is fit for a security header, or None."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not HOST.fullmatch(parts.netloc):
        return None
    return f"{parts.scheme}://{parts.netloc}".lower()


def check_url(url: str, settings: Settings, field: str) -> str:
    """The address itself, or Invalid with a sentence about the field it was given in."""
    problem = url_problem(url, settings)
    if problem:
        raise Invalid(problem, field=field)
    return url


def _exchange(
    session: requests.Session, method: str, url: str, limits: Limits, **options: Any
) -> tuple[requests.Response, bytes]:
    with Deadline(limits.seconds) as deadline:
        try:
            with session.request(method, url, stream=True, **options) as answer:
                content = _read(answer, limits.size)
        except (requests.RequestException, OSError) as error:
            if deadline.has_passed:
                raise requests.Timeout from error
            raise
        if deadline.has_passed:
            # What was cut off can look like a whole answer.
            raise requests.Timeout
    return answer, content


def _read(answer: requests.Response, most: int) -> bytes:
    content = bytearray()
    for piece in answer.iter_content(65536):
        content += piece
        if len(content) > most:
            raise PlatformUnreachable("The platform's answer is larger than the tool takes.")
    return bytes(content)
