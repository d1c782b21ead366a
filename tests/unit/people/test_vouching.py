"""When two addresses are one mailbox, as far as the tool can tell."""

import pytest

from lti_tool.people.models import Participant, User
from lti_tool.people.vouching import is_own_address

OWN = "amira.khan@school.example"


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        (OWN, True),
        ("AMIRA.KHAN@School.Example", True),
        ("amira.khan+coach@school.example", True),
        ("amira.khan@ｓchool.example", True),  # a wide letter
        ("amira.khan@sch\u00adool.example", True),  # a hyphen that nobody sees
        ("colin.hughes@school.example", False),
        ("amira.khan@other.example", False),
        ("", False),
        (None, False),
    ],
)
def test_an_address_is_ones_own_however_it_is_written(address: str | None, is_own: bool) -> None:
    amira = Participant(user=User(name="Amira Khan", email=OWN))
    assert is_own_address(amira, address) is is_own


def test_without_an_address_of_the_participant_nothing_is_known() -> None:
    assert not is_own_address(Participant(user=User(name="Amira Khan")), OWN)
