"""`gwproactor certs`: an authority and certificates for development."""
