"""`gwproactor new`: a small project of one's own, that works."""
