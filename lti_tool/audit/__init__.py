"""Who did what, when. Append-only: the database refuses an update or a delete."""
