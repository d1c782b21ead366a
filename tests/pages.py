"""What every page must be, so that a test of one page also looks after the rest of it."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import html5lib
from bs4 import BeautifulSoup, Tag

from demo_vle.browser import tree_of

LABELLED = "input:not([type=hidden]):not([type=submit]):not([type=button]), select, textarea"


def check_page(response: Any, status: int | None = None) -> BeautifulSoup:
    """Check a whole HTML answer (requests' or Flask's) and give it back parsed.

    Without `status`, any page is taken but one that says the tool itself failed.
    """
    html = response.text
    if status is not None:
        assert response.status_code == status, _told(response.status_code, html)
    assert response.status_code < 500, _told(response.status_code, html)
    return check_html(html)


def check_html(html: str) -> BeautifulSoup:
    """The rules of a page, each told with its remedy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"))
        parser.parse(html)
    # The duplicate-attribute and nesting mistakes that browsers repair, each in its own way.
    assert not parser.errors, f"The page is no valid HTML: {parser.errors[:3]}"
    soup = tree_of(html)
    _check_headings(soup)
    _check_ids(soup)
    _check_fields(soup)
    _check_policy(soup)
    _check_tables_and_links(soup)
    return soup


def _told(status: int, html: str) -> str:
    text = tree_of(html).get_text(" ", strip=True)
    return f"The page answered {status}: {text[:400]}"


def _check_headings(soup: BeautifulSoup) -> None:
    headings = soup.find_all("h1")
    assert len(headings) == 1, f"A page has one h1, this has {len(headings)}."
    heading = headings[0].get_text(" ", strip=True)
    title = soup.title.get_text(" ", strip=True).removeprefix("Error: ") if soup.title else ""
    assert title.startswith(heading), f"The title '{title}' does not start with '{heading}'."
    assert soup.html is not None
    assert soup.html.get("lang"), "The page does not say its language."
    assert soup.select_one("main#main"), "The page has no main part for the skip link."
    level = 1
    for found in soup.find_all(["h2", "h3", "h4", "h5", "h6"]):
        here = int(found.name[1])
        if found.find_parent(class_="govuk-error-summary") is None:
            assert here <= level + 1, f"'{found.get_text(strip=True)}' skips a heading level."
            level = here


def _check_ids(soup: BeautifulSoup) -> None:
    ids = [str(tag["id"]) for tag in soup.find_all(id=True)]
    twice = [found for found, count in Counter(ids).items() if count > 1]
    assert not twice, f"These ids are used twice: {twice}"
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        for tag in soup.find_all(attrs={attribute: True}):
            for wanted in str(tag[attribute]).split():
                assert wanted in ids, f"{attribute}='{wanted}' points at nothing."
    for link in soup.select('a[href^="#"]'):
        assert str(link["href"])[1:] in ids, f"The link to {link['href']} leads nowhere."


def _check_fields(soup: BeautifulSoup) -> None:
    for field in soup.select(LABELLED):
        label = soup.find("label", attrs={"for": field.get("id", "")}) if field.get("id") else None
        named = label or field.get("aria-label") or field.get("aria-labelledby")
        assert named, f"The field {field.get('name')} has no label."
    for form in soup.find_all("form"):
        if form.get("method", "get").lower() == "post":
            assert form.find("input", attrs={"name": "csrf_token"}), "A form has no CSRF token."
    for button in soup.find_all("button"):
        assert button.get_text(strip=True) or button.get("aria-label"), "A button has no name."


def _check_policy(soup: BeautifulSoup) -> None:
    for script in soup.find_all("script"):
        assert script.get("src"), "The policy of our pages stops a script inside a page."
    assert not soup.find("style"), "The policy of our pages stops a style inside a page."
    for tag in soup.find_all(True):
        ours = [name for name in tag.attrs if name == "style" or name.startswith("on")]
        assert not ours, f"<{tag.name}> has {ours}, which the policy of our pages stops."


def _check_tables_and_links(soup: BeautifulSoup) -> None:
    for table in soup.find_all("table"):
        assert table.find("caption"), "A table has no caption."
        for heading in table.find_all("th"):
            assert heading.get("scope"), (
                f"The header '{heading.get_text(strip=True)}' has no scope."
            )
    for link in soup.find_all("a"):
        assert isinstance(link, Tag)
        assert link.get("href"), f"The link '{link.get_text(strip=True)}' leads nowhere."
        assert link.get_text(strip=True) or link.get("aria-label"), "A link has no words."
    for image in soup.find_all("img"):
        assert image.has_attr("alt"), "A picture has no alt."
