"""A tutor chooses what to place; the signed answer is exactly what the standard asks for.

https://www.imsglobal.org/spec/lti-dl/v2p0
"""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
import requests
from requests import Response

from demo_vle.browser import Visitor
from demo_vle.personality import DEEP_LINKING, LTI
from lti_tool.clock import now
from lti_tool.web.pages import local_time
from tests.integration.launch.watching import Claims, Tamper, assert_refused, watch, with_claims
from tests.world import World, soup, text_of

SETTINGS = DEEP_LINKING + "deep_linking_settings"
EVERYTHING = ["progress", "module:MTL1", "coach-evidence"]


def settings(**changed: Any) -> Tamper:
    """The same request with other settings; None leaves one out."""

    def tamper(claims: Claims, _header: Claims) -> None:
        claims[SETTINGS].update(changed)
        for name in [name for name, value in changed.items() if value is None]:
            del claims[SETTINGS][name]

    return tamper


def chooser(world: World, *, tamper: Tamper | None = None) -> tuple[Visitor, Response]:
    tutor = world.visitor("Tessa Grant", "tutor")
    return tutor, tutor.deep_link(world.course, tamper=tamper)


def choose(visitor: Visitor, page: Response, *items: str, action: str = "submit") -> Response:
    return visitor.submit(page, values={"items": items}, button=("action", action))


def answer_in(world: World, page: Response) -> dict[str, Any]:
    """The claims of the answer, its signature checked with the keys that we publish."""
    form = soup(page).select_one("form[data-auto-submit]")
    assert form is not None, text_of(page)[:300]
    token = str(form.select_one("input[name=JWT]")["value"])  # type: ignore[index]
    keys = requests.get(f"{world.tool.url}/lti/jwks.json", timeout=10).json()["keys"]
    header = jwt.get_unverified_header(token)
    key = next(each for each in keys if each["kid"] == header["kid"])
    registration = world.vle.registration()
    claims: dict[str, Any] = jwt.decode(
        token, jwt.PyJWK(key), algorithms=["RS256"], audience=registration["issuer"]
    )
    return claims


def test_the_answer_has_the_required_claims_and_the_chosen_items(world: World) -> None:
    tutor, page = chooser(world)
    claims = answer_in(world, choose(tutor, page, *EVERYTHING))
    registration = world.vle.registration()
    assert claims["iss"] == registration["client_id"]
    assert claims["aud"] == registration["issuer"]
    assert claims[LTI + "deployment_id"] == registration["deployment_id"]
    assert claims[LTI + "message_type"] == "LtiDeepLinkingResponse"
    assert claims[LTI + "version"] == "1.3.0"
    assert claims["iat"] <= time.time() + 1 < claims["exp"] <= claims["iat"] + 600
    assert claims["nonce"]
    assert DEEP_LINKING + "data" not in claims
    progress, module, coach = claims[DEEP_LINKING + "content_items"]
    url = f"{world.tool.url}/lti/launch"
    for item in (progress, module, coach):
        assert re.fullmatch(r"item:[A-Za-z0-9_-]{24}", item.pop("custom")["mtl"])
    assert progress == {"type": "ltiResourceLink", "title": "My progress", "url": url}
    assert module["lineItem"] == {
        "label": module["title"],
        "scoreMaximum": 100,
        "resourceId": "MTL1",
        "tag": "module",
        "submissionReview": {
            "reviewableStatus": ["Submitted", "Completed"],
            "label": "Evidence and mark",
            "url": url,
        },
    }
    assert "lineItem" not in coach


@pytest.mark.parametrize("product", ["moodle", pytest.param("canvas", marks=pytest.mark.canvas)])
def test_what_was_chosen_stands_in_the_course_and_opens(world: World, product: str) -> None:
    assert world.product == product
    tutor, page = chooser(world, tamper=settings(accept_multiple=True))
    carried = choose(tutor, page, *EVERYTHING)
    origin = carried.headers["Content-Security-Policy"].split("form-action ")[1].split(";")[0]
    assert origin == f"'self' {world.vle.url}"
    done = tutor.submit(carried, "form[data-auto-submit]")
    assert done.status_code == 200, text_of(done)
    progress, module, coach = world.vle.site.placements_of(world.course)
    assert len({each.custom["mtl"] for each in (progress, module, coach)}) == 3
    assert len(world.vle.site.columns_of(world.course)) == 1
    amira = world.visitor("Amira Khan", "participant")
    assert "/modules/MTL1" in amira.launch(module).url
    assert "/progress" in amira.launch(progress).url
    assert "Colin Hughes coach" in text_of(world.visitor("Colin Hughes", "coach").launch(coach))


