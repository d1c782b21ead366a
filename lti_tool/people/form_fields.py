"""What people type into forms, as a browser sends it."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate

LONGEST_LINE = 200
LONGEST_TEXT = 5_000


class Text(fields.String):
    """A text with line breaks of one kind and no space around it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        return text.replace("\r\n", "\n").replace("\x00", "").strip()


class Number(fields.Field[int]):
    """A whole number that may be left empty."""

    def __init__(self, low: int, high: int, **options: Any) -> None:
        super().__init__(load_default=None, **options)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = str(value).strip()
        if not text:
            return None
        plain = text.isascii() and text.isdecimal() and len(text) < 10
        if not plain or not self.low <= int(text) <= self.high:
            raise ValidationError(f"Enter a whole number from {self.low} to {self.high}.")
        return int(text)


class DateInParts(fields.Field[Any]):
    """A date that comes as `<name>-day`, `-month` and `-year`; None where all are empty."""

    def __init__(self, missing: str = "", **options: Any) -> None:
        super().__init__(load_default=None, **options)
        self.missing = missing

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **_: Any) -> Any:
        parts = [_text(data.get(f"{attr}-{part}")) for part in ("year", "month", "day")]
        if not any(parts):
            if self.missing:
                raise ValidationError(self.missing)
            return None
        try:
            found = date(*(int(part) for part in parts))
        except (ValueError, OverflowError):
            raise ValidationError("Enter a real date, such as 12 11 2026.") from None
        if found.year < 1950:
            raise ValidationError("Enter the year in full, such as 2026.")
        return found


def line(missing: str = "", longest: int = LONGEST_LINE, **options: Any) -> Text:
    """A text of one line; `missing` is what is said where it is left out."""
    checks = [validate.Length(max=longest, error=f"Use {longest:,} characters or fewer.")]
    if not missing:
        return Text(load_default="", validate=checks, **options)
    checks.append(validate.Length(min=1, error=missing))
    return Text(required=True, validate=checks, error_messages={"required": missing}, **options)


def prose(missing: str = "", **options: Any) -> Text:
    """A longer text."""
    return line(missing, LONGEST_TEXT, **options)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
