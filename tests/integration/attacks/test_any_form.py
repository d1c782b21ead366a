"""Every form, filled in as nobody would: it is values that can be kept, or sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from marshmallow import Schema

from lti_tool.grades.agree_schemas import agree_form
from lti_tool.grades.schemas import with_criteria
from lti_tool.learning.plan_schemas import diagnosis_form
from lti_tool.programme.loader import load_programme
from lti_tool.settings import ROOT
from lti_tool.web.forms import read_form
from tests.integration.attacks.forms_made import Typed, body_of, fields_of, form_schemas, typed_for

FORM = "application/x-www-form-urlencoded"
PROGRAMME = load_programme(ROOT / "config" / "programme.yaml")
# Those that are made for the programme at hand.
MADE = [with_criteria(["K"]), agree_form(["K"]), diagnosis_form(PROGRAMME)]
SCHEMAS = [*form_schemas(), *MADE]
app = Flask("forms")

# The same examples in every run: what was green yesterday is green today.
few = settings(
    max_examples=15, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_whatever_is_posted_is_values_that_can_be_kept_or_sentences(schema: type[Schema]) -> None:
    @few
    @given(typed_for(fields_of(schema)))
    def check(typed: Typed) -> None:
        with app.test_request_context(method="POST", data=body_of(typed), content_type=FORM):
            form = read_form(schema)
        assert not (form.values and form.errors)
        for field, sentences in form.errors.items():
            assert sentences, field
            assert all(isinstance(each, str) and each for each in sentences)
        odd = [value for value in parts_of(form.values) if not can_be_kept(value)]
        assert odd == []

    check()


def parts_of(value: Any) -> Iterator[Any]:
    """All that is in values, however deep."""
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        yield value
        return
    for each in value:
        yield from parts_of(each)


def can_be_kept(value: Any) -> bool:
    """PostgreSQL keeps no NUL, no half of a pair, no number that is none."""
    if isinstance(value, str):
        value.encode()  # raises where it is no text
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (bool, int, date))
