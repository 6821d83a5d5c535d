"""Actors that ask a service or device by HTTP, again and again."""
