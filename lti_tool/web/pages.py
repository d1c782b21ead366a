"""What templates may leave out, and how they tell the time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from jinja2 import (
    ChoiceLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    Undefined,
    UndefinedError,
)
from jinja2.utils import missing

from lti_tool.clock import LONDON

# Names that the kit's macros use as if they were JavaScript's.
KIT_NAMES = (None, "caller", "undefined", "null")


class PageUndefined(StrictUndefined):
    """Loud about what a page forgot, quiet about options left out of the kit's macros."""

    def __new__(
        cls,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[Exception] = UndefinedError,
    ) -> Any:
        if isinstance(obj, dict) or name in KIT_NAMES:
            return Undefined(hint, obj, name, exc)  # type: ignore[arg-type]  # jinja2's own call
        return super().__new__(cls)


def local_time(instant: datetime) -> datetime:
    """The moment as clocks in the programme's schools show it."""
    return instant.astimezone(LONDON)


def init_app(app: Flask) -> None:
    """Our templates, and those of the kit under their own name."""
    app.jinja_env.undefined = PageUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["local_time"] = local_time
    app.jinja_loader = ChoiceLoader(
        [
            PackageLoader("lti_tool"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
