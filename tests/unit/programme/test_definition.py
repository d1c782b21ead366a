"""The programme answers questions about its parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.programme.definition import (
    Level,
    MarkingPolicy,
    NotInProgramme,
    Programme,
    StrandChoice,
)


def test_the_default_is_180_credits_in_three_phases_and_eight_modules(
    programme: Programme,
) -> None:
    assert programme.credits == sum(module.credits for module in programme.modules) == 180
    assert [phase.credits for phase in programme.phases] == [60, 60, 60]
    assert [phase.title for phase in programme.phases] == [
        "Developing",
        "Broadening and embedding",
        "Deepening",
    ]
    assert [phase.core for phase in programme.phases] == [True, True, False]
    assert [module.code for module in programme.modules] == [f"MTL{n}" for n in range(1, 9)]


def test_strands_are_worded_as_in_the_programme_s_own_description(programme: Programme) -> None:
    assert [strand.text for strand in programme.strands] == [
        "teaching and learning, with particular attention to personalisation and applied learning "
        "(in the light of 14–19 reforms)",
        "assessment for learning, diagnostic skills, including the use of performance data for "
        "pupil tracking",
        "subject knowledge for teaching",
        "curriculum and curriculum development, literacy, numeracy, 14–19 developments and ICT",
        "how children and young people develop, how they learn, and the management of their "
        "behaviour",
        "inclusion, including SEN, EAL",
        "leadership and management, including for subjects or curriculum areas",
        "working with others, collaboratively, in and beyond the classroom – the school workforce, "
        "employers and the children's workforce, including further education – and working with "
        "parents and carers",
    ]


def test_strands_keep_the_order_of_their_areas(programme: Programme) -> None:
    assert [(strand.id, strand.area_id) for strand in programme.strands] == [
        (f"{area}.{place}", f"CA{area}") for area in (1, 2, 3, 4) for place in (1, 2)
    ]


def test_parts_are_found_by_their_code(programme: Programme) -> None:
    assert programme.module("MTL8").marking is MarkingPolicy.DOUBLE_BLIND
    assert programme.phase(2).title == "Broadening and embedding"
    assert programme.strand("3.2").short == "Inclusion"
    assert programme.area("CA2").short == "Subject and curriculum"
    assert programme.criterion("E").label == "Enquiry"
    assert programme.duty("d").label == "Professional dialogue"
    assert programme.record("ethics_clearance").label == "ethics clearance for the enquiry"


@pytest.mark.parametrize(
    ("lookup", "code", "sentence"),
    [
        ("module", "X", "There is no module X in this programme. It has MTL1, MTL2, MTL3, MTL4, "),
        ("phase", 4, "There is no phase 4 in this programme. It has 1, 2, 3."),
        ("strand", "1.9", "There is no strand 1.9 in this programme. It has 1.1, 1.2, 2.1, "),
        ("area", "X", "There is no content area X in this programme. It has CA1, CA2, CA3, CA4."),
        ("criterion", "X", "There is no criterion X in this programme. It has K, E, A, R, I, C."),
        ("duty", "x", "There is no coaching duty x in this programme. It has a, b, c, d, e, "),
        ("record", "x", "There is no record x in this programme. It has diagnosis_agreed, "),
    ],
)
def test_what_is_not_in_the_programme_is_refused_with_what_there_is(
    programme: Programme, lookup: str, code: object, sentence: str
) -> None:
    with pytest.raises(NotInProgramme) as refusal:
        getattr(programme, lookup)(code)
    assert refusal.value.sentence.startswith(sentence)


def test_a_module_knows_its_phase_and_a_phase_its_modules(programme: Programme) -> None:
    assert programme.phase_of("MTL7").number == 3
    assert programme.phase_of(programme.module("MTL4")) == programme.phase(2)
    assert [module.code for module in programme.modules_in(3)] == ["MTL7", "MTL8"]
    assert programme.modules_in(programme.phase(3)) == programme.modules_in(3)


def test_weights_follow_the_criteria_of_the_programme(programme: Programme) -> None:
    weights = programme.weights(3)
    assert list(weights.items()) == [
        ("K", 15),
        ("E", 20),
        ("A", 25),
        ("R", 10),
        ("I", 15),
        ("C", 15),
    ]
    assert programme.weights(programme.phase(3)) == weights


def test_a_fixed_module_is_about_its_strands_and_accepts_others(programme: Programme) -> None:
    module = programme.module("MTL3")
    assert [s.id for s in programme.strands if module.covers(s.id)] == ["1.1", "1.2"]
    assert all(module.accepts(strand.id) for strand in programme.strands)
    assert not module.accepts("9.9")
    assert module.further_strands == ("2.1", "2.2", "3.1", "3.2", "4.1", "4.2")


def test_an_open_module_is_about_every_strand(programme: Programme) -> None:
    module = programme.module("MTL1")
    assert module.choice is StrandChoice.ANY
    assert all(module.covers(strand.id) for strand in programme.strands)
    assert not module.covers("9.9")


def test_a_specialist_module_is_about_the_chosen_strands(programme: Programme) -> None:
    module = programme.module("MTL7")
    assert not any(module.covers(strand.id) for strand in programme.strands)
    assert [s.id for s in programme.strands if module.covers(s.id, ["4.1"])] == ["4.1"]
    assert all(module.accepts(strand.id) for strand in programme.strands)


@pytest.mark.parametrize(
    ("mark", "band"),
    [
        (100, "Distinction"),
        (70, "Distinction"),
        (69, "Merit"),
        (60, "Merit"),
        (59, "Pass"),
        (50, "Pass"),
        (49, "Fail (marginal)"),
        (40, "Fail (marginal)"),
        (39, "Fail"),
        (0, "Fail"),
    ],
)
def test_a_mark_falls_into_the_band_it_reaches(programme: Programme, mark: int, band: str) -> None:
    assert programme.band_of(mark).name == band


@pytest.mark.parametrize("mark", [-1, 101])
def test_a_mark_outside_the_scale_has_no_band(programme: Programme, mark: int) -> None:
    with pytest.raises(
        ValueError, match=rf"^A mark is a whole number from 0 to 100, not {mark}\.$"
    ):
        programme.band_of(mark)


@given(st.integers(0, 100))
def test_a_pass_is_a_mark_in_a_passing_band(programme: Programme, mark: int) -> None:
    assert programme.is_pass(mark) == (programme.band_of(mark).floor >= 50)


def test_levels_rise_from_nothing_to_ratified() -> None:
    assert [level.value for level in sorted(Level, key=lambda level: level.rank)] == [
        "none",
        "planned",
        "claimed",
        "attested",
        "submitted",
        "ratified",
    ]


def test_every_coaching_duty_from_a_to_h_has_a_label_and_a_sentence(programme: Programme) -> None:
    assert "".join(duty.id for duty in programme.duties) == "abcdefgh"
    assert all(duty.label and duty.sentence.endswith(".") for duty in programme.duties)
