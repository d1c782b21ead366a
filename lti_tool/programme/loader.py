"""Reads a programme file, or says in one go everything that stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from marshmallow import ValidationError

from lti_tool.errors import Invalid
from lti_tool.programme.build import build_programme
from lti_tool.programme.checks import Mistake, cross_check
from lti_tool.programme.definition import Programme
from lti_tool.programme.schema import ProgrammeSchema, UnknownKey


class ProgrammeInvalid(Invalid):
    """A programme file cannot be used; every mistake in it is one line of the message."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


def load_programme(path: str | Path) -> Programme:
    """The programme in a file."""
    return parse_programme(read_programme(path), source=str(path))


def read_programme(path: str | Path) -> str:
    """The text of a programme file, as it stands."""
    try:
        return Path(path).read_bytes().decode()
    except OSError as error:
        sentence = f"{path}: cannot be opened ({error.strerror}). Check the path."
        raise ProgrammeInvalid([sentence]) from error
    except UnicodeDecodeError as error:
        sentence = f"{path}: is not text in UTF-8. Save it again with that encoding."
        raise ProgrammeInvalid([sentence]) from error


def parse_programme(text: str, source: str = "the programme") -> Programme:
    """The programme in a text; `source` is what messages call it."""
    data = _read_yaml(text, source)
    broken: list[Mistake] = []
    try:
        loaded = ProgrammeSchema().load(data)
    except ValidationError as error:
        broken = list(_flatten(error.normalized_messages()))
        loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
    mistakes = broken + cross_check(loaded, frozenset(path for path, _ in broken))
    if mistakes:
        raise ProgrammeInvalid([f"{source}: {path}: {sentence}" for path, sentence in mistakes])
    return build_programme(loaded)


def _read_yaml(text: str, source: str) -> dict[str, Any]:
    """Every scalar stays the text it is: 1.10 is not 1.1, and NO is not false."""
    try:
        loader = yaml.BaseLoader(text)
        root = loader.get_single_node()
        data = loader.construct_document(root) if root else None
    except yaml.YAMLError as error:
        raise ProgrammeInvalid([_syntax_mistake(error, text, source)]) from error
    if not isinstance(data, dict):
        sentence = "has no sections. Start from the file that comes with the tool."
        raise ProgrammeInvalid([f"{source}: {sentence}"])
    doubles = [f"{source}: {where}" for where in _doubled_keys(root, ())]
    if doubles:
        raise ProgrammeInvalid(doubles)
    return data


def _syntax_mistake(error: Any, text: str, source: str) -> str:
    """PyYAML marks the place of each mistake, and only counts up to a forbidden character."""
    if isinstance(error, yaml.reader.ReaderError):
        line, problem = text[: error.position].count("\n") + 1, "there is a character YAML refuses"
    else:
        line, problem = error.problem_mark.line + 1, error.problem
    return f"{source}: line {line}: {problem}. Look at this line and the one above it."


def _doubled_keys(node: yaml.Node | None, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, yaml.SequenceNode):
        for place, child in enumerate(node.value, start=1):
            yield from _doubled_keys(child, (*path, f"entry {place}"))
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        here = (*path, str(key.value))
        if key.value in seen:
            line = key.start_mark.line + 1
            yield f"{'.'.join(here)}: stands there twice (line {line}). Keep one of them."
        seen.add(key.value)
        yield from _doubled_keys(value, here)


def _flatten(messages: Any, path: str = "") -> Iterator[Mistake]:
    """marshmallow nests messages, and puts `key` and `value` between a mapping and its entries.

    Only places in a list are numbers: every key of the file is text.
    """
    if isinstance(messages, dict):
        for key, inner in messages.items():
            if key in ("key", "value", "_schema"):
                yield from _flatten(inner, path)
            elif isinstance(key, int):
                yield from _flatten(inner, f"{path}[entry {key + 1}]")
            else:
                yield from _flatten(inner, f"{path}.{key}" if path else str(key))
    else:
        for sentence in messages:
            if isinstance(sentence, UnknownKey):
                yield path, sentence.about(path.rpartition(".")[2])
            else:
                yield path, sentence
