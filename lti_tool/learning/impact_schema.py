"""The impact record as a part of a form; any form can take it in by inheriting."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from lti_tool.learning.impact import CONFIDENCE, Impact, impact_of
from lti_tool.learning.models import ImpactRecord
from lti_tool.people.form_fields import Number, prose

PREFIX = "impact-"


class ImpactSchema(Schema):
    """Fields that begin with `impact-`, so that they get into no other field's way."""

    class Meta:
        unknown = EXCLUDE

    impact_baseline = prose(data_key="impact-baseline")
    impact_change = prose(data_key="impact-change")
    impact_outcome = prose(data_key="impact-outcome")
    impact_group_size = Number(1, 100_000, data_key="impact-group_size")
    impact_source = prose(data_key="impact-source")
    impact_explanations = prose(data_key="impact-explanations")
    impact_confidence = fields.String(
        load_default="",
        data_key="impact-confidence",
        validate=validate.OneOf(["", *CONFIDENCE], error="Choose low, medium or high."),
    )


def read_impact(values: dict[str, Any]) -> Impact:
    """The impact record among the values of a form."""
    names = Impact.__dataclass_fields__
    found = {name: values[f"impact_{name}"] for name in names}
    return Impact(**{**found, "confidence": found["confidence"] or None})


def shown_impact(kept: ImpactRecord | None) -> dict[str, Any]:
    """A stored version as the values that a form starts from."""
    said = impact_of(kept)
    return {f"{PREFIX}{name}": getattr(said, name) for name in Impact.__dataclass_fields__}
