"""The operator lists people and appoints the programme lead."""

import json

from click.testing import Result

from tests.world import World


def run(world: World, *words: str) -> Result:
    return world.tool.app.test_cli_runner().invoke(args=["people", *words])


def test_a_tutor_is_appointed_by_address_and_is_lead_from_the_next_launch(world: World) -> None:
    tutor = world.tutor()
    assert tutor.get("cohort").status_code == 403
    done = run(world, "appoint", tutor.visitor.person.email.upper(), "--as", "lead")
    assert (done.exit_code, done.output) == (
        0, "Tessa Grant is programme lead from the next launch on.\n",
    )  # fmt: skip
    assert tutor.launch("progress").url.endswith("/cohort")


def test_nobody_else_can_be_appointed(world: World) -> None:
    amira = world.participant()
    refused = run(world, "appoint", amira.visitor.person.email, "--as", "lead")
    assert refused.exit_code != 0
    assert "has never opened the tool as a tutor" in refused.output
    unknown = run(world, "appoint", "nobody@nowhere.example", "--as", "lead")
    assert unknown.exit_code != 0
    assert "Nobody is known as nobody@nowhere.example" in unknown.output
    assert run(world, "appoint", amira.visitor.person.email, "--as", "tutor").exit_code != 0


def test_of_two_with_one_name_the_id_decides(world: World) -> None:
    for _ in range(2):
        world.tutor("Twin Tutor")
    refused = run(world, "appoint", "twin tutor", "--as", "lead")
    assert refused.exit_code != 0
    assert "Several people are called twin tutor" in refused.output
    number = refused.output.rsplit("one of ", 1)[1].split(",")[0].strip()
    assert run(world, "appoint", number, "--as", "lead").exit_code == 0


def test_the_list_says_what_people_have_been_met_as(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    rows = json.loads(run(world, "list", "--json").output)
    met = {row["email"]: row["met as"] for row in rows}
    assert met[amira.visitor.person.email] == ["participant"]
    assert met[coach.visitor.person.email] == ["coach"]
    assert "Amira Khan" in run(world, "list").output
