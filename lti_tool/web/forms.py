"""Read a form by its schema: values, or errors beside the text that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from flask import Request, g, request
from marshmallow import EXCLUDE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import FileStorage, MultiDict

from lti_tool.errors import DomainError

# Never shown back and never taken for typed text.
OURS = frozenset({"csrf_token", "viewer", "action"})


LARGEST_ID = 2**31 - 1


class FormParser(FlaskParser):
    """webargs, told to raise plain marshmallow errors and to overlook our own hidden fields."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "form": EXCLUDE}  # noqa: RUF012

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        raise error


parser = FormParser()


@dataclass
class Form:
    """What came in: checked `values`, or `errors` (field → sentences); always what was `typed`."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    typed: MultiDict[str, str] = field(default_factory=MultiDict)

    def refuse(self, error: DomainError) -> None:
        """Put an activity's refusal beside its field, or above the form where it has none."""
        self.errors.setdefault(error.field or "form", []).append(error.sentence)


class FormOwnerChanged(Exception):
    """The form was opened by one person and is posted by another; nothing is done."""


def read_form(schema: type[Schema]) -> Form:
    """Check the posted form. The view looks at `errors` before it uses `values`."""
    typed = typed_text()
    try:
        return Form(values=parser.parse(schema(), request, location="form"), typed=typed)
    except ValidationError as error:
        messages: Any = error.normalized_messages()
        return Form(errors=_flat(messages.get("form", messages)), typed=typed)


def shown_form(**initial: Any) -> Form:
    """A form not posted yet, with the values it starts from."""
    typed: MultiDict[str, str] = MultiDict()
    for name, value in initial.items():
        if isinstance(value, (list, tuple)):
            typed.setlist(name, [str(one) for one in value])
        elif value is not None:
            typed[name] = str(value)
    return Form(typed=typed)


def chosen_files(name: str) -> list[FileStorage]:
    """The files that a person really chose (a browser posts an empty part for none)."""
    return [file for file in request.files.getlist(name) if file.filename]


def chosen_action(default: str = "save") -> str:
    """Which button was pressed."""
    return request.form.get("action", default)


def asked_number(name: str) -> int | None:
    """A number of the query string, or None where it is missing or no number of ours."""
    return as_id(request.args.get(name, ""))


def as_id(text: str) -> int | None:
    """A whole number that an id, a version or a page can be; None for anything else."""
    plain = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_ID))
    return int(text) if plain and int(text) <= LARGEST_ID else None


def typed_text() -> MultiDict[str, str]:
    """What a person typed, to be shown again."""
    return MultiDict((name, text) for name, text in request.form.items(True) if name not in OURS)


def check_owner() -> None:
    """A form knows whose it is: after another person's launch its post is refused, text kept."""
    owner = request.form.get("viewer")
    viewer = g.get("viewer") or g.get("holder")
    if owner and viewer and owner != str(viewer.user_id):
        raise FormOwnerChanged


def _flat(messages: dict[str, Any]) -> dict[str, list[str]]:
    """marshmallow nests the messages of list items; a page has one place a field."""
    flat: dict[str, list[str]] = {}
    for name, value in messages.items():
        found = flat.setdefault(str(name), [])
        queue = [value]
        while queue:
            one = queue.pop(0)
            if isinstance(one, dict):
                queue.extend(one.values())
            elif isinstance(one, list):
                queue.extend(one)
            elif str(one) not in found:
                found.append(str(one))
    return flat