@pytest.mark.parametrize("data", ["", "a+b&c=ü", '{"x": 1}'])
def test_data_goes_back_exactly_as_it_came(world: World, data: str) -> None:
    tutor, page = chooser(world, tamper=settings(data=data))
    claims = answer_in(world, choose(tutor, page, "progress"))
    assert claims[DEEP_LINKING + "data"] == data


def test_a_platform_that_takes_one_item_is_sent_one(world: World) -> None:
    tutor, page = chooser(world, tamper=settings(accept_multiple=False))
    assert soup(page).select("input[type=radio][name=items]")
    refused = choose(tutor, page, "progress", "coach-evidence")
    assert refused.status_code == 422
    assert "one item at a time" in text_of(refused)
    claims = answer_in(world, choose(tutor, refused, "coach-evidence"))
    assert len(claims[DEEP_LINKING + "content_items"]) == 1


def test_no_column_is_offered_where_the_platform_makes_none(world: World) -> None:
    tutor, page = chooser(world, tamper=settings(accept_lineitem=False))
    (item,) = answer_in(world, choose(tutor, page, "module:MTL1"))[DEEP_LINKING + "content_items"]
    assert "lineItem" not in item


def test_cancelling_sends_an_empty_choice(world: World) -> None:
    tutor, page = chooser(world)
    claims = answer_in(world, choose(tutor, page, action="cancel"))
    assert claims[DEEP_LINKING + "content_items"] == []


@pytest.mark.parametrize("items", [[], ["module:NOPE"], ["progress", "<b>"]])
def test_a_choice_that_is_none_is_told_and_the_page_shown_again(
    world: World, items: list[str]
) -> None:
    tutor, page = chooser(world)
    refused = choose(tutor, page, *items)
    assert refused.status_code == 422
    assert soup(refused).select_one(".govuk-error-summary")
    assert answer_in(world, choose(tutor, refused, "progress"))


def test_a_choice_is_sent_once(world: World) -> None:
    tutor, page = chooser(world)
    choose(tutor, page, "progress")
    again = choose(tutor, page, "progress")
    assert again.status_code == 404
    assert "Start again in your VLE" in text_of(again)


def test_the_page_of_choices_is_its_tutors_alone(world: World) -> None:
    _, page = chooser(world)
    colleague = world.tutor("Tom Reyes")
    assert colleague.visitor.get(page.url).status_code == 404
    amira = world.participant()
    assert amira.visitor.get(page.url).status_code == 403
    stranger = world.visitor("Nobody", "tutor")
    assert stranger.get(page.url).status_code == 401


def offered(page: Response) -> list[str]:
    return [str(each["value"]) for each in soup(page).select("input[name=items]")]


def find(visitor: Visitor, page: Response, words: str, *ticked: str) -> Response:
    values = {"words": words, "items": ticked}
    return visitor.submit(page, values=values, button=("action", "find"))


@pytest.mark.parametrize("several", [True, False])
def test_one_may_look_for_something_and_keep_what_is_ticked(world: World, several: bool) -> None:
    tutor, page = chooser(world, tamper=settings(accept_multiple=several))
    everything = offered(page)
    found = find(tutor, page, "mtl2 GRADEBOOK", "progress")
    assert found.status_code == 200
    assert offered(found) == ["progress", "module:MTL2"]
    assert soup(found).select_one("input[checked]")["value"] == "progress"  # type: ignore[index]
    nothing = find(tutor, found, "zzz")
    assert (offered(nothing), "Nothing is called “zzz”" in text_of(nothing)) == ([], True)
    assert offered(find(tutor, nothing, "")) == everything
    (item,) = answer_in(world, choose(tutor, found, "module:MTL2"))[DEEP_LINKING + "content_items"]
    assert item["lineItem"]["resourceId"] == "MTL2"


def test_the_page_says_under_which_name_and_until_when(world: World) -> None:
    before = local_time(now() + timedelta(hours=2))
    _, page = chooser(world)
    after = local_time(now() + timedelta(hours=2))
    until = re.search(r"Add it by (\d\d:\d\d)", text_of(page))
    assert until
    assert until[1] in {f"{before:%H:%M}", f"{after:%H:%M}"}


