"""Who may show the tool in a frame: whom the operator named, and whom verified launches named."""

from __future__ import annotations

import pytest
from requests import Response

from tests.integration.launch.watching import another_platform, claim, with_claims, with_header
from tests.world import World

PRODUCTS = ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)]
SCHOOL = "https://canvas.uni.example"
RETURNS = {"return_url": f"{SCHOOL}/courses/1/external_content/success"}


def ancestors(page: Response) -> set[str]:
    policy = page.headers["Content-Security-Policy"]
    return set(policy.split("frame-ancestors ")[1].split(";")[0].split())


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_address_that_a_verified_launch_returns_to_may_frame_the_tool_from_then_on(
    world: World, product: str
) -> None:
    with another_platform(world, product) as school:
        amira = school.participant("Amira Khan")
        assert ancestors(amira.page) == {"'self'", school.vle.url}
        told = with_claims(launch_presentation=RETURNS)
        page = amira.visitor.launch(school.placement("progress"), tamper=told)
        assert SCHOOL in ancestors(page)
        assert SCHOOL in ancestors(school.participant("Ben Ode").page)
    assert SCHOOL not in ancestors(world.participant("Cara Ives").page)


def test_a_launch_that_is_refused_teaches_nothing(world: World) -> None:
    with another_platform(world) as school:
        visitor = school.visitor("Amira Khan", "participant")

        def forged(claims: dict[str, object], header: dict[str, object]) -> None:
            claims[claim("launch_presentation")] = RETURNS
            with_header(kid="none")(claims, header)

        refused = visitor.launch(school.placement("progress"), tamper=forged)
        assert refused.status_code == 401
        assert SCHOOL not in ancestors(school.participant("Ben Ode").page)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a b/", "https://x;script-src *", "$Return.url", "//x"]
)
def test_an_address_that_does_not_fit_a_header_is_left_out(world: World, url: str) -> None:
    visitor = world.visitor("Amira Khan", "participant")
    told = with_claims(launch_presentation={"return_url": url})
    page = visitor.launch(world.placement("progress"), tamper=told)
    assert page.status_code == 200
    assert ancestors(page) == {"'self'", world.vle.url}


def test_the_operator_may_name_an_address_beforehand(world: World) -> None:
    with another_platform(world) as school:
        details = school.vle.registration()
        options = ("issuer", "client_id", "auth_login_url", "auth_token_url", "jwks_url")
        words = [
            word
            for name in (*options, "deployment_id", "product")
            for word in (f"--{name.replace('_', '-')}", details[name])
        ]
        command = ["platforms", "add", *words, "--frame-origin", SCHOOL]
        added = world.tool.app.test_cli_runner().invoke(args=command)
        assert added.exit_code == 0, added.output
        assert SCHOOL in ancestors(school.participant("Amira Khan").page)
