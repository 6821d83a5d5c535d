"""`gwproactor events`: what lies in a node's event store or sink, for operators."""