def test_an_unknown_button_sends_nothing(world: World) -> None:
    tutor, page = chooser(world)
    assert choose(tutor, page, "progress", action="publish").status_code == 422
    assert answer_in(world, choose(tutor, page, "progress"))


@pytest.mark.canvas
def test_canvas_is_given_no_address_for_reviews(world: World) -> None:
    tutor, page = chooser(world)
    (item,) = answer_in(world, choose(tutor, page, "module:MTL1"))[DEEP_LINKING + "content_items"]
    assert "submissionReview" not in item["lineItem"]


DATES = {
    "opens-MTL1-day": "1",
    "opens-MTL1-month": "3",
    "opens-MTL1-year": "2127",
    "due-MTL1-day": "31",
    "due-MTL1-month": "3",
    "due-MTL1-year": "2127",
    "due-MTL1-time": "5pm",
}
MODULE = "module:MTL1"


def press(visitor: Visitor, page: Response, action: str, *items: str, **typed: str) -> Response:
    values = {**typed, "items": items}
    return visitor.submit(page, values=values, button=("action", action))


def date_fields(page: Response) -> set[str]:
    return {
        str(each["name"]).removesuffix("-day") for each in soup(page).select("input[name$='-day']")
    }


@pytest.mark.canvas
def test_on_canvas_a_module_comes_with_the_dates_that_a_tutor_gives(world: World) -> None:
    tutor, page = chooser(world)
    assert date_fields(page) == set()
    asked = press(tutor, page, "dates", "progress", MODULE)
    assert date_fields(asked) == {"opens-MTL1", "due-MTL1", "closes-MTL1"}
    assert soup(asked).select_one("button[value=dates][formaction$='#dates']")
    carried = press(tutor, asked, "submit", "progress", MODULE, **DATES)
    progress, module = answer_in(world, carried)[DEEP_LINKING + "content_items"]
    assert module["available"] == {"startDateTime": "2127-03-01T00:00:00+00:00"}
    assert module["submission"] == {"endDateTime": "2127-03-31T17:00:00+01:00"}
    assert progress.keys().isdisjoint({"available", "submission"})
    tutor.submit(carried, "form[data-auto-submit]")
    assert world.vle.site.placements_of(world.course)[1].dates == {
        "Available from": "2127-03-01T00:00:00+00:00",
        "Due": "2127-03-31T17:00:00+01:00",
    }


@pytest.mark.canvas
def test_without_dates_an_item_says_nothing_of_them(world: World) -> None:
    tutor, page = chooser(world)
    asked = press(tutor, page, "dates", MODULE)
    (item,) = answer_in(world, press(tutor, asked, "submit", MODULE))[
        DEEP_LINKING + "content_items"
    ]
    assert item.keys().isdisjoint({"available", "submission"})


@pytest.mark.canvas
@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"due-MTL1-month": "13"}, "due-MTL1", "must be a real date, such as 12 11 2027."),
        ({"due-MTL1-time": "late"}, "due-MTL1", "must be a real time, such as 9:30 or 5pm."),
        ({"due-MTL1-month": "2", "due-MTL1-day": "1"}, "due-MTL1", "must be after it opens."),
        ({"due-MTL1-year": "2020"}, "due-MTL1", "must be in the future."),
        ({"closes-MTL1-time": "5pm"}, "closes-MTL1", "Give the date when MTL1 closes"),
    ],
)
def test_a_date_that_cannot_be_meant_is_told_and_nothing_is_sent(
    world: World, changed: dict[str, str], field: str, sentence: str
) -> None:
    tutor, page = chooser(world)
    asked = press(tutor, page, "dates", "progress", MODULE)
    refused = press(tutor, asked, "submit", "progress", MODULE, **(DATES | changed))
    assert refused.status_code == 422
    told = soup(refused).select_one(f".govuk-error-summary a[href='#{field}']")
    assert told is not None
    assert sentence in told.get_text()
    assert soup(refused).select_one(f"input[id='{field}'][name='{field}-day']")
    kept = soup(refused).select_one("input[name='opens-MTL1-year']")
    assert kept is not None
    assert kept["value"] == "2127"
    assert len(soup(refused).select("input[name=items][checked]")) == 2
    assert world.vle.site.placements_of(world.course) == []
    mended = {name: DATES.get(name, "") for name in changed}
    assert answer_in(world, press(tutor, refused, "submit", "progress", MODULE, **mended))


