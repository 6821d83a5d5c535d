"""`Stacks` that a test makes up."""

import attrs


@attrs.define
class MemoryStacks:
    """The stacks in `threads`, by the thread's name."""

    threads: dict[str, str] = attrs.Factory(dict)

    def of_thread(self, name: str) -> str | None:
        return self.threads.get(name)

    def of_all_threads(self) -> str:
        return "\n".join(f"Thread {name!r}:\n{stack}" for name, stack in self.threads.items())
