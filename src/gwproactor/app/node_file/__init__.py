"""A node from one file: checked, shown, run."""
