"""Candidate numbers in the place of names: in texts, in addresses and in the names of files.

A portfolio of practice cannot be made wholly nameless. Names that the tool knows of are replaced;
what else people wrote is theirs, and the pages say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

T = TypeVar("T")
SHORTEST = 3  # letters of a part of a name that is looked for by itself
EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,8})$")
BY_MEDIA_TYPE = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/plain": "txt",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
}
LEFT_OUT = "(a web address with a name in it, left out)"


@dataclass(frozen=True)
class Names:
    """Whose names are replaced, each with the words that stand there instead."""

    words: Mapping[str, str]  # a name as it is written, whole or a part of it → words

    @classmethod
    def of(
        cls, people: Iterable[tuple[str, str]], only_whole: Iterable[tuple[str, str]] = ()
    ) -> Names:
        """People as (name, words). Whole names come before their parts, the first before others.

        Of schools, and of people who are far from the work, `only_whole` names are looked for.
        """
        whole: dict[str, str] = {}
        parts: dict[str, str] = {}
        for name, words in people:
            plain = " ".join(name.split())
            if plain:
                whole.setdefault(plain, words)
            for part in re.split(r"[\s\-–.,]+", plain):
                if len(part) >= SHORTEST:
                    parts.setdefault(part, words)
        for name, words in only_whole:
            plain = " ".join(name.split())
            if " " in plain:  # one word alone may well be a word of the language
                whole.setdefault(plain, words)
        return cls({**parts, **whole})

    def masked(self, text: str) -> str:
        """The text without these names.

        A part of a name counts only with its capital: Will is somebody, will is a word.
        """
        if not self.words or not text:
            return text
        if "://" in text and self._is_in(text):
            text = re.sub(r"\S+://\S+", lambda found: self._address(found[0]), text)
        return self._pattern.sub(lambda found: self._meant[_key(found[0])], text)

    def without(self, value: T) -> T:
        """The same of every text in a value made of dataclasses, tuples, lists and mappings."""
        return self._without(value)

    def _without(self, value: Any) -> Any:
        if isinstance(value, str):
            told = self.masked(value)
            return value if told == value else told  # a member of an enum stays one
        if isinstance(value, Mapping):
            return {key: self._without(each) for key, each in value.items()}
        if isinstance(value, tuple | list):
            return type(value)(self._without(each) for each in value)
        if is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in fields(value) if field.init]
            return replace(value, **{one: self._without(getattr(value, one)) for one in names})
        return value

    def _address(self, text: str) -> str:
        return LEFT_OUT if self._is_in(text) else text

    def _is_in(self, text: str) -> bool:
        low = text.lower()
        return any(word.lower() in low for word in self.words if " " not in word)

    @cached_property
    def _meant(self) -> dict[str, str]:
        return {_key(name): words for name, words in self.words.items()}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        ordered = sorted(self.words, key=len, reverse=True)
        return re.compile("|".join(_searched(name) for name in ordered))


def script_name(candidate: str, module_code: str, attempt: int) -> str:
    """What a script is called where nobody is named, without an ending."""
    again = f"-attempt{attempt}" if attempt > 1 else ""
    return f"{_plain(candidate)}-{_plain(module_code)}{again}"


def file_name(script: str, number: int, original: str, media_type: str) -> str:
    """What a file of a script is called: candidate-module-n.ext."""
    found = EXTENSION.search(original)
    ending = BY_MEDIA_TYPE.get(media_type) or (found[1].lower() if found else "bin")
    return f"{script}-{number}.{ending}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "", text) or "x"


def _key(text: str) -> str:
    return " ".join(text.split()).lower()


def _searched(name: str) -> str:
    """A whole name in any case and spacing; a part of one with its capital, or all in capitals."""
    words = name.split(" ")
    if len(words) > 1:
        spaced = r"\s+".join(re.escape(word) for word in words)
        return rf"(?i:\b{spaced}\b)"
    forms = {name[:1].upper() + name[1:], name.upper(), name}
    return rf"\b(?:{'|'.join(re.escape(form) for form in sorted(forms))})\b"
