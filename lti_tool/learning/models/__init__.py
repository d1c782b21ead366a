"""The tables of plans and records, one file a subject."""
