"""A database full of believable people, made in minutes, to measure at."""
