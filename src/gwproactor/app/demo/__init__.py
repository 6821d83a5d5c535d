"""The demo: two nodes and a broker, of which the broker is taken away for a while.

Enter at `supervisor`, which runs the nodes (`node`, made of `child` or `parent`) as processes, and
`verdict`, which says whether anything was lost. The nodes are ordinary deployments of the library.
"""
