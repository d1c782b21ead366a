"""What may be done with marks, and what a gradebook's answers mean. Pure: plain values only."""
