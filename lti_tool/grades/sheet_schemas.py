"""The forms by which marks come in from a sheet."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate


class SheetSchema(Schema):
    """An uploaded sheet, and what its marks become."""

    class Meta:
        unknown = EXCLUDE

    become = fields.String(
        load_default="draft",
        validate=validate.OneOf(["draft", "final"], error="Choose what the marks become."),
    )


class SeenSchema(Schema):
    """Which outcome of a sheet was looked at."""

    class Meta:
        unknown = EXCLUDE

    seen = fields.String(load_default="", validate=validate.Length(max=64))
