"""Who was shown what, as a lead and as the participant may know of it."""

from datetime import date

from lti_tool.cohort.looks import EVIDENCE, Look, gathered

FIRST, SECOND, THIRD = (date(2026, 9, day) for day in (1, 2, 3))
FOUND = [
    Look("Tessa Grant", "tutor", EVIDENCE, SECOND, SECOND),
    Look("Omar Said", "tutor", EVIDENCE, FIRST, THIRD),
    Look("Colin Hughes", "coach", EVIDENCE, FIRST, FIRST),
    Look("Lena Okafor", "programme lead", "Circumstances", SECOND, SECOND),
    Look("Hana Bell", "head teacher", EVIDENCE, FIRST, FIRST),
]


def test_a_lead_is_told_every_name_and_the_newest_first() -> None:
    told = [each.name for each in gathered(FOUND, names_all=True)]
    assert told == ["Omar Said", "Lena Okafor", "Tessa Grant", "Colin Hughes", "Hana Bell"]


def test_a_participant_is_not_told_who_marks() -> None:
    assert gathered(FOUND, names_all=False) == [
        Look(None, "tutor", EVIDENCE, FIRST, THIRD),
        Look(None, "programme lead", "Circumstances", SECOND, SECOND),
        Look("Colin Hughes", "coach", EVIDENCE, FIRST, FIRST),
        Look("Hana Bell", "head teacher", EVIDENCE, FIRST, FIRST),
    ]


def test_one_person_in_two_roles_is_told_twice_and_days_are_joined() -> None:
    both = [
        Look("Omar Said", "tutor", EVIDENCE, SECOND, THIRD),
        Look("Omar Said", "tutor", EVIDENCE, FIRST, SECOND),
        Look("Omar Said", "coach", EVIDENCE, SECOND, SECOND),
    ]
    assert gathered(both, names_all=True) == [
        Look("Omar Said", "tutor", EVIDENCE, FIRST, THIRD),
        Look("Omar Said", "coach", EVIDENCE, SECOND, SECOND),
    ]
