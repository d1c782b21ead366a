"""Evidence, the coach who vouches for it, and the frozen bundle of a submission."""
