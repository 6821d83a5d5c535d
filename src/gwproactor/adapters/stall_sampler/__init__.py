"""Stalls of the event loop, noticed by a thread."""

from gwproactor.adapters.stall_sampler.thread_stall_sampler import ThreadStallSampler

__all__ = ["ThreadStallSampler"]
