"""`gwproactor broker`: a broker for development."""
