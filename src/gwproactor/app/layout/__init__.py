"""A node that is built by its hardware layout: its actors, its web servers."""
