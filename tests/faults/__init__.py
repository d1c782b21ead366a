"""What a delivery meets on its worst days, and what the gradebook has to show afterwards."""
