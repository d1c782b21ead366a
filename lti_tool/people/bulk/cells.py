"""What one cell of a spreadsheet means: pure, and each refusal says what to write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from lti_tool.errors import Invalid

# What makes a spreadsheet take a text for a formula when it opens a file.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = tuple("=+-@＝＋－＠\t\r\n")
SERIAL_ZERO = date(1899, 12, 30)  # spreadsheets count days from here
SERIALS = range(18_264, 73_051)  # 1950 to 2099
YEARS = range(1950, 2100)
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: 00:00(?::00)?)?")
IN_WORDS = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})[ -](\d{4})")
ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WRITE_DATE = "Write a date such as 2010-01-04 or 04/01/2010 (day first), with the year in full."


def guarded(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if _is_formula(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    inner = text.lstrip("'")
    return inner.startswith(FORMULA) or inner.strip().startswith(FORMULA)


def one_line(longest: int) -> Callable[[str], str]:
    """A text of one line; a line break within it is a space."""

    def parse(text: str) -> str:
        found = unicodedata.normalize("NFC", " ".join(unguarded(text).split()))
        if len(found) > longest:
            raise Invalid(f"Use {longest} characters or fewer; these are {len(found)}.")
        if not found.isprintable():
            raise Invalid("It holds a character that cannot be seen. Type the text anew.")
        return found

    return parse


def day(text: str) -> date:
    """A date as people and spreadsheets write it, the day before the month."""
    found = _day(text.strip())
    if found is None or found.year not in YEARS:
        raise Invalid(WRITE_DATE)
    return found


def _day(text: str) -> date | None:
    try:
        if text.isascii() and text.isdecimal():
            return SERIAL_ZERO + timedelta(int(text)) if _is_serial(text) else None
        if match := ISO.fullmatch(text):
            return date(*(int(each) for each in match.groups()))
        if match := DAY_FIRST.fullmatch(text):
            number, month, year = (int(each) for each in match.groups())
            return date(year, month, number)
        if match := IN_WORDS.fullmatch(text):
            month = MONTHS.index(match[2][:3].lower()) + 1
            return date(int(match[3]), month, int(match[1]))
    except ValueError:
        return None
    return None


def _is_serial(text: str) -> bool:
    return len(text) == 5 and int(text) in SERIALS


def one_of(words: Mapping[str, str]) -> Callable[[str], str]:
    """A code, written as itself or as the words that pages show for it."""

    def parse(text: str) -> str:
        wanted = " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
        for code, label in words.items():
            if wanted in (code.replace("_", " "), label.casefold().replace("-", " ")):
                return code
        raise Invalid(f"Use one of {', '.join(words)}.")

    return parse


def digits(count: int, name: str) -> Callable[[str], str]:
    """A number that is a name, such as a URN."""

    def parse(text: str) -> str:
        found = text.strip()
        if not (found.isascii() and found.isdecimal() and len(found) == count):
            raise Invalid(f"A {name} has {count} digits.")
        return found

    return parse


def number(text: str) -> int:
    """A number that the tool gave somebody."""
    found = text.strip()
    if not (found.isascii() and found.isdecimal() and 0 < len(found) < 10):
        raise Invalid("Give the number that the tool shows for this person.")
    return int(found)


def code(text: str) -> str:
    """A candidate number, in capitals."""
    return one_line(20)(text).upper()


def key(text: str) -> str:
    """An id that a VLE gave, as it stands."""
    return one_line(255)(text)


def is_address(text: str) -> bool:
    """Whether a text is a mail address, roughly: one sign in the middle and no space."""
    return ADDRESS.fullmatch(text) is not None


def shares_a_word(one: str, other: str) -> bool:
    """Whether two names could be one person's, however accents and capitals are typed."""
    return bool(_words(one) & _words(other))


def _words(name: str) -> set[str]:
    bare = unicodedata.normalize("NFKD", name)
    kept = "".join(
        each if each.isalnum() else " " for each in bare if not unicodedata.combining(each)
    )
    return set(kept.casefold().split())
