"""Speed of this library beside the original and beside ceilings; see README.md."""
