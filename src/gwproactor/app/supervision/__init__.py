"""Parts of a node that fail, hang or end, and what follows."""
