"""What nobody would type into a form, made from what the form asks for."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from marshmallow import Schema

import lti_tool
from lti_tool.people.form_fields import DateInParts

Typed = list[tuple[str, bytes]]

ODD = (
    "", " ", "\x00", "a\x00b", "\u202eevil\u202c", "\ufeff", "\u200b", "e\u0301\u0301\u0301" * 40,
    "<script>alert(1)</script>", "'; DROP TABLE grade; --", "=HYPERLINK(1)", "{{ 7*7 }}", "%s%n",
    "../../etc/passwd", "\r\nSet-Cookie: a=b", "x" * 70_000, "null", "[]", "{}", "\U0010ffff",
)  # fmt: skip
NUMBERS = (
    "-1", "0", "00", "1e309", "NaN", "Infinity", "-Infinity", "1.5", "٣", "²", "1_0", "+1", " 1 ",
    "2147483647", "2147483648", "9223372036854775808", "9" * 30, "9" * 4400, "0x1f",
)  # fmt: skip
DATES = (
    "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "20260101", "2026-W01-1",
    "-2026-01-01",    "2026-01-01T00:00:00+24:00", "tomorrow",
)  # fmt: skip
# Bytes that are no UTF-8: half of a pair, an end without a beginning, more than there is.
BYTES = (b"\xed\xa0\x80", b"\xff\xfe", b"\xc3", b"\xf4\x90\x80\x80")
SPARE = ("csrf", "id", "user_id", "role", "participant_id", "provider_id", "__class__", "a[b]", "")

texts = st.one_of(
    st.sampled_from(ODD), st.sampled_from(NUMBERS), st.sampled_from(DATES), st.text(max_size=30),
    st.integers().map(str), st.dates().map(str),
).map(lambda text: text.encode("utf-8", "surrogatepass"))  # fmt: skip
anything = st.one_of(texts, st.sampled_from(BYTES))


def fields_of(schema: type[Schema]) -> list[str]:
    """The names under which a browser sends what the schema reads."""
    found: list[str] = []
    for name, field in schema().fields.items():
        sent_as = field.data_key or name
        found.append(sent_as)
        if isinstance(field, DateInParts):
            found += [f"{sent_as}-{part}" for part in ("day", "month", "year")]
    return found


def typed_for(names: list[str]) -> SearchStrategy[Typed]:
    """Fields of these names in any number, some twice, some that nobody asked for."""
    name = st.sampled_from([*names, *names, *names, *SPARE] or list(SPARE))
    return st.lists(st.tuples(name, anything), max_size=2 * len(names) + 2)


def body_of(typed: Typed) -> bytes:
    """As a browser sends it, or whatever sends bytes of its own."""
    pairs = [
        f"{quote_from_bytes(name.encode())}={quote_from_bytes(value)}" for name, value in typed
    ]
    return "&".join(pairs).encode()


def views() -> Iterator[ModuleType]:
    """Every module with views."""
    for found in pkgutil.walk_packages(lti_tool.__path__, "lti_tool."):
        if ".views" in found.name:
            yield importlib.import_module(found.name)


def form_schemas() -> list[type[Schema]]:
    """Every form that a view names, each once."""
    named = {
        value
        for module in views()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Schema) and value is not Schema
    }
    return sorted(named, key=lambda schema: (schema.__module__, schema.__name__))
