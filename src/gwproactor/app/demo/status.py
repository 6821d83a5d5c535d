"""What the supervisor and the node processes tell each other: one JSON object a line."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

GENERATE: Final = "generate"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)

    def line(self) -> bytes:
        """As it goes through a pipe."""
        return self.model_dump_json().encode() + b"\n"


class NodeConfig(_Line):
    """The first line to a node: what it is, and what it does.

    `name` makes this demo's nodes different from those of another one on the same broker.
    `status_page`: serve one on any free port, and tell where.
    """

    name: str
    folder: Path
    host: str
    port: int
    username: str = ""
    password: str = ""
    rate: float
    events: int
    seconds: float | None = None
    status_page: bool = False

    @property
    def parent_name(self) -> str:
        return f"demo.{self.name}"

    @property
    def child_name(self) -> str:
        return f"demo.{self.name}.scada"

    @property
    def parent_folder(self) -> Path:
        return self.folder / "parent"

    @property
    def child_folder(self) -> Path:
        return self.folder / "child"

    @property
    def list_path(self) -> Path:
        """The child actor's own list of its events, one id a line."""
        return self.child_folder / "generated.txt"


class LinkStatus(_Line):
    """`next_try_s`: seconds until the node tries the broker again; None while it does not wait.
    `page` is the address of the node's status page, or empty.
    """

    link: str
    next_try_s: float | None = None
    page: str = ""

    @property
    def is_active(self) -> bool:
        return self.link == "active"


class ChildStatus(LinkStatus):
    """The child so far. Where it says events, the node's own are counted, too.

    `pending` are in its store, `un_acked` those of them that were sent and not acked yet.
    `reuploaded` were sent again, or late, because the link was not active.
    """

    generated: int = 0
    refused: int = 0
    finished: bool = False
    celsius: float | None = None
    events: int = 0
    pending: int = 0
    un_acked: int = 0
    acked: int = 0
    reuploads: int = 0
    reuploads_done: int = 0
    reuploaded: int = 0

    @property
    def own_events(self) -> int:
        """Events of the node itself, such as that it has started."""
        return max(0, self.events - self.generated)

    @property
    def is_drained(self) -> bool:
        """Whether the last event was generated, and everything acknowledged."""
        return self.finished and self.pending == 0


class ParentStatus(LinkStatus):
    """The parent so far: readings that its actor handled, other events, duplicates it dropped."""

    handled: int = 0
    others: int = 0
    duplicates: int = 0
    celsius: float | None = None
