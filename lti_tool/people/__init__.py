"""Users, participants, courses, allocations, and who may see whom."""