@pytest.mark.canvas
def test_dates_are_asked_for_modules_and_stay_while_one_looks_for_more(world: World) -> None:
    tutor, page = chooser(world)
    refused = press(tutor, page, "dates", "progress")
    assert refused.status_code == 422
    assert "Choose a module first" in text_of(refused)
    asked = press(tutor, refused, "dates", MODULE)
    found = press(tutor, asked, "find", MODULE, "module:MTL2", words="MTL2", **DATES)
    assert {"due-MTL1", "due-MTL2"} <= date_fields(found)
    assert soup(found).select_one("input[name='due-MTL1-time'][value='5pm']")
    one = press(tutor, found, "submit", MODULE)
    (item,) = answer_in(world, one)[DEEP_LINKING + "content_items"]
    assert item["submission"] == {"endDateTime": "2127-03-31T17:00:00+01:00"}


@pytest.mark.canvas
def test_a_single_choice_can_be_dated_too(world: World) -> None:
    tutor, page = chooser(world, tamper=settings(accept_multiple=False))
    asked = press(tutor, page, "dates", MODULE)
    (item,) = answer_in(world, press(tutor, asked, "submit", MODULE, **DATES))[
        DEEP_LINKING + "content_items"
    ]
    assert "available" in item


IN_THE_VLE = "you say in your VLE"


def test_moodle_is_sent_no_dates_and_the_page_says_where_they_are_set(world: World) -> None:
    tutor, page = chooser(world)
    assert IN_THE_VLE in text_of(page)
    assert not soup(page).select("button[value=dates]")
    asked = press(tutor, page, "dates", MODULE)
    assert date_fields(asked) == set()
    carried = press(tutor, asked, "submit", MODULE, **DATES)
    (item,) = answer_in(world, carried)[DEEP_LINKING + "content_items"]
    assert item.keys().isdisjoint({"available", "submission"})


@pytest.mark.canvas
def test_nothing_is_dated_where_canvas_makes_no_column(world: World) -> None:
    tutor, page = chooser(world, tamper=settings(accept_lineitem=False))
    assert IN_THE_VLE in text_of(page)
    carried = press(tutor, page, "submit", MODULE, **DATES)
    (item,) = answer_in(world, carried)[DEEP_LINKING + "content_items"]
    assert item.keys().isdisjoint({"available", "submission"})


def test_what_is_placed_already_is_said_so(world: World) -> None:
    world.participant(opens="MTL1")
    _, page = chooser(world)
    label = soup(page).select_one("input[value='module:MTL1']").parent  # type: ignore[union-attr]
    assert label is not None
    assert "Already in this course" in label.get_text()


REFUSED: dict[str, tuple[Tamper, str, int]] = {
    "no settings": (lambda claims, _: claims.pop(SETTINGS), "message_incomplete", 400),
    "no return address": (
        settings(deep_link_return_url=None),
        "deep_linking_deep_link_return_url_absent",
        400,
    ),
    "return address is a script": (
        settings(deep_link_return_url="javascript:alert(1)"),
        "return_url_unusable",
        400,
    ),
    "takes no links": (settings(accept_types=["html"]), "message_incomplete", 400),
    "types are text": (settings(accept_types="link"), "deep_linking_accept_types_invalid", 400),
    "by a participant": (
        with_claims(roles=["Learner"]),
        "not_staff",
        403,
    ),
}


@pytest.mark.parametrize(("tamper", "verdict", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_request_for_content_is_refused(
    world: World, caplog: pytest.LogCaptureFixture, tamper: Tamper, verdict: str, status: int
) -> None:
    with watch(world, caplog) as seen:
        _, page = chooser(world, tamper=tamper)
    assert_refused(seen, page, verdict, status)


def test_a_tutor_who_reviews_from_the_gradebook_is_led_to_that_participants_marking(
    world: World,
) -> None:
    amira = world.participant(opens="MTL1")
    tutor = world.visitor("Tessa Grant", "tutor")
    page = tutor.review(world.placement("MTL1"), amira.visitor.person)
    first = page.history[0].headers["Location"]
    asked = f"participant={amira.participant_id()}&module=MTL1"
    assert first == f"/courses/{amira.course_id}/marking?{asked}"


def test_a_review_of_somebody_who_never_came_is_refused(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    tutor = world.visitor("Tessa Grant", "tutor")
    absent = world.visitor("Amira Khan", "participant")
    placement = world.placement("MTL1")
    with watch(world, caplog) as seen:
        page = tutor.review(placement, absent.person)
    assert_refused(seen, page, "review_of_nobody", 404)
