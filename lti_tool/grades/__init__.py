"""From a tutor's judgement to a grade that the gradebook confirms."""
