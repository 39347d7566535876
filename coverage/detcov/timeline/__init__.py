"""Studies of the same rules at several times, and what changed between them."""
