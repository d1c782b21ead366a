"""The pages about people: who is here, who supports whom, and where they teach."""

from lti_tool.people.views import allocating, coach_links, heads, places, schools
from lti_tool.people.views.blueprint import bp

__all__ = ["allocating", "bp", "coach_links", "heads", "places", "schools"]
