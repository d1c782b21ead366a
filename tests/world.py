"""A course with people in it, each behind a browser without a screen."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup
from requests import Response

from demo_vle.browser import Visitor, tree_of
from demo_vle.server import RunningVle
from demo_vle.state import Placement
from lti_tool.db import db
from lti_tool.identity import Role, Viewer
from lti_tool.people import allocations
from lti_tool.people.models import Course, Participant, User
from lti_tool.people.users import appoint_lead, find_user_by_identity
from tests.tool_server import RunningTool

_numbers = itertools.count(1)
COURSE_PATH = re.compile(r"/courses/(\d+)/")
VLE_ROLES = {
    "moodle": {"participant": "student", "coach": "coach", "tutor": "editingteacher"},
    "canvas": {"participant": "student", "coach": "observer", "tutor": "editingteacher"},
}


class World:
    """One VLE course that the tool knows. `placement` puts links into it as they are needed."""

    def __init__(self, tool: RunningTool, vle: RunningVle) -> None:
        self.tool = tool
        self.vle = vle
        self.product: str = vle.registration()["product"]
        number = next(_numbers)
        self.course = vle.site.add_course(f"Teaching and Learning {number}", f"MTL-{number}")
        self._placements: dict[str, Placement] = {}

    def placement(self, opens: str) -> Placement:
        """A link to "progress", "coach-evidence" or a module such as "MTL1" (with a column)."""
        if opens not in self._placements:
            module = opens[-1].isdigit()
            self._placements[opens] = self.vle.site.place(
                self.course,
                opens,
                custom={"mtl": f"module:{opens}" if module else opens},
                line_item={"scoreMaximum": 100, "resourceId": opens, "tag": "module"}
                if module
                else None,
                url=f"{self.tool.url}/lti/launch",
            )
        return self._placements[opens]

    def visitor(self, name: str, role: str, *, email: str | None = None) -> Visitor:
        """A browser of a new person of the course, not launched yet. `role` is the tool's word."""
        address = email or f"{name.lower().replace(' ', '.')}.{next(_numbers)}@school.example"
        person = self.vle.site.add_person(name, address)
        self.vle.site.enrol(person, self.course, VLE_ROLES[self.product][role])
        return Visitor(self.vle, person)

    def participant(self, name: str = "Amira Khan", opens: str = "progress") -> Person:
        return Person(self, self.visitor(name, "participant"), opens)

    def coach(self, name: str = "Colin Hughes") -> Person:
        return Person(self, self.visitor(name, "coach"), "coach-evidence")

    def tutor(self, name: str = "Tessa Grant", opens: str = "progress") -> Person:
        return Person(self, self.visitor(name, "tutor"), opens)

    def lead(self, name: str = "Lena Okafor") -> Person:
        """A member of staff whom the operator has appointed programme lead."""
        person = Person(self, self.visitor(name, "tutor"), "progress")
        with self.tool.app.app_context():
            appoint_lead(person.user())
            db.session.commit()
        person.arrive("progress")
        return person

    def allocate(self, coach: Person, to: Person, kind: str = "coach") -> None:
        """Make somebody the coach (or tutor) of a participant."""
        with self.tool.app.app_context():
            participant = db.session.get_one(Participant, to.participant_id())
            viewer = Viewer(coach.user().id, Role.LEAD, participant.provider_id, coach.course_id)
            allocations.allocate(viewer, participant, coach.user().id, kind)
            db.session.commit()

    def deliver(self) -> None:
        """Do what the worker does, until nothing is due."""
        from lti_tool.grades.deliveries import send_due

        with self.tool.app.app_context():
            send_due()


class Person:
    """Somebody of the course, launched: `page` is the last answer their browser got.

    Where the launch of somebody new leads to is fetched when a test looks at it: most go on to a
    page of their own at once, and a tutor's first page, of everybody, costs more than the launch.
    """

    def __init__(self, world: World, visitor: Visitor, opens: str) -> None:
        self.world = world
        self.visitor = visitor
        self._page: Response | None = None
        self.course_id = self.arrive(opens)

    def arrive(self, opens: str) -> int:
        """Click a link of the course up to the redirect into the tool; returns the course's id."""
        placement = self.world.placement(opens)
        initiated = self.visitor.initiate(placement)
        form = self.visitor.authorise(self.visitor.onward(initiated))
        answer = self.visitor.send(form, follow=False)
        self._lands_on = urljoin(answer.url, answer.headers.get("Location", ""))
        found = COURSE_PATH.search(self._lands_on)
        assert found, f"The launch ended on {self._lands_on}: {text_of(answer)[:500]}"
        self._page = None
        return int(found[1])

    @property
    def page(self) -> Response:
        if self._page is None:
            self._page = self.visitor.get(self._lands_on)
        return self._page

    @page.setter
    def page(self, answer: Response) -> None:
        self._page = answer

    @property
    def name(self) -> str:
        return str(self.visitor.person.name)  # type: ignore[attr-defined]

    def launch(self, opens: str) -> Response:
        """Click a link of the course."""
        self.page = self.visitor.launch(self.world.placement(opens))
        return self.page

    def get(self, path: str = "") -> Response:
        """Open a page of the course in the tool."""
        self.page = self.visitor.get(f"{self.world.tool.url}/courses/{self.course_id}/{path}")
        return self.page

    def submit(
        self,
        page: Response,
        values: Mapping[str, str | Sequence[str] | None] | None = None,
        *,
        files: Sequence[tuple[str, tuple[str, bytes, str]]] = (),
        button: tuple[str, str] | None = None,
        form: str | None = None,
    ) -> Response:
        """Fill in the form of a page and press a button."""
        self.page = self.visitor.submit(page, form, values, files, button)
        return self.page

    def user(self) -> User:
        """This person as the tool knows them; call it inside an application context."""
        course = db.session.get_one(Course, self.course_id)
        user = find_user_by_identity(course.registration_id, self.visitor.person.id)
        assert user is not None
        return user

    def viewer(self, role: Role) -> Viewer:
        """This person asking, for calling an activity; inside an application context."""
        user = self.user()
        course = db.session.get_one(Course, self.course_id)
        return Viewer(user.id, role, user.provider_id, course.id, course.registration_id)

    def participant_id(self) -> int:
        """The id of their record as a participant."""
        with self.world.tool.app.app_context():
            user_id = self.user().id
            found = db.session.query(Participant.id).filter_by(user_id=user_id).scalar()
        assert found is not None
        return int(found)

    def candidate_number(self) -> str:
        """What stands for their name where work is marked; inside an application context."""
        found = db.session.query(Participant).filter_by(user_id=self.user().id).one()
        return found.candidate_number


def soup(response: Response) -> BeautifulSoup:
    return tree_of(response.text)


def text_of(response: Response) -> str:
    """The words of a page, single-spaced."""
    return " ".join(soup(response).get_text(" ").split())


def grades_in(world: World) -> dict[str, Any]:
    """The VLE's gradebook of the course: column id → person id → cell."""
    return dict(world.vle.site.gradebook(world.course))
