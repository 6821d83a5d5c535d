"""Coroutines on a second event loop, in a thread of its own."""

from gwproactor.adapters.io_loop.thread_io_runner import ThreadIORunner

__all__ = ["ThreadIORunner"]
