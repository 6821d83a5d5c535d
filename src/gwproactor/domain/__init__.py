"""The pure core: facts in, decisions out; no clock, no IO, no asyncio."""
