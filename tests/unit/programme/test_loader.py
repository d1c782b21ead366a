"""A programme file is read whole, or every mistake in it is told with its place and its remedy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.programme.definition import (
    Entry,
    Level,
    Programme,
    ProgressionMode,
    StrandChoice,
)
from lti_tool.programme.loader import ProgrammeInvalid, load_programme, parse_programme
from tests.programme_files import PRESETS, text_of

Data = dict[Any, Any]


@pytest.fixture
def programme(default_text: str) -> Programme:
    """Read anew for each test here, since reading is what they are about."""
    return parse_programme(default_text)


def put(path: str, value: object) -> Callable[[Data], None]:
    """A change to a programme file: `value` at a dotted path, where `/` goes into a list."""

    def change(data: Data) -> None:
        *above, last = path.split("|")
        part: Any = data
        for key in above:
            part = part[int(key) if isinstance(part, list) else key]
        part[int(last) if isinstance(part, list) else last] = value

    return change


def leave_out(path: str) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        *above, last = path.split("|")
        part: Any = data
        for key in above:
            part = part[key]
        del part[last]

    return change


def data_of(text: str) -> Data:
    loaded: Data = yaml.load(text, Loader=yaml.BaseLoader)
    return loaded


def parse_changed(text: str, *changes: Callable[[Data], None]) -> Programme:
    data = data_of(text)
    for change in changes:
        change(data)
    return parse_programme(json.dumps(data, ensure_ascii=False), source="p.yaml")


def mistakes_of(text: str, *changes: Callable[[Data], None]) -> list[str]:
    with pytest.raises(ProgrammeInvalid) as refusal:
        parse_changed(text, *changes)
    assert refusal.value.sentence == "\n".join(refusal.value.mistakes)
    return list(refusal.value.mistakes)


EVERY_STRAND = ("1.1", "1.2", "2.1", "2.2", "3.1", "3.2", "4.1", "4.2")
STRANDS = f"Use one of {', '.join(EVERY_STRAND)}."
RECORDS = (
    "Use one of diagnosis_agreed, specialism_agreed, ethics_clearance, network_link, "
    "dissemination_record."
)
NEEDS_KEYS = "needs keys and values beneath it, each as `key: value`."
NEEDS_STRANDS = (
    "needs a list of strands, such as `['1.1', '1.2']`, or one of any, chosen_specialism."
)
LEVELS = "Use one of planned, claimed, attested, submitted, ratified."

ONE_MISTAKE = [
    # the shape of a part
    (leave_out("pass_mark"), "pass_mark: is missing. Add it."),
    (leave_out("framework"), "framework: is missing. Add it."),
    (leave_out("bands"), "bands: is missing. Add it."),
    (leave_out("modules|MTL3|title"), "modules.MTL3.title: is missing. Add it."),
    (leave_out("modules|MTL3|marking"), "modules.MTL3.marking: is missing. Add it."),
    (leave_out("modules|MTL3|strands"), "modules.MTL3.strands: is missing. Add it."),
    (leave_out("phases|2|core"), "phases.2.core: is missing. Add it."),
    (leave_out("phases|2|weights"), "phases.2.weights: is missing. Add it."),
    (leave_out("modules|MTL3|assess"), "modules.MTL3.assess: is missing. Add it."),
    (put("modules|MTL3|title", "  "), "modules.MTL3.title: is empty. Write something here."),
    (put("modules|MTL3|title", ["a"]), "modules.MTL3.title: needs a line of text."),
    (put("modules|MTL3|assess", "portfolio"), f"modules.MTL3.assess: {NEEDS_KEYS}"),
    (put("modules|MTL3", "portfolio"), f"modules.MTL3: {NEEDS_KEYS}"),
    (put("criteria", "none"), f"criteria: {NEEDS_KEYS}"),
    (put("records", ["a"]), f"records: {NEEDS_KEYS}"),
    (put("bands", "none"), "bands: needs a list, such as `[one, two]`."),
    (put("bands", []), "bands: is empty. Name at least one."),
    (put("coaching|duties", {}), "coaching.duties: is empty. Name at least one."),
    (
        put("modules|MTL1|requires", "all"),
        "modules.MTL1.requires: needs a list, such as `[one, two]`.",
    ),
    (put("boards|quorum", "0"), "boards.quorum: needs a whole number from 1 to 50."),
    (leave_out("boards|quorum"), "boards.quorum: is missing. Add it."),
    (put("pass_mark", "101"), "pass_mark: needs a whole number from 0 to 100."),
    (put("pass_mark", "-1"), "pass_mark: needs a whole number from 0 to 100."),
    (put("pass_mark", "49.5"), "pass_mark: needs a whole number from 0 to 100."),
    (put("pass_mark", "high"), "pass_mark: needs a whole number from 0 to 100."),
    (put("phases|1|core", "yes"), "phases.1.core: needs true or false."),
    (put("phases|1|core", "1"), "phases.1.core: needs true or false."),
    (
        put("modules|MTL3|marking", "double"),
        "modules.MTL3.marking: 'double' is not a choice here. Did you mean double_blind? "
        "Use one of single, sampled, double_blind.",
    ),
    (
        put("modules|MTL3|marking", ["single"]),
        "modules.MTL3.marking: Use one of single, sampled, double_blind.",
    ),
    (put("modules|MTL3|strands", "all"), f"modules.MTL3.strands: {NEEDS_STRANDS}"),
    (put("modules|MTL3|strands", [["1.1"]]), f"modules.MTL3.strands: {NEEDS_STRANDS}"),
    (put("modules|MTL3|strands", {"1.1": "x"}), f"modules.MTL3.strands: {NEEDS_STRANDS}"),
    (
        put("modules|MTL3|may_also", "chosen_specialism"),
        "modules.MTL3.may_also: needs a list of strands, such as `['1.1', '1.2']`, or one of any.",
    ),
    (
        put("progression|modes", "warn"),
        "progression.modes: is not known here. Did you mean mode? "
        "Use one of mode, parallel_modules.",
    ),
    (
        put("bands|1|floor", "60"),
        "bands[entry 2].floor: is not known here. Use one of from, name.",
    ),
    (
        put("time|clock_stops_for", ["career_break", ""]),
        "time.clock_stops_for[entry 2]: is empty. Write something here.",
    ),
    (put("bands|0|from", "x"), "bands[entry 1].from: needs a whole number from 0 to 100."),
    (
        put("phases|2|entry|credts", {"1": "60"}),
        "phases.2.entry.credts: is not known here. Did you mean credits? "
        "Use one of records, passed, credits, areas_attested.",
    ),
    (
        put("feedback|zzz", "1"),
        "feedback.zzz: is not known here. Use one of working_days, show_to_participant.",
    ),
    (
        put("completion|records", ["diagnosis_agred"]),
        "completion.records: 'diagnosis_agred' is no record. Did you mean diagnosis_agreed? "
        f"{RECORDS}",
    ),
    # codes
    (
        put("coaching|duties|talk", {"label": "Talk", "sentence": "Talking."}),
        "coaching.duties.talk: has a code longer than 1 character. Shorten it.",
    ),
    (
        put("records|network_lnk", "a record"),
        f"records.network_lnk: is no record that the tool keeps. Did you mean network_link? "
        f"{RECORDS}",
    ),
    (
        put("content_areas|CA4|strands|four point three", {"text": "more"}),
        "content_areas.CA4.strands.four point three: has a code with other signs than letters, "
        "digits, `.`, `_` and `-`. Change it.",
    ),
    (
        put("framework|version", "1" * 41),
        "framework.version: is longer than 40 characters. Shorten it.",
    ),
    # what must agree
    (
        put("modules|MTL3|strands", ["1.1", "1.9"]),
        f"modules.MTL3.strands: '1.9' is no strand. {STRANDS}",
    ),
    (
        put("modules|MTL3|may_also", ["5.1"]),
        f"modules.MTL3.may_also: '5.1' is no strand. {STRANDS}",
    ),
    (
        put("modules|MTL3|strands", []),
        "modules.MTL3.strands: is empty. Name at least one strand, or say `any`.",
    ),
    (
        put("modules|MTL3|strands", ["1.1", "1.1"]),
        "modules.MTL3.strands: names a strand twice. Name each once.",
    ),
    (
        put("modules|MTL3|may_also", ["2.1", "2.1"]),
        "modules.MTL3.may_also: names a strand twice. Name each once.",
    ),
    (put("modules|MTL1|requires", ["x"]), f"modules.MTL1.requires: 'x' is no record. {RECORDS}"),
    (
        put("modules|MTL1|min_areas", "5"),
        "modules.MTL1.min_areas: is more than the 4 content areas. Lower it.",
    ),
    (
        put("content_areas|CA2|strands|1.1", {"text": "again"}),
        "content_areas.CA2.strands.1.1: is already a strand of CA1. Give it a number of its own.",
    ),
    (
        put("modules|MTL8|credits", "45"),
        "phases.3.credits: is 60, but the modules of phase 3 have 65 together. "
        "Change one so that they agree.",
    ),
    (
        put("framework|credits", "181"),
        "phases: have 180 credits together, but framework.credits is 181. "
        "Change one so that they agree.",
    ),
    (
        put("completion|credits", "181"),
        "completion.credits: asks for 181, but the programme has only 180. Use 180 or less.",
    ),
    (
        put("phases|2|weights|K", "21"),
        "phases.2.weights: add up to 101. Change them so that they add up to 100.",
    ),
    (
        put("phases|1|weights", {"K": "20", "E": "25", "A": "20", "R": "20", "I": "15"}),
        "phases.1.weights: says nothing for C. Give it a weight, 0 if it does not count.",
    ),
    (
        put("phases|1|weights|X", "0"),
        "phases.1.weights: 'X' is no criterion. Use one of K, E, A, R, I, C.",
    ),
    (
        put("phases|1|entry", {"records": ["diagnosis_agreed"]}),
        "phases.1.entry: is a condition for the first phase, open to all. Remove it.",
    ),
    (
        put("phases|1|entry", {"areas_attested": "1"}),
        "phases.1.entry: is a condition for the first phase, open to all. Remove it.",
    ),
    (
        put("phases|2|entry|records", ["x"]),
        f"phases.2.entry.records: 'x' is no record. {RECORDS}",
    ),
    (
        put("phases|2|entry|passed", ["MTL3"]),
        "phases.2.entry.passed: 'MTL3' is no module of an earlier phase. Use one of MTL1, MTL2.",
    ),
    (
        put("phases|2|entry|credits", {"2": "15"}),
        "phases.2.entry.credits: '2' is no earlier phase. Use one of 1.",
    ),
    (
        put("phases|3|entry|credits|2", "61"),
        "phases.3.entry.credits.2: is 61, but phase 2 has 60. Lower it.",
    ),
    (
        put("phases|3|entry|areas_attested", "5"),
        "phases.3.entry.areas_attested: is more than the 4 content areas. Lower it.",
    ),
    (put("completion|records", ["x"]), f"completion.records: 'x' is no record. {RECORDS}"),
    (
        put("completion|areas_covered", "none"),
        f"completion.areas_covered: 'none' would ask for nothing. {LEVELS}",
    ),
    (
        put("completion|strand_target|level", "none"),
        f"completion.strand_target.level: 'none' would ask for nothing. {LEVELS}",
    ),
    (
        put("bands|1|from", "70"),
        "bands[entry 2].from: is 70, after 70. Put the bands in order, the highest first.",
    ),
    (put("bands|4|from", "1"), "bands: end at 1. Let the last one begin at 0."),
    (
        put("apl|max_credits", "181"),
        "apl.max_credits: is 181, more than the 180 credits of the award. Lower it.",
    ),
    (
        put("compensation|max_credits", "181"),
        "compensation.max_credits: is 181, more than the 180 credits of the award. Lower it.",
    ),
    (
        put("framework|exit_awards|PGDip", "181"),
        "framework.exit_awards.PGDip: is 181, more than the 180 credits of the award. Lower it.",
    ),
    (
        put("late|deduct", "0"),
        "late.deduct: is missing or 0. Say how much marks_per_working_day takes off for each.",
    ),
    (
        put("late", {"rule": "cap_at_pass", "deduct": "5"}),
        "late.deduct: says nothing under cap_at_pass. Leave it out.",
    ),
    (
        put("late", {"rule": "refuse", "zero_after_days": "5"}),
        "late.zero_after_days: says nothing where late work is refused. Leave it out.",
    ),
    (
        put("reassessment|cap", "49"),
        "reassessment.cap: is under the pass mark of 50, so that nobody could pass a further "
        "attempt. Raise it.",
    ),
]


@pytest.mark.parametrize(("change", "mistake"), ONE_MISTAKE, ids=[m for _, m in ONE_MISTAKE])
def test_a_mistake_is_told_with_its_place_and_its_remedy(
    default_text: str, change: Callable[[Data], None], mistake: str
) -> None:
    assert mistakes_of(default_text, change) == [f"p.yaml: {mistake}"]


def test_all_mistakes_are_told_at_once(default_text: str) -> None:
    assert mistakes_of(
        default_text,
        put("modules|MTL2|credits", "many"),
        put("modules|MTL3|strands", ["1.9"]),
        put("pass_mark", "200"),
        put("bands|4|from", "1"),
    ) == [
        "p.yaml: modules.MTL2.credits: needs a whole number from 1 to 1000.",
        "p.yaml: pass_mark: needs a whole number from 0 to 100.",
        f"p.yaml: modules.MTL3.strands: '1.9' is no strand. {STRANDS}",
        "p.yaml: bands: end at 1. Let the last one begin at 0.",
    ]


WHERE_OTHER_PARTS_LOOK = [
    "framework",
    "framework|credits",
    "framework|exit_awards|PGDip",
    "content_areas",
    "content_areas|CA4",
    "content_areas|CA1|strands",
    "content_areas|CA1|strands|1.1",
    "content_areas|CA1|strands|1.1|text",
    "records",
    "records|network_link",
    "phases",
    "phases|1",
    "phases|2|credits",
    "phases|2|weights",
    "phases|2|weights|K",
    "phases|3|entry",
    "phases|3|entry|credits",
    "phases|3|entry|credits|1",
    "phases|3|entry|areas_attested",
    "modules",
    "modules|MTL1",
    "modules|MTL3|phase",
    "modules|MTL3|credits",
    "modules|MTL3|strands",
    "modules|MTL1|min_areas",
    "criteria",
    "criteria|K",
    "bands",
    "bands|2",
    "bands|4|from",
    "completion",
    "completion|credits",
    "completion|strand_target",
    "completion|strand_target|level",
    "apl",
    "apl|max_credits",
    "compensation",
    "compensation|max_credits",
]
LISTS = [
    "modules|MTL1|requires",
    "modules|MTL3|strands",
    "modules|MTL3|may_also",
    "phases|2|entry|records",
    "phases|2|entry|passed",
    "completion|records",
    "bands",
]


@pytest.mark.parametrize("place", WHERE_OTHER_PARTS_LOOK)
def test_a_part_that_cannot_be_read_causes_no_further_complaints(
    default_text: str, place: str
) -> None:
    shown = place.replace("bands|2", "bands[entry 3]").replace("bands|4", "bands[entry 5]")
    (mistake,) = mistakes_of(default_text, put(place, [["x"]]))
    assert mistake.startswith(f"p.yaml: {shown.replace('|', '.')}")


@pytest.mark.parametrize("place", LISTS)
def test_a_word_in_place_of_a_list_causes_no_further_complaints(
    default_text: str, place: str
) -> None:
    (mistake,) = mistakes_of(default_text, put(place, "x"))
    assert mistake.startswith(f"p.yaml: {place.replace('|', '.')}: needs a list")


def test_what_rests_on_other_parts_is_still_told(default_text: str) -> None:
    mistakes = mistakes_of(
        default_text,
        put("phases|1|credits", "x"),
        put("phases|1|weights", "x"),
        put("phases|2|weights|K", "21"),
        put("modules|MTL8|credits", "45"),
        put("apl|max_credits", "x"),
        put("compensation|max_credits", "181"),
    )
    assert mistakes == [
        "p.yaml: phases.1.credits: needs a whole number from 1 to 1000.",
        f"p.yaml: phases.1.weights: {NEEDS_KEYS}",
        "p.yaml: apl.max_credits: needs a whole number from 0 to 1000.",
        "p.yaml: phases.3.credits: is 60, but the modules of phase 3 have 65 together. "
        "Change one so that they agree.",
        "p.yaml: phases.2.weights: add up to 101. Change them so that they add up to 100.",
        "p.yaml: compensation.max_credits: is 181, more than the 180 credits of the award. "
        "Lower it.",
    ]


def test_every_limit_may_be_reached(default_text: str) -> None:
    programme = parse_changed(
        default_text,
        put("framework|exit_awards|PGDip", "180"),
        put("apl|max_credits", "180"),
        put("compensation|max_credits", "180"),
        put("phases|1|entry", {"records": [], "areas_attested": "0"}),
    )
    assert programme.policies["exit_awards"]["PGDip"] == 180


def test_a_phase_without_a_number_causes_no_further_complaints(default_text: str) -> None:
    def rename(data: Data) -> None:
        data["phases"] = {{"2": "x"}.get(key, key): phase for key, phase in data["phases"].items()}

    assert mistakes_of(default_text, rename) == [
        "p.yaml: phases.x: needs a whole number from 1 to 9."
    ]


def test_phases_are_numbered_from_1_without_a_gap(default_text: str) -> None:
    def renumber(data: Data) -> None:
        data["phases"]["4"] = data["phases"].pop("3")
        for code in ("MTL7", "MTL8"):
            data["modules"][code]["phase"] = "4"

    assert mistakes_of(default_text, renumber) == [
        "p.yaml: phases: are not numbered 1, 2, 3 and so on in order. Number them so."
    ]


def test_a_module_of_a_phase_that_does_not_exist_is_told(default_text: str) -> None:
    assert mistakes_of(default_text, put("modules|MTL8|phase", "4")) == [
        "p.yaml: phases.3.credits: is 60, but the modules of phase 3 have 20 together. "
        "Change one so that they agree.",
        "p.yaml: modules.MTL8.phase: '4' is no phase. Use one of 1, 2, 3.",
    ]


def test_a_record_is_asked_for_only_where_there_are_records(default_text: str) -> None:
    mistakes = mistakes_of(default_text, leave_out("records"))
    assert mistakes[0] == (
        "p.yaml: modules.MTL1.requires: 'diagnosis_agreed' is no record. "
        "There is no record in this file yet: add it."
    )


def places_in(part: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = part.items() if isinstance(part, dict) else enumerate(part)
    found = [above] if above else []
    for key, value in inner if isinstance(part, dict | list) else ():
        found += places_in(value, (*above, key))
    return found


@settings(max_examples=min(60, settings.default.max_examples))
@given(
    choice=st.integers(min_value=0),
    junk=st.sampled_from(["", "x", "-1", "999", [], ["x"], [["x"]], {}, {"x": "y"}, [{}]]),
)
def test_junk_anywhere_is_refused_in_sentences_or_read(
    default_text: str, choice: int, junk: object
) -> None:
    data = data_of(default_text)
    places = places_in(data)
    place = places[choice % len(places)]
    mistakes: tuple[str, ...] = ()
    try:
        parse_changed(default_text, put("|".join(map(str, place)), junk))
    except ProgrammeInvalid as refusal:
        mistakes = refusal.mistakes
    assert all(mistake.endswith(".") for mistake in mistakes)


# -- what does not read as YAML


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "has no sections. Start from the file that comes with the tool."),
        ("- a\n- b\n", "has no sections. Start from the file that comes with the tool."),
        (
            "a: 1\nb: [1\nc: 2\n",
            "line 3: expected ',' or ']', but got ':'. Look at this line and the one above it.",
        ),
        (
            "a: 1\nb: \x00\n",
            "line 2: there is a character YAML refuses. Look at this line and the one above it.",
        ),
        ("a: 1\nb: 2\na: 3\n", "a: stands there twice (line 3). Keep one of them."),
        ("a:\n  b: 1\n  b: 2\n", "a.b: stands there twice (line 3). Keep one of them."),
        (
            "a:\n- x: 1\n- b: 1\n  b: 2\n",
            "a.entry 2.b: stands there twice (line 4). Keep one of them.",
        ),
    ],
)
def test_a_text_that_is_no_programme_is_told_with_its_line(text: str, mistake: str) -> None:
    with pytest.raises(ProgrammeInvalid) as refusal:
        parse_programme(text, source="p.yaml")
    assert refusal.value.mistakes == (f"p.yaml: {mistake}",)


def test_a_text_without_a_name_is_called_the_programme() -> None:
    with pytest.raises(ProgrammeInvalid, match=r"^the programme: has no sections\."):
        parse_programme("")


def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.yaml"
    with pytest.raises(ProgrammeInvalid) as refusal:
        load_programme(path)
    sentence = "cannot be opened (No such file or directory). Check the path."
    assert refusal.value.mistakes == (f"{path}: {sentence}",)


def test_a_file_in_another_encoding_is_told_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("title: Fähigkeit".encode("latin-1"))
    with pytest.raises(ProgrammeInvalid) as refusal:
        load_programme(path)
    sentence = "is not text in UTF-8. Save it again with that encoding."
    assert refusal.value.mistakes == (f"{path}: {sentence}",)


def test_mistakes_in_a_file_begin_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("", encoding="utf-8")
    with pytest.raises(ProgrammeInvalid) as refusal:
        load_programme(str(path))
    assert refusal.value.sentence.startswith(f"{path}: has no sections.")


# -- what is read


def test_scalars_stay_the_text_they_are(default_text: str) -> None:
    programme = parse_changed(
        default_text,
        put("framework|version", "1.10"),
        put("content_areas|CA1|short", "NO"),
    )
    assert (programme.version, programme.areas[0].short) == ("1.10", "NO")


def test_areas_and_strands_need_no_short_label(default_text: str) -> None:
    programme = parse_changed(
        default_text,
        leave_out("content_areas|CA3|short"),
        leave_out("content_areas|CA3|strands|3.2|short"),
    )
    assert programme.area("CA3").short == "CA3"
    assert programme.strand("3.2").short == "inclusion, including SEN, EAL"


def test_strands_and_criteria_need_no_example(default_text: str) -> None:
    programme = parse_changed(
        default_text,
        leave_out("content_areas|CA3|strands|3.2|example"),
        leave_out("criteria|K|example"),
    )
    assert (programme.strand("3.2").example, programme.criterion("K").example) == ("", "")


@pytest.mark.parametrize("preset", PRESETS)
def test_both_files_have_an_example_for_every_strand_and_criterion(preset: str) -> None:
    programme = parse_programme(text_of(preset))
    assert all(each.example for each in (*programme.strands, *programme.criteria))


def test_what_may_be_left_out_has_the_plain_meaning(default_text: str) -> None:
    programme = parse_changed(
        default_text,
        leave_out("phases|2|entry"),
        leave_out("modules|MTL3|may_also"),
        leave_out("modules|MTL3|apl_allowed"),
    )
    assert programme.phase(2).entry == Entry()
    module = programme.module("MTL3")
    assert not module.accepts("2.1")
    assert (module.min_areas, module.requires, module.compensable) == (0, (), True)
    assert not module.apl_allowed


@pytest.mark.parametrize(
    ("code", "choice", "strands", "further"),
    [
        ("MTL1", StrandChoice.ANY, EVERY_STRAND, ()),
        ("MTL3", StrandChoice.FIXED, ("1.1", "1.2"), EVERY_STRAND[2:]),
        ("MTL4", StrandChoice.FIXED, ("2.1", "2.2"), ("1.1", "3.2")),
        ("MTL7", StrandChoice.SPECIALISM, EVERY_STRAND, ()),
    ],
)
def test_what_a_module_is_about_and_may_claim_besides_is_read(
    default_text: str,
    code: str,
    choice: StrandChoice,
    strands: tuple[str, ...],
    further: tuple[str, ...],
) -> None:
    some = put("modules|MTL4|may_also", ["1.1", "2.1", "3.2"])
    module = parse_changed(default_text, some).module(code)
    assert (module.choice, module.strands, module.further_strands) == (choice, strands, further)


def test_modules_come_in_the_order_of_their_phases(default_text: str) -> None:
    def move_first_to_the_end(data: Data) -> None:
        data["modules"]["MTL1"] = data["modules"].pop("MTL1")

    programme = parse_changed(default_text, move_first_to_the_end)
    assert [module.code for module in programme.modules][:3] == ["MTL2", "MTL1", "MTL3"]


def test_every_part_of_the_default_file_is_read(programme: Programme, default_text: str) -> None:
    data = data_of(default_text)
    assert (programme.id, programme.version) == ("mtl-england-2009", "1.0")
    assert programme.award == "Masters in Teaching and Learning"
    assert programme.mode is ProgressionMode.WARN
    assert programme.parallel_modules == 1
    assert programme.pass_mark == 50
    assert programme.credits == 180
    assert [(p.number, p.title, p.core, p.credits) for p in programme.phases] == [
        (1, "Developing", True, 60),
        (2, "Broadening and embedding", True, 60),
        (3, "Deepening", False, 60),
    ]
    assert programme.weights(1) == {"K": 20, "E": 25, "A": 20, "R": 20, "I": 10, "C": 5}
    areas = {
        area.id: {
            "short": area.short,
            "strands": {
                s.id: {"short": s.short, "text": s.text, "example": s.example} for s in area.strands
            },
        }
        for area in programme.areas
    }
    assert areas == data["content_areas"]
    assert all(s.area_id == area.id for area in programme.areas for s in area.strands)
    assert programme.module("MTL1").phase == 1
    assert programme.phase(2).entry.records == ("diagnosis_agreed",)
    assert programme.phase(3).entry == Entry(
        records=("specialism_agreed",), credits={1: 60, 2: 45}, areas_attested=4
    )
    assert programme.phase(2).entry.passed == ("MTL1",)
    for name, module in data["modules"].items():
        read = programme.module(name)
        assert (read.title, read.marking.value) == (module["title"], module["marking"])
        assert (read.kind, str(read.words)) == tuple(module["assess"].values())
        assert str(read.credits) == module["credits"]
        assert list(read.requires) == module.get("requires", [])
        assert str(read.min_areas) == module.get("min_areas", "0")
        assert read.apl_allowed == (module["apl_allowed"] == "true")
        assert read.compensable == (name != "MTL8")
    assert {
        c.id: {"label": c.label, "asks": c.asks, "example": c.example} for c in programme.criteria
    } == data["criteria"]
    assert [{"from": str(b.floor), "name": b.name} for b in programme.bands] == data["bands"]
    assert {r.id: r.label for r in programme.records} == data["records"]
    assert {d.id: {"label": d.label, "sentence": d.sentence} for d in programme.duties} == data[
        "coaching"
    ]["duties"]


def test_completion_is_read(programme: Programme) -> None:
    completion = programme.completion
    assert (completion.credits, completion.areas_level) == (180, Level.RATIFIED)
    assert (completion.strand_level, completion.strand_count) == (Level.ATTESTED, 2)
    assert completion.strand_hard is False
    assert completion.records == (
        "diagnosis_agreed",
        "specialism_agreed",
        "network_link",
        "dissemination_record",
    )


def test_a_board_needs_three_where_the_programme_names_no_quorum(default_text: str) -> None:
    assert parse_changed(default_text, leave_out("boards")).policies["boards"] == {"quorum": 3}


def test_sections_for_later_are_kept_as_plain_values(programme: Programme) -> None:
    assert set(programme.policies) == {
        "level", "exit_awards", "component_minimum", "classification", "compensation",
        "reassessment", "late", "feedback", "apl", "time", "moderation", "boards",
        "gradebook",
        "retention", "coaching", "eligibility",
    }  # fmt: skip
    assert programme.policies["exit_awards"] == {"PGCert": 60, "PGDip": 120}
    assert programme.policies["level"] == "FHEQ 7"
    assert programme.policies["apl"]["max_credits"] == 30
    assert programme.policies["gradebook"]["send_at"] == "provisional_release"
    assert programme.policies["coaching"]["attestation_required"] is True
    assert "duties" not in programme.policies["coaching"]


@settings(max_examples=min(20, settings.default.max_examples))
@given(
    credits=st.lists(st.integers(1, 60), min_size=2, max_size=8),
    weights=st.lists(st.integers(0, 16), min_size=5, max_size=5),
    floors=st.sets(st.integers(1, 100), max_size=6),
)
def test_a_programme_written_to_a_file_is_read_back_as_it_was(
    default_text: str, credits: list[int], weights: list[int], floors: set[int]
) -> None:
    shares = [*weights, 100 - sum(weights)]
    starts = [*sorted(floors, reverse=True), 0]

    def reshape(data: Data) -> None:
        module = data["modules"]["MTL2"]
        data["framework"] |= {"credits": sum(credits), "exit_awards": {}}
        data["completion"]["credits"] = sum(credits)
        data["apl"]["max_credits"] = data["compensation"]["max_credits"] = 0
        data["phases"] = {"1": data["phases"]["1"] | {"credits": sum(credits)}}
        data["phases"]["1"]["weights"] = dict(zip("KEARIC", shares, strict=True))
        data["modules"] = {f"M{n}": module | {"credits": c} for n, c in enumerate(credits)}
        data["bands"] = [{"from": start, "name": f"from {start}"} for start in starts]

    programme = parse_changed(default_text, reshape)
    assert [module.credits for module in programme.modules] == credits
    assert list(programme.weights(1).values()) == shares
    assert [band.floor for band in programme.bands] == starts
    assert all(programme.band_of(start).name == f"from {start}" for start in starts)
