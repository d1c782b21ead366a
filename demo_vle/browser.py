"""A browser without a screen: a person of the platform, walking between it and the tool."""

from __future__ import annotations

import http.cookiejar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag
from requests.cookies import get_cookie_header

from demo_vle.keys import SigningKey
from demo_vle.site import Tamper

TIMEOUT = 30
MOST_REDIRECTS = 20


class Vle(Protocol):
    """A platform with an address."""

    @property
    def url(self) -> str: ...


class HasId(Protocol):
    """A person, a course or a placement: what matters here is its id."""

    @property
    def id(self) -> str: ...


class BrowserError(Exception):
    """The page is not what the next step needs."""


@dataclass
class Form:
    """A form as a browser would send it."""

    action: str
    fields: list[tuple[str, str]]
    method: str = "POST"
    multipart: bool = False
    page_url: str = ""

    def __getitem__(self, name: str) -> str:
        return dict(self.fields)[name]

    def __contains__(self, name: str) -> bool:
        return name in dict(self.fields)

    def with_fields(self, **changed: str | None) -> Form:
        """A copy with some fields changed, or with None taken away."""
        kept = [(name, value) for name, value in self.fields if name not in changed]
        added = [(name, value) for name, value in changed.items() if value is not None]
        return Form(self.action, kept + added, self.method, self.multipart, self.page_url)


class LoopbackSession(requests.Session):
    """Sends Secure cookies on plain http too, as browsers do on the loopback interface."""

    def __init__(self) -> None:
        super().__init__()
        self.headers["User-Agent"] = "Mozilla/5.0 (demo_vle visitor)"
        policy = http.cookiejar.DefaultCookiePolicy(secure_protocols=("https", "wss", "http"))
        self.cookies.set_policy(policy)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        # requests copies the jar for each request and loses its policy on the way.
        prepared = super().prepare_request(request)
        prepared.headers.pop("Cookie", None)
        cookies = get_cookie_header(self.cookies, prepared)
        if cookies:
            prepared.headers["Cookie"] = cookies
        return prepared


