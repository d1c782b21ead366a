"""The form of a comment on an item."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema

from lti_tool.evidence.schemas import Text


class CommentSchema(Schema):
    """What somebody says."""

    class Meta:
        unknown = EXCLUDE

    words = Text(load_default="")
