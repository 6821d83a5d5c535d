"""Reading a node's configuration from where it is written, and checking it before the node runs."""
