"""Events in SQLite files."""
