"""Events in files of their own."""
