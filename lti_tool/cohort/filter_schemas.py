"""The form that keeps a filter."""

from __future__ import annotations

from marshmallow import Schema

from lti_tool.people.form_fields import line


class KeepFilterForm(Schema):
    """A name for what is shown."""

    name = line("Enter a name for these filters.", longest=60)
