"""What is wrong with a configuration."""

from collections.abc import Iterable

import attrs


@attrs.frozen
class Fault:
    """`place` says where it was written, `text` what is wrong and what to change; neither shows a
    secret. One that `may_pass` by itself or be mended while the node runs, as a certificate that
    has expired, does not keep a node from starting. `is_missing`: something should be written there
    that is not.
    """

    place: str
    text: str
    may_pass: bool = False
    is_missing: bool = attrs.field(default=False, kw_only=True)

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@attrs.frozen
class Refused:
    """Everything that is wrong, in the order of the settings; at least one fault."""

    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


def refuse_start(faults: Iterable[Fault]) -> bool:
    """Whether a node with these may not run."""
    return not all(fault.may_pass for fault in faults)
