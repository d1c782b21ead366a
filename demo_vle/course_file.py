"""The course that a demo begins with, read from YAML."""

from pathlib import Path
from typing import Any

import yaml

from demo_vle.site import Site
from demo_vle.state import Course, Person

DEFAULT_COURSE = Path(__file__).with_name("course.yaml")


def load_course_file(site: Site, path: Path = DEFAULT_COURSE) -> Course:
    """Fill an empty platform with one course and its people."""
    written = yaml.safe_load(path.read_text("utf-8"))
    with site.change():
        course = site.add_course(
            written["title"], written["label"], idnumber=written.get("idnumber", "")
        )
        kinds = site.personality.roles_in_file
        enrolled: dict[str, Person] = {}
        for kind, role in kinds.items():
            for entry in written.get(kind, []):
                person = add_person(site, entry)
                enrolled[person.sourcedid] = person
                observees = [enrolled[each] for each in entry.get("observes", [])]
                site.enrol(person, course, role, observees=observees)
    return course


def add_person(site: Site, entry: dict[str, Any]) -> Person:
    return site.add_person(
        entry["name"],
        entry["email"],
        username=entry.get("username"),
        sourcedid=entry.get("sourcedid", ""),
        note=entry.get("note", ""),
    )
