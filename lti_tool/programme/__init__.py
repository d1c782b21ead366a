"""What the programme is, and what follows from it: plain values, no web, no database, no clock."""
