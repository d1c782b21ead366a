"""What the policy of our pages would stop in a browser is stopped here first."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from lti_tool.settings import ROOT

FOLDER = ROOT / "lti_tool" / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
STOPPED = {
    "a script inside the page; put it into static/app.js": r"<script(?![^>]*\bsrc=)",
    "a style inside the page; put it into static/app.css": r"<style\b",
    "a style attribute; use a class of static/app.css": r"<[^>{]*\sstyle\s*=",
    "an event attribute; listen in static/app.js": r"<[^>{]*\son[a-z]+\s*=",
    "a javascript: address; use a button": r"javascript:",
    "something from another site; vendor it": r"(?:src|href)=[\"']https?://",
}

# Forms sent before there is a session: a signed message to a platform, a single-use code of ours.
OWN_PROOF = {
    "launch/ask_binding.html",
    "launch/auto_post.html",
    "launch/new_window.html",
    "launch/register.html",
}


def name_of(template: Path) -> str:
    return str(template.relative_to(FOLDER))


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_holds_nothing_that_the_policy_stops(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    found = [what for what, pattern in STOPPED.items() if re.search(pattern, text, re.IGNORECASE)]
    assert not found, f"{name_of(template)} has {'; and '.join(found)}."


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_never_switches_escaping_off_for_what_people_typed(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert "autoescape false" not in text
    assert not re.search(r"\|\s*safe\b", text), f"{name_of(template)} marks a value as safe."


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_imports_no_macro_that_it_does_not_use(template: Path) -> None:
    tree = Environment().parse(template.read_text(encoding="utf-8"))
    imported = {
        name if isinstance(name, str) else name[1]
        for each in tree.find_all(nodes.FromImport)
        for name in each.names
    }
    used = {each.name for each in tree.find_all(nodes.Name) if each.ctx == "load"}
    assert not imported - used, f"{name_of(template)} does not use {sorted(imported - used)}."


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_form_that_posts_carries_its_token_and_is_sent_once(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL):
        if name_of(template) in OWN_PROOF:
            continue
        assert "csrf(" in form, f"{name_of(template)} has a form without {{{{ csrf(…) }}}}."
        assert "data-once" in form, f"{name_of(template)} has a form without data-once."
