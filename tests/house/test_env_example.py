"""`.env.example` and the settings are the same list, and the example can be used as it stands."""

import itertools
import re

from lti_tool.settings import ROOT, SettingsSchema, load_settings

LINE = re.compile(r"^([A-Z0-9_]+)=(.*)$")
EXAMPLE = ROOT / ".env.example"


def given() -> dict[str, str]:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return {found[1]: found[2] for line in lines if (found := LINE.match(line))}


def test_the_example_lists_exactly_the_settings_there_are() -> None:
    known = set(SettingsSchema().fields)
    missing, left_over = sorted(known - given().keys()), sorted(given().keys() - known)
    assert not missing, f"Describe these settings in .env.example: {missing}"
    assert not left_over, f"These stand in .env.example but are no settings: {left_over}"


def test_each_setting_has_a_sentence_above_it() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    bare = [
        line for above, line in itertools.pairwise(lines)
        if LINE.match(line) and not above.startswith("# ")
    ]  # fmt: skip
    assert not bare, f"Say in a sentence what these are for: {bare}"


def test_the_tool_accepts_the_example_as_it_stands() -> None:
    settings = load_settings(given())
    assert settings.rate_limits
    assert not settings.development
    # What the example gives is what the tool takes anyway, but for the address and the secret.
    chosen = {name: given()[name] for name in ("SECRET_KEY", "PUBLIC_URL")}
    assert settings == load_settings(chosen)
