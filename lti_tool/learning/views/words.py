"""Words of plan and dialogue that several pages show."""

from __future__ import annotations

from lti_tool.learning.needs import Confidence, Source

# Level -> its word and how far along it is, for a glyph of four steps.
CONFIDENCE = {
    Confidence.NEW.value: ("Beginning", 1),
    Confidence.DEVELOPING.value: ("Developing", 2),
    Confidence.SECURE.value: ("Secure", 3),
    Confidence.STRONG.value: ("Strong, could help others", 4),
}
SOURCES = {
    Source.INDUCTION.value: "Induction",
    Source.PERFORMANCE.value: "Performance management",
    Source.SELF.value: "Own judgement",
    Source.COACH.value: "The coach",
}
