"""The shell that carries decisions out, the settings, the container and the command line."""
