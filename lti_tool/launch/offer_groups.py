"""What can be placed, in groups that fold: a phone shows few lines of a long list at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from lti_tool.identity import Viewer
from lti_tool.launch.destinations import COACH_EVIDENCE
from lti_tool.launch.offers import Offer
from lti_tool.people.programmes import current_programme
from lti_tool.programme.definition import Programme

COURSE = "The whole course"
OF_MODULES = "Coaches of one module"
OF_PARTICIPANTS = "The coach of one participant"
HINTS = {
    OF_MODULES: "There coaches find the evidence of their participants for this module.",
    OF_PARTICIPANTS: "Everybody who sees the link in your VLE reads the name.",
}


@dataclass(frozen=True)
class OfferGroup:
    """Offers of one kind; open, or folded to its title."""

    title: str
    offers: tuple[Offer, ...]
    is_open: bool
    chosen: int = 0

    @property
    def hint(self) -> str:
        """What holds for each of them."""
        return HINTS.get(self.title, "")


def grouped(
    viewer: Viewer, offers: Iterable[Offer], chosen: Collection[str], *, shows_all: bool
) -> list[OfferGroup]:
    """The offers in groups, in their order; the whole course first.

    Open are the first, as an error leads to its first box, and whatever holds a choice; the
    modules that come next in the course, too, unless there is more; all of what was looked for.
    """
    programme = current_programme(viewer.provider_id)
    found: dict[str, list[Offer]] = {COURSE: []}
    for offer in offers:
        found.setdefault(_title(programme, offer), []).append(offer)
    titles = [title for title, own in found.items() if own]
    is_short = not {OF_MODULES, OF_PARTICIPANTS} & set(titles)
    groups = []
    for place, title in enumerate(titles):
        own = tuple(found[title])
        count = sum(each.opens in chosen for each in own)
        is_open = shows_all or bool(count) or place == 0 or (is_short and place == 1)
        groups.append(OfferGroup(title, own, is_open, count))
    return groups


def _title(programme: Programme, offer: Offer) -> str:
    to = offer.destination
    if to.participant_id is not None:
        return OF_PARTICIPANTS
    if to.page == COACH_EVIDENCE and to.module_code:
        return OF_MODULES
    if offer.module_code:
        phase = programme.phase_of(offer.module_code)
        return f"Phase {phase.number}: {phase.title}"
    return COURSE
