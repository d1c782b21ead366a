"""What people type into the forms of records is read, or told at its field."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from lti_tool.learning.record_schemas import check_link
from lti_tool.people.form_fields import DateInParts, Number, line


class Typed(Schema):
    on = DateInParts("Say when.")
    size = Number(1, 100)
    name = line("Say who.", 10)


def read(**typed: str) -> Any:
    whole = {"on-day": "1", "on-month": "2", "on-year": "2026", "size": "", "name": "Amira"}
    return Typed().load({**whole, **typed}, unknown="exclude")


def test_good_values_come_out_as_what_they_mean() -> None:
    assert read(size=" 30 ", name=" Amira\r\nKhan ") == {
        "on": date(2026, 2, 1),
        "size": 30,
        "name": "Amira\nKhan",
    }
    assert read()["size"] is None


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"on-day": "31"}, "on", "a real date"),
        ({"on-day": "one"}, "on", "a real date"),
        ({"on-year": "9" * 30}, "on", "a real date"),
        ({"on-year": "26"}, "on", "the year in full"),
        ({"on-day": "", "on-month": "", "on-year": ""}, "on", "Say when."),
        ({"size": "0"}, "size", "from 1 to 100"),
        ({"size": "-1"}, "size", "from 1 to 100"),
        ({"size": "1.5"}, "size", "from 1 to 100"),
        ({"size": "٣"}, "size", "from 1 to 100"),
        ({"size": "9" * 5000}, "size", "from 1 to 100"),
        ({"name": " "}, "name", "Say who."),
        ({"name": "x" * 11}, "name", "10 characters"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(typed: dict[str, str], field: str, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(**typed)
    assert told in " ".join(refused.value.normalized_messages()[field])


@given(text=st.text(max_size=60))
def test_no_text_breaks_a_field(text: str) -> None:
    for typed in ({"on-day": text}, {"on-year": text}, {"size": text}, {"name": text}):
        with suppress(ValidationError):
            read(**typed)


@given(text=st.text(max_size=60))
def test_a_link_is_either_empty_or_leads_to_a_web_page(text: str) -> None:
    for typed in (text, f"https://{text}", f"{text}://example.org"):
        try:
            check_link(typed)
        except ValidationError:
            continue
        assert not typed or typed.lower().startswith("https://")
