"""One folder or file per technology, each behind a port."""
