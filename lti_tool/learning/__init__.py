"""What a participant plans, records and is credited with, apart from evidence and marks."""
