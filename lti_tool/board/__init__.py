"""The external examiner's view, the board's decisions, and what follows from them."""