class Visitor:
    """One person's browser."""

    def __init__(self, vle: Vle, person: HasId) -> None:
        self.vle = vle
        self.person = person
        self.session = LoopbackSession()

    # --- a launch, whole and in pieces

    def launch(self, placement: HasId, **options: Any) -> requests.Response:
        """Click a placed link; the answer is the page one ends on."""
        login_method = options.pop("method", "POST")
        return self._finish(self.initiate(placement, method=login_method, **options))

    def deep_link(self, course: HasId, **options: Any) -> requests.Response:
        """Press “Select content” in a course; the answer is the tool's page of choices."""
        path = f"/courses/{course.id}/select-content"
        return self._finish(self._initiate(path, **options))

    def review(self, placement: HasId, for_user: HasId, **options: Any) -> requests.Response:
        """Open one person's submission from the gradebook (Moodle)."""
        return self._finish(self.initiate(placement, for_user=for_user, **options))

    def speed_grade(
        self, course: HasId, column: HasId, student: HasId, **options: Any
    ) -> requests.Response:
        """Open what one person handed in, as SpeedGrader does (Canvas)."""
        path = f"/courses/{course.id}/speed_grader?column={column.id}&student={student.id}"
        return self._finish(self._initiate(path, **options))

    def initiate(
        self, placement: HasId, *, for_user: HasId | None = None, **options: Any
    ) -> requests.Response:
        """Start a launch and post the login initiation; the answer leads on (see `onward`)."""
        path = f"/launch/{placement.id}"
        return self._initiate(path, for_user=for_user.id if for_user else None, **options)

    def login_form(self, path: str, *, for_user: str | None = None) -> Form:
        """The login initiation form that the platform's own page holds."""
        asked = {"as": self.person.id} | ({"for_user": for_user} if for_user else {})
        joint = "&" if "?" in path else "?"
        page = self.get(f"{self.vle.url}{path}{joint}{urlencode(asked)}")
        return self.form_of(page, "form[data-auto-submit]")

    def _initiate(
        self,
        path: str,
        *,
        for_user: str | None = None,
        tamper: Tamper | None = None,
        sign_with: SigningKey | None = None,
        method: str = "POST",
        change: Mapping[str, str | None] | None = None,
    ) -> requests.Response:
        form = self.login_form(path, for_user=for_user)
        if tamper is not None or sign_with is not None:
            self._arrange(form["lti_message_hint"], tamper, sign_with)
        form = form.with_fields(**dict(change or {}))
        form.method = method
        return self.send(form, follow=False)

    def _arrange(self, hint: str, tamper: Tamper | None, sign_with: SigningKey | None) -> None:
        site = getattr(self.vle, "site", None)
        if site is None:
            raise BrowserError("Only a platform in the same process can be made to lie.")
        launch = site.launches[site.personality.read_message_hint(site, hint)]
        launch.tamper, launch.sign_with = tamper, sign_with

    def _finish(self, initiated: requests.Response) -> requests.Response:
        return self.post_launch(self.authorise(self.onward(initiated)))

    def onward(self, initiated: requests.Response) -> str:
        """Where a login initiation leads: by a redirect, or by the link of a page between.

        With platform storage a tool answers with a page; its script would go on by itself.
        """
        location = initiated.headers.get("Location")
        if initiated.is_redirect and location is not None:
            return urljoin(initiated.url, location)
        link = parse(initiated).select_one("main a[href]") if initiated.ok else None
        if link is None:
            raise BrowserError(
                "The tool answered the login initiation with no redirect but with status "
                f"{initiated.status_code}: {text_of(initiated)[:300]}"
            )
        return urljoin(initiated.url, str(link["href"]))

    def authorise(self, url: str) -> Form:
        """Ask the platform's authorisation endpoint; the form is what goes to the tool."""
        page = self.get(url)
        form = self.form_of(page, "form[data-auto-submit]")
        if "repost" in form:
            page = self.send(form)
            form = self.form_of(page, "form[data-auto-submit]")
        return form

    def post_launch(self, form: Form) -> requests.Response:
        return self.send(form)

    # --- pages

    def get(self, url: str) -> requests.Response:
        return self._walk("GET", url, {})

    def follow(self, response: requests.Response, link_text: str) -> requests.Response:
        """Click the link with this text."""
        for link in parse(response).find_all("a", href=True):
            if " ".join(link.get_text().split()) == link_text:
                return self.get(urljoin(response.url, str(link["href"])))
        raise BrowserError(f"No link “{link_text}” on {response.url}: {text_of(response)[:300]}")

    def submit(
        self,
        response: requests.Response,
        form_selector: str | None = None,
        values: Mapping[str, str | Sequence[str] | None] | None = None,
        files: Sequence[tuple[str, tuple[str, bytes, str]]] = (),
        button: tuple[str, str] | None = None,
    ) -> requests.Response:
        """Fill in a form of the page and press a button, as a browser would."""
        form = self.form_of(response, form_selector)
        for name, value in (values or {}).items():
            form.fields = [field for field in form.fields if field[0] != name]
            chosen = [value] if isinstance(value, str) else list(value or ())
            form.fields += [(name, each) for each in chosen]
        if button is not None:
            form.fields.append(button)
        return self.send(form, files=files)

    def form_of(self, response: requests.Response, selector: str | None = None) -> Form:
        page = parse(response)
        # The page's own form comes before those of the frame around it.
        chosen = (selector,) if selector else ("main form", "form")
        found = next(filter(None, map(page.select_one, chosen)), None)
        if found is None:
            raise BrowserError(
                f"No form “{selector or 'form'}” on {response.url} "
                f"(status {response.status_code}): {text_of(response)[:300]}"
            )
        return Form(
            action=urljoin(response.url, str(found.get("action") or response.url)),
            fields=fields_of(found),
            method=str(found.get("method", "get")).upper(),
            multipart=found.get("enctype") == "multipart/form-data",
            page_url=response.url,
        )

    def send(
        self,
        form: Form,
        *,
        files: Sequence[tuple[str, tuple[str, bytes, str]]] = (),
        follow: bool = True,
    ) -> requests.Response:
        if form.method == "GET":
            return self._walk("GET", form.action, {"params": form.fields}, form.page_url, follow)
        if not form.multipart:
            return self._walk("POST", form.action, {"data": form.fields}, form.page_url, follow)
        parts: list[Any] = [(name, (None, value)) for name, value in form.fields]
        parts += list(files)
        return self._walk("POST", form.action, {"files": parts}, form.page_url, follow)

    def _walk(
        self, method: str, url: str, body: dict[str, Any], page_url: str = "", follow: bool = True
    ) -> requests.Response:
        """Send, then follow redirects with what a browser would send along."""
        passed: list[requests.Response] = []
        headers = sender_headers(method, url, page_url)
        while len(passed) <= MOST_REDIRECTS:
            response = self.session.request(
                method, url, **body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            )
            response.history = list(passed)
            if not (follow and response.is_redirect):
                return response
            passed.append(response)
            url = urljoin(response.url, response.headers["Location"])
            if response.status_code not in (307, 308):
                method, body, headers = "GET", {}, {}
        raise BrowserError(f"The redirects do not end: {url}")


def sender_headers(method: str, url: str, page_url: str) -> dict[str, str]:
    """Origin and Referer under the browsers' default policy, strict-origin-when-cross-origin."""
    if not page_url:
        return {}
    origin = origin_of(page_url)
    headers = {"Referer": page_url if origin == origin_of(url) else origin + "/"}
    return headers | ({"Origin": origin} if method == "POST" else {})


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def parse(response: requests.Response) -> BeautifulSoup:
    return tree_of(response.text)


@lru_cache(maxsize=8)
def tree_of(html: str) -> BeautifulSoup:
    """A page to read and not to change: people ask for its forms, links and words in turn."""
    return BeautifulSoup(html, "html.parser")


def text_of(response: requests.Response) -> str:
    return " ".join(parse(response).get_text(" ").split())


def fields_of(form: Tag) -> list[tuple[str, str]]:
    """Every field that would be sent before anyone touches the form; buttons are not."""
    fields: list[tuple[str, str]] = []
    for control in form.select("input, textarea, select"):
        name = str(control.get("name") or "")
        if name and not control.has_attr("disabled"):
            fields += [(name, value) for value in values_of(control)]
    return fields


def values_of(control: Tag) -> list[str]:
    if control.name == "textarea":
        # The first line break after the tag is not part of the text.
        return [control.get_text().removeprefix("\n")]
    if control.name == "select":
        options = control.find_all("option")
        chosen = [each for each in options if each.has_attr("selected")]
        if not chosen and not control.has_attr("multiple"):
            chosen = options[:1]
        return [str(each.get("value", each.get_text())) for each in chosen]
    kind = str(control.get("type", "text")).lower()
    if kind in ("submit", "button", "image", "reset", "file"):
        return []
    if kind in ("checkbox", "radio"):
        return [str(control.get("value", "on"))] if control.has_attr("checked") else []
    return [str(control.get("value", ""))]
