"""Who may join: each rule of the description with its near misses, and what holds for any facts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.people import schools
from lti_tool.programme.comparison import compare
from lti_tool.programme.definition import Programme
from lti_tool.programme.eligibility import Answer, evaluate, facts_asked, has_rules
from lti_tool.programme.eligibility_facts import ABOUT_THE_SCHOOL, FACTS, Kind, fits, is_year
from lti_tool.programme.loader import ProgrammeInvalid, parse_programme
from tests.programme_files import SMALL, changed, text_of

Facts = dict[str, str]
NQT: Facts = {"role": "nqt", "qts_year": "2008/09", "post_year": "2009/10"}
HEAD: Facts = {"role": "head_of_department", "newly_recruited": "yes", "post_year": "2010/11"}
PLAIN: Facts = {
    "region": "london",
    "school_phase": "secondary",
    "fsm_percent": "12",
    "leadership_ofsted": "satisfactory",
    "adviser_judged_effective_with_capacity": "no",
    "national_challenge_support": "no",
    "in_city_challenge_area": "no",
    "intensive": "none",
    "offered_package": "no",
}
CHALLENGING: Facts = {"fsm_percent": "30", "leadership_ofsted": "good", "offered_package": "yes"}
NATIONAL: Facts = {"national_challenge_support": "yes"}
CITY: Facts = {"in_city_challenge_area": "yes", "intensive": "keys_to_success"}
NORTH_WEST: Facts = {"region": "north_west"}

ELIGIBLE: dict[str, tuple[str, Facts]] = {
    "a primary school in the North West": (
        "E1", NQT | PLAIN | NORTH_WEST | {"school_phase": "primary"},
    ),
    "a secondary school in the North West": ("E1", NQT | PLAIN | NORTH_WEST),
    "a later post": ("E1", NQT | PLAIN | NORTH_WEST | {"post_year": "2010/11"}),
    "an all-through school": ("E1", NQT | PLAIN | NORTH_WEST | {"school_phase": "all_through"}),
    "North West and National Challenge": ("E1", NQT | PLAIN | NORTH_WEST | NATIONAL),
    "National Challenge": ("E2", NQT | PLAIN | NATIONAL),
    "Keys to Success": ("E2", NQT | PLAIN | CITY),
    "Pathways": ("E2", NQT | PLAIN | CITY | {"intensive": "pathways_to_achievement"}),
    "a special school in the North West, supported": (
        "E2", NQT | PLAIN | NORTH_WEST | NATIONAL | {"school_phase": "special"},
    ),
    "challenging by Ofsted": ("E3", NQT | PLAIN | CHALLENGING),
    "challenging, outstanding": (
        "E3", NQT | PLAIN | CHALLENGING | {"leadership_ofsted": "outstanding"},
    ),
    "challenging by an adviser": (
        "E3",
        NQT | PLAIN | CHALLENGING
        | {"leadership_ofsted": "inadequate", "adviser_judged_effective_with_capacity": "yes"},
    ),
    "a head of department, National Challenge": (
        "E4", HEAD | PLAIN | NATIONAL | {"post_year": "2009/10"},
    ),
    "a head of department, challenging": ("E5", HEAD | PLAIN | CHALLENGING),
    "a head of department in the North West, challenging": (
        "E5", HEAD | PLAIN | CHALLENGING | NORTH_WEST,
    ),
}  # fmt: skip

NEAR_MISSES: dict[str, Facts] = {
    "E1: qualified a year early": NQT | PLAIN | NORTH_WEST | {"qts_year": "2007/08"},
    "E1: qualified a year late": NQT | PLAIN | NORTH_WEST | {"qts_year": "2009/10"},
    "E1: in post a year early": NQT | PLAIN | NORTH_WEST | {"post_year": "2008/09"},
    "E1: another region": NQT | PLAIN | {"region": "west_midlands"},
    "E1: neither new nor head": NQT | PLAIN | NORTH_WEST | {"role": "teacher"},
    "E2: area, not intensive": NQT | PLAIN | {"in_city_challenge_area": "yes"},
    "E2: intensive, no such area": NQT | PLAIN | {"intensive": "keys_to_success"},
    "E3: 29 per cent": NQT | PLAIN | CHALLENGING | {"fsm_percent": "29"},
    "E3: leadership": NQT | PLAIN | CHALLENGING | {"leadership_ofsted": "satisfactory"},
    "E3: no package": NQT | PLAIN | CHALLENGING | {"offered_package": "no"},
    "E3: a primary school": NQT | PLAIN | CHALLENGING | {"school_phase": "primary"},
    "E4: no new head": HEAD | PLAIN | NATIONAL | {"newly_recruited": "no"},
    "E4: a year early": HEAD | PLAIN | NATIONAL | {"post_year": "2008/09"},
    "E4: City Challenge is named for E2 only": HEAD | PLAIN | CITY,
    "E5: a year early": HEAD | PLAIN | CHALLENGING | {"post_year": "2009/10"},
    "E5: a primary school": HEAD | PLAIN | CHALLENGING | {"school_phase": "primary"},
    "E5: nothing said for it": HEAD | PLAIN,
}

values = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from(sorted(fact.values))
        if fact.kind is Kind.CHOICE
        else st.sampled_from(["2007/08", "2008/09", "2009/10", "2010/11"])
        if fact.kind is Kind.YEAR
        else st.integers(0, 100).map(str)
        for name, fact in FACTS.items()
    },
)


@pytest.mark.parametrize("case", ELIGIBLE)
def test_a_rule_matches_and_gives_its_dates_and_window(programme: Programme, case: str) -> None:
    rule, facts = ELIGIBLE[case]
    found = evaluate(programme, facts)
    early = rule in ("E1", "E2", "E3")
    assert (found.answer, found.rule) == (Answer.ELIGIBLE, rule)
    assert found.window == ("nqt" if early else "none")
    assert found.enrol_from == (date(2010, 1, 1) if early else date(2010, 9, 1))
    assert found.start_from == (date(2010, 4, 1) if early else date(2010, 9, 1))


@pytest.mark.parametrize("case", NEAR_MISSES)
def test_a_near_miss_is_refused_with_a_reason_for_every_rule(
    programme: Programme, case: str
) -> None:
    found = evaluate(programme, NEAR_MISSES[case])
    assert (found.answer, found.rule, found.needs) == (Answer.NOT_ELIGIBLE, None, ())
    assert [each.rule for each in found.rules] == ["E1", "E2", "E3", "E4", "E5"]
    assert all(each.verdict.holds is False and each.verdict.failed for each in found.rules)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            NQT | PLAIN | CHALLENGING | {"fsm_percent": "29"},
            ("E3", "Pupils with free school meals, per cent: 29, needed 30 or more"),
        ),
        (
            NQT | PLAIN | NORTH_WEST | {"post_year": "2008/09"},
            ("E1", "Year in which the post begins: 2008/09, needed 2009/10 or later"),
        ),
        (
            NQT | PLAIN | CHALLENGING | NORTH_WEST,
            ("E3", "Region of the school: North West, needed other than North West"),
        ),
        (
            NQT | PLAIN,
            (
                "E2",
                "Not so: the school receives National Challenge support, or is intensive in a City "
                "Challenge area (National Challenge support: no, needed yes; or In a City "
                "Challenge area: no, needed yes and Intensive City Challenge programme: none, "
                "needed Keys to Success or Pathways to Achievement)",
            ),
        ),
    ],
)  # fmt: skip
def test_a_failed_condition_says_what_is_and_what_was_needed(
    programme: Programme, facts: Facts, sentence: tuple[str, str]
) -> None:
    rule, words = sentence
    found = {each.rule: each.verdict for each in evaluate(programme, facts).rules}
    assert words in found[rule].failed


@pytest.mark.parametrize("case", ELIGIBLE)
@pytest.mark.parametrize("missing", FACTS)
def test_a_missing_fact_never_makes_a_match_not_eligible(
    programme: Programme, case: str, missing: str
) -> None:
    facts = ELIGIBLE[case][1]
    found = evaluate(programme, {name: facts[name] for name in facts if name != missing})
    assert found.answer in (Answer.ELIGIBLE, Answer.UNDECIDED)
    if found.answer is Answer.UNDECIDED:
        assert missing in found.needs


def test_nothing_known_needs_every_fact_that_any_rule_asks_for(programme: Programme) -> None:
    found = evaluate(programme, {})
    assert found.answer is Answer.UNDECIDED
    assert set(found.needs) == set(facts_asked(programme))


def test_a_fact_that_can_no_longer_decide_is_not_asked_for(programme: Programme) -> None:
    found = evaluate(programme, {"role": "head_of_department", "newly_recruited": "no"})
    assert (found.answer, found.needs) == (Answer.NOT_ELIGIBLE, ())


@pytest.mark.parametrize("phase", ["special", "pupil_referral_unit", "other"])
def test_a_case_that_the_rules_leave_open_is_not_decided(programme: Programme, phase: str) -> None:
    found = evaluate(programme, NQT | PLAIN | NORTH_WEST | {"school_phase": phase})
    assert (found.answer, found.needs) == (Answer.UNDECIDED, ())
    assert "which the rules leave open" in found.left_open[0]


@given(facts=values, more=values)
def test_further_facts_never_undo_an_answer(facts: Facts, more: Facts) -> None:
    before = evaluate(DEFAULT, facts)
    after = evaluate(DEFAULT, more | facts)
    if before.answer is not Answer.UNDECIDED:
        assert after.answer is before.answer


@given(facts=values)
def test_an_answer_rests_on_what_it_says(facts: Facts) -> None:
    found = evaluate(DEFAULT, facts)
    again = evaluate(DEFAULT, found.used)
    assert again == found
    assert set(found.used) == set(facts)  # the default rules ask for every fact there is
    assert not set(found.needs) & set(facts)
    assert (found.answer is Answer.ELIGIBLE) == (found.rule is not None)
    if found.answer is Answer.UNDECIDED:
        assert found.needs or found.left_open


DEFAULT = parse_programme(text_of("programme.yaml"))


def test_what_the_description_leaves_open_is_a_choice_of_the_file() -> None:
    text = text_of("programme.yaml")
    wider = changed(text, eligibility__rules__E4__needs=["national_or_city_challenge"])
    assert evaluate(wider, HEAD | PLAIN | CITY).rule == "E4"
    alone = changed(
        text,
        eligibility__conditions__challenging__all={"school_phase": {"among": ["secondary"]}},
        eligibility__conditions__challenging__any={"meals": {"fsm_percent": {"at_least": "30"}}},
    )
    assert evaluate(alone, HEAD | PLAIN | {"fsm_percent": "30"}).rule == "E5"
    strict = changed(
        text, eligibility__rules__E1__when__school_phase={"among": ["primary", "secondary"]}
    )
    special = NQT | PLAIN | NORTH_WEST | {"school_phase": "special"}
    assert evaluate(strict, special).answer is Answer.NOT_ELIGIBLE
    assert any(each.title == "Eligibility" for each in compare(DEFAULT, strict).sections)


def test_another_programme_has_other_rules_or_none() -> None:
    other = parse_programme(text_of("programme-30-60-90.yaml"))
    assert evaluate(other, {"role": "nqt", "qts_year": "2012/13"}).rule == "new"
    assert evaluate(other, {"role": "teacher"}).window == "none"
    assert not has_rules(parse_programme(SMALL))


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("rules__E1__when__regoin", {"among": ["x"]}, "Did you mean region?"),
        ("rules__E1__when__region", {"among": ["north_wset"]}, "Did you mean north_west?"),
        ("rules__E1__when__region", {"amogn": ["north_west"]}, "Did you mean among?"),
        ("rules__E1__when__region", {}, "asks for nothing."),
        ("rules__E1__when__region", {"at_least": "london"}, "fits numbers and years only."),
        ("rules__E1__when__qts_year", {"among": ["2008"]}, "Use a year such as 2008/09."),
        ("rules__E1__when__fsm_percent", {"at_least": "many"}, "Use a whole number such as 30."),
        ("rules__E2__needs", ["national_chalenge"], "Did you mean national_challenge?"),
        ("rules__E1__start_from", "2009-01-01", "is before enrol_from."),
        ("rules__E1__enrol_from", "soon", "needs a day, such as 2010-01-04."),
        ("rules__E1__window", "nqts", "Did you mean nqt?"),
        ("rules__E 1", None, ""),
        ("conditions__challenging__any", {"ofsted": {"colour": {}}}, "is no fact that the tool"),
        ("conditions__challenging__says", " ", "is empty."),
        ("conditions__national_challenge__all", {}, "asks for nothing. Name a fact"),
        ("rules__E1__when", {}, "asks for nothing. Name a fact under `when`."),
        ("version", "x" * 41, "is longer than 40 characters."),
    ],
)
def test_a_mistake_in_the_rules_is_told(path: str, value: object, told: str) -> None:
    if path == "rules__E 1":
        path, told = "rules__E 1", "needs a plain code"
        value = {
            "label": "x", "window": "nqt", "enrol_from": "2010-01-01", "start_from": "2010-01-01",
            "when": {"role": {"among": ["nqt"]}},
        }  # fmt: skip
    with pytest.raises(ProgrammeInvalid) as caught:
        changed(text_of("programme.yaml"), **{f"eligibility__{path}": value})
    assert len(caught.value.mistakes) == 1
    assert told in caught.value.sentence
    assert "eligibility." in caught.value.sentence


def test_the_facts_about_a_school_are_those_of_the_register() -> None:
    flags = {name: ABOUT_THE_SCHOOL[name] for name in ABOUT_THE_SCHOOL if name in schools.FLAGS}
    assert set(ABOUT_THE_SCHOOL) - set(flags) == {"region", "school_phase"}
    assert {name: (fact.label, tuple(fact.values)) for name, fact in flags.items()} == schools.FLAGS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2008/09", True), ("1999/00", True), ("2008", False), ("2008/10", False),
        ("08/09", False), ("2008/2009", False), ("2008-09", False), ("", False), ("/", False),
        ("２００８/09", False),
    ],
)  # fmt: skip
def test_an_academic_year_is_written_in_one_way(text: str, expected: bool) -> None:
    assert is_year(text) is expected
    assert fits(FACTS["qts_year"], text) is expected
