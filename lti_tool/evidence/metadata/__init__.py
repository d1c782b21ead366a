"""Take out of a file what it says about places and people beside what it shows.

A picture or recording from a phone carries where it was made, often to the metre; a document
carries its author's name, which a marker is not to know. Pixels, sound and text stay as they are:
nothing is encoded anew, parts of the file are left out or blanked while it is read.
"""

from lti_tool.evidence.metadata.cleaning import Cleaned, cleaned

__all__ = ["Cleaned", "cleaned"]
