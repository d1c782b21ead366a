"""What a hostile page, a shared computer or a fast pair of fingers can make a browser do."""

from __future__ import annotations

from demo_vle.browser import LoopbackSession
from lti_tool.db import db
from lti_tool.evidence.models import Attempt
from lti_tool.grades import marking
from tests.integration.attacks.hands import at_once, attempt_of, fetch, post, token
from tests.integration.evidence.steps import PDF, added, attest, fill_in, submit
from tests.integration.grades.factories import hand_in, release_mark
from tests.world import World, soup

MARKUP = "\"><script>alert('x')</script>{{7*7}}"


def test_another_site_can_make_a_browser_do_nothing(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    item = added(amira)
    path = f"evidence/{item}/withdraw"
    of_ben = token(ben, "evidence/new")
    for forged in ({}, {"csrf_token": "x"}, {"csrf_token": of_ben}):
        assert post(amira, path, **forged).status_code == 400
    own = token(amira, path)
    assert post(amira, path, csrf_token=own, viewer="1000000").status_code == 409
    as_json = amira.visitor.session.post(
        f"{world.tool.url}/courses/{amira.course_id}/{path}", json={"csrf_token": own}
    )
    assert as_json.status_code == 400
    assert "draft" in amira.get(f"evidence/{item}").text


def test_a_second_person_in_the_same_browser_takes_the_place_of_the_first(world: World) -> None:
    amira, ben = world.participant(), world.participant("Ben Osei")
    item, page = added(amira), amira.get("evidence/new")
    told = post(amira, f"evidence/{item}/withdraw", csrf_token=token(amira, "evidence/new"))
    assert told.status_code == 303  # and the page that would say so is never opened
    old = f"__Host-mtl={amira.visitor.session.cookies.get('__Host-mtl')}"
    known = token(amira, "weekly-mail")
    ben.visitor.session = amira.visitor.session
    assert "withdrawn" not in ben.launch("progress").text
    # What Amira has noted of her own forms is good for none of his.
    assert post(ben, "weekly-mail", csrf_token=known, action="stop").status_code == 400
    late = fill_in(amira, page, {"title": "Typed by Amira", "strands": ["1.1"]})
    assert late.status_code == 409
    assert "Typed by Amira" in late.text
    url = f"{world.tool.url}/courses/{amira.course_id}/evidence"
    assert LoopbackSession().get(url, headers={"Cookie": old}).status_code == 401


def test_what_is_pressed_many_times_at_once_is_done_once(world: World) -> None:
    amira, colin, tessa = world.participant(opens="MTL1"), world.coach(), world.tutor()
    world.allocate(colin, to=amira)
    item = added(amira, button="submit")
    page = soup(colin.get(f"evidence/{item}"))
    signed = {str(each["name"]): str(each["value"]) for each in page.select("#form [type=hidden]")}
    signed |= {"statement": "I saw it.", "action": "attest"}
    sign = [lambda: post(colin, f"evidence/{item}/attest", **signed)] * 4
    assert at_once(*sign) == [303, 409, 409, 409]
    handed = {"items": str(item), "own_work": "yes", "pupils_protected": "yes"}
    csrf = token(amira, "modules/MTL1/submit")
    hand = [lambda: post(amira, "modules/MTL1/submit", csrf_token=csrf, **handed)] * 4
    assert at_once(*hand) == [303, 409, 409, 409]
    assert attempt_of(amira)
    mark = f"marking/{attempt_of(amira)}"
    typed = {"csrf_token": token(tessa, mark), "feedback": "Clear.", "revision": "0"}
    save = [
        lambda each=each: post(tessa, mark, **typed, mark=each, page=each)
        for each in ("50", "60", "70")
    ]
    assert at_once(*save)[0] == 303
    assert set(at_once(*save)) <= {303, 409, 422}


def test_one_mark_is_released_once_by_whoever_is_first(world: World) -> None:
    amira, tessa, lena = world.participant(opens="MTL1"), world.tutor(), world.lead()
    attempt = hand_in(amira)
    typed = {"csrf_token": token(tessa, f"marking/{attempt}"), "feedback": "Clear.", "mark": "64"}
    final = post(tessa, f"marking/{attempt}", **typed, revision="0", action="final")
    assert final.status_code == 303
    with world.tool.app.app_context():
        mark = marking.find_mark(db.session.get_one(Attempt, attempt))
        assert mark is not None
        revision = str(mark.revision)
    shown = soup(lena.get(f"release/preview?attempt={attempt}"))
    leads = str(shown.select_one("[name=csrf_token]")["value"])
    seen = str(shown.select_one("[name=seen]")["value"])
    answers = at_once(
        lambda: post(tessa, "release", csrf_token=typed["csrf_token"], seen=seen),
        lambda: post(lena, "release", csrf_token=leads, seen=seen),
        lambda: post(
            tessa, f"marking/{attempt}", csrf_token=typed["csrf_token"], action="release",
            revision=revision,
        ),
    )  # fmt: skip
    assert answers == [303, 422, 422]


def test_markup_in_names_and_texts_is_shown_as_it_was_typed(world: World) -> None:
    amira, colin = world.participant(MARKUP, opens="MTL1"), world.coach(MARKUP)
    tessa, lena = world.tutor(MARKUP), world.lead()
    world.allocate(colin, to=amira)
    item = added(amira, title=MARKUP, narrative=MARKUP, button="submit")
    attest(colin, item, MARKUP)
    receipt = submit(amira, item).url.rsplit("/", 1)[1]
    person, attempt = amira.participant_id(), attempt_of(amira)
    release_mark(tessa, attempt, 64, MARKUP)
    paths = (
        "evidence", f"evidence/{item}", f"evidence/{item}/edit", f"receipts/{receipt}",
        f"participants/{person}", f"marking/{attempt}", "marking", "deliveries", "cohort",
        "roster?q=%22%3E%3Cscript%3E", "participants?q=%22%3E%3Cscript%3E", "modules/MTL1",
        "evidence?strand=%22%3E%3Cscript%3E", "modules/%3Cscript%3E", "progress",
    )  # fmt: skip
    shown = 0
    for viewer in (amira, colin, tessa, lena):
        for path in paths:
            html = viewer.get(path).text
            assert "<script>" not in html.replace('<script type="module"', ""), path
            assert "&gt;49" not in html, path  # what a template inside a template would make of it
            shown += MARKUP in soup(viewer.page).get_text()
    assert shown > len(paths)


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
ANSWERS = (
    ("GET", "/courses/{course}/", 303),
    ("HEAD", "/courses/{course}/progress", 200),
    ("OPTIONS", "/courses/{course}/progress", 200),
    ("GET", "/courses/{course}/marking", 403),
    ("GET", "/courses/{course}/participants/1000000", 404),
    ("GET", "/courses/1000000/progress", 401),
    ("POST", "/courses/{course}/evidence/new", 400),
    ("PUT", "/courses/{course}/evidence/new", 405),
    ("GET", "/nothing", 404),
    ("GET", "/static/..%2f..%2fpyproject.toml", 404),
    ("GET", "/health/live", 200),
    ("GET", "/static/app.js", 200),
)


def test_every_answer_carries_the_headers_that_protect_it(world: World) -> None:
    amira = world.participant()
    for method, path, status in ANSWERS:
        url = world.tool.url + path.format(course=amira.course_id)
        answer = amira.visitor.session.request(method, url, allow_redirects=False)
        assert answer.status_code == status, path
        assert HEADERS.items() <= answer.headers.items(), path
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'self'" in policy, path
        if answer.headers["Content-Type"].startswith("text/html"):
            assert answer.headers["Cache-Control"] == "no-store", path


def test_a_file_is_handed_out_to_be_kept_and_never_opened_here(world: World) -> None:
    amira = world.participant()
    item = added(amira, ("../../a\r\nX-Evil: 1.pdf", PDF))
    link = soup(amira.get(f"evidence/{item}")).select_one(".app-files a")
    assert link is not None
    path = str(link["href"]).split(f"courses/{amira.course_id}/")[1]
    answer = fetch(amira, path)
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "X-Evil" not in answer.headers
    assert "/" not in answer.headers["Content-Disposition"]
