"""How a file comes back: as a whole or a part, locked, with a look at it and words beside it."""

from __future__ import annotations

import io
import re

import pypdfium2
import pytest
from PIL import Image
from requests import Response

from lti_tool.evidence import previews
from tests.integration.evidence.steps import add, added, fill_in, id_of
from tests.world import Person, World, soup, text_of


def picture(text: str = "") -> bytes:
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = text or "Elm Road"
    Image.linear_gradient("L").save(made, "JPEG", exif=exif)
    return made.getvalue()


def document(pages: int) -> bytes:
    made = io.BytesIO()
    with pypdfium2.PdfDocument.new() as pdf:
        for _ in range(pages):
            pdf.new_page(300, 400)
        pdf.save(made)
    return made.getvalue()


def draw(world: World) -> None:
    """What the worker does for what is due."""
    app = world.tool.app
    with app.app_context():
        previews.work_off(app.extensions["storage"], app.extensions["scanner"])


def address(page: Response, name: str) -> str:
    link = soup(page).find("a", string=name)
    assert link, text_of(page)
    return str(link["href"])


@pytest.fixture
def film(world: World) -> tuple[Person, str, bytes]:
    """Somebody with a film, its address, and its bytes."""
    amira = world.participant()
    content = b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + bytes(range(256)) * 40
    page = add(amira, ("lesson.mp4", content))
    return amira, world.tool.url + address(page, "lesson.mp4"), content


def test_a_player_gets_the_part_that_it_asks_for(film: tuple[Person, str, bytes]) -> None:
    amira, url, content = film
    ask = amira.visitor.session.get
    for asked, first, end in (("100-199", 100, 200), ("9000-", 9000, None), ("-50", -50, None)):
        answer = ask(url, headers={"Range": f"bytes={asked}"})
        assert answer.status_code == 206
        assert answer.content == content[first:end]
        start = first % len(content)
        assert answer.headers["Content-Range"] == (
            f"bytes {start}-{start + len(answer.content) - 1}/{len(content)}"
        )
    beyond = ask(url, headers={"Range": "bytes=999999-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(content)}")


def test_a_player_gets_all_when_its_part_is_of_something_else(
    film: tuple[Person, str, bytes],
) -> None:
    amira, url, content = film
    etag = amira.visitor.session.get(url).headers["ETag"]
    part = {"Range": "bytes=0-9"}
    for condition, status in ((etag, 206), ('"other"', 200)):
        answer = amira.visitor.session.get(url, headers={**part, "If-Range": condition})
        assert answer.status_code == status
    several = amira.visitor.session.get(url, headers={"Range": "bytes=0-1,5-6"})
    assert (several.status_code, several.content) == (200, content)


def test_whatever_is_handed_out_is_locked(film: tuple[Person, str, bytes]) -> None:
    amira, url, _ = film
    for headers in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=999999-"}):
        answer = amira.visitor.session.get(url, headers=headers)
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert "attachment" in amira.visitor.session.get(url).headers["Content-Disposition"]


def test_pictures_and_pages_can_be_looked_at_on_the_page(world: World) -> None:
    amira = world.participant()
    item_id = added(amira, ("board.jpg", picture()), ("plan.pdf", document(3)))
    assert not soup(amira.page).select(".app-look")
    draw(world)
    page = amira.get(f"evidence/{item_id}")
    shown = [str(one["src"]) for one in soup(page).select("img.app-look")]
    assert [src.rsplit("/", 1)[1] for src in shown] == ["1", "1", "2", "3"]
    for src in shown:
        answer = amira.visitor.session.get(world.tool.url + src)
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        with Image.open(io.BytesIO(answer.content)) as look:
            assert max(look.size) <= 1200
    gone = amira.visitor.session.get(world.tool.url + shown[0][:-1] + "9")
    assert gone.status_code == 404


def test_a_look_is_for_those_who_may_have_the_file(world: World) -> None:
    amira, other = world.participant(), world.participant("Ben Okri")
    item_id = added(amira, ("board.jpg", picture()))
    draw(world)
    src = soup(amira.get(f"evidence/{item_id}")).select_one("img.app-look")
    assert src
    for visitor in (other.visitor, world.coach().visitor):
        assert visitor.session.get(world.tool.url + str(src["src"])).status_code == 404


def test_a_picture_too_large_to_decode_is_kept_and_not_drawn(world: World) -> None:
    huge = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(huge, "PNG")
    amira = world.participant()
    item_id = added(amira, ("huge.png", huge.getvalue()))
    draw(world)
    page = amira.get(f"evidence/{item_id}")
    assert not soup(page).select(".app-look")
    assert address(page, "huge.png")


def test_what_was_taken_out_of_a_file_is_said(world: World) -> None:
    amira = world.participant()
    page = add(amira, ("board.jpg", picture("Amira Khan")))
    assert "“board.jpg” is stored without what it said about place, time and camera." in text_of(
        page
    )
    stored = amira.visitor.session.get(world.tool.url + address(page, "board.jpg")).content
    assert b"Amira" not in stored


def test_words_for_a_picture_are_asked_for_and_stay_with_it(world: World) -> None:
    amira, coach = world.participant(), world.coach()
    world.allocate(coach, to=amira)
    page = add(amira, ("board.jpg", picture()))
    item_id = id_of(page)
    assert "Edit the evidence to add some" in text_of(page)
    form = amira.get(f"evidence/{item_id}/edit")
    field = soup(form).find("textarea", attrs={"name": re.compile("^words-")})
    assert field
    said = {str(field["name"]): "The board: four groups, their questions."}
    page = fill_in(amira, form, said, button="submit")
    assert "What it shows: The board: four groups, their questions." in text_of(page)
    draw(world)
    seen = soup(coach.get(f"evidence/{item_id}")).select_one("img.app-look")
    assert seen
    assert seen["alt"] == "The board: four groups, their questions."
    again = soup(amira.get(f"evidence/{item_id}/edit")).find("textarea", id=str(field["id"]))
    assert again
    assert again.text.strip() == "The board: four groups, their questions."
