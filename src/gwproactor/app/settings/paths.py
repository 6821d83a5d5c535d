"""Where a node keeps its files."""

import os
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from gwproactor.app.settings.part import FilePath, PartOfPath, SettingsPart

DEFAULT_BASE = Path("gridworks")
DEFAULT_NAME = Path("scada")
DEFAULT_LAYOUT_FILE = "hardware-layout.json"


# The folders of who runs the node: the variable that names each, and where it is by default.
HOMES: Final = {
    "data_home": ("XDG_DATA_HOME", "~/.local/share"),
    "state_home": ("XDG_STATE_HOME", "~/.local/state"),
    "config_home": ("XDG_CONFIG_HOME", "~/.config"),
}
# What follows from each of them.
FOLDERS: Final = {"data_dir": "data_home", "config_dir": "config_home", "log_dir": "state_home"}


def xdg_home(field: str) -> Path | None:
    """What the variable for *field* says. The XDG Base Directory specification ignores a path that
    is not absolute.
    """
    home = Path(os.environ.get(HOMES[field][0], ""))
    return home if home.is_absolute() else None


def no_home_text(setting: str) -> str:
    """What is wrong with *setting*, as `paths.data_dir`, if it lies below an unknown home."""
    _, folder = setting.rsplit(".", 1)
    variable, _ = HOMES[FOLDERS[folder]]
    return f"who runs the node has no home folder: set HOME, {variable} or {setting}"


def _home(field: str) -> Path:
    """With its `~` if nobody knows a home: it may not be needed."""
    default = Path(HOMES[field][1])
    try:
        return xdg_home(field) or default.expanduser()
    except RuntimeError:
        return default


class Paths(SettingsPart):
    """Where the node keeps its files; what is not given lies below the XDG base folders.

    `relative_path`, by default `base/name`, is where below each of them.
    """

    base: PartOfPath = Field(DEFAULT_BASE, description="folder of all nodes, below the XDG folders")
    name: PartOfPath = Field(DEFAULT_NAME, description="folder of this node, below base")
    relative_path: PartOfPath = Field(
        default_factory=lambda data: data["base"] / data["name"], description="instead of the two"
    )
    data_home: FilePath = Field(
        default_factory=lambda: _home("data_home"),
        description="by default $XDG_DATA_HOME",
    )
    state_home: FilePath = Field(
        default_factory=lambda: _home("state_home"),
        description="by default $XDG_STATE_HOME",
    )
    config_home: FilePath = Field(
        default_factory=lambda: _home("config_home"),
        description="by default $XDG_CONFIG_HOME",
    )
    data_dir: FilePath = Field(
        default_factory=lambda data: data["data_home"] / data["relative_path"],
        description="events, and what tells this installation from others",
    )
    config_dir: FilePath = Field(
        default_factory=lambda data: data["config_home"] / data["relative_path"],
        description="certificates and the hardware layout",
    )
    certs_dir: FilePath = Field(
        default_factory=lambda data: data["config_dir"] / "certs",
        description="a folder for each broker, with the TLS files that are not configured",
    )
    event_dir: FilePath = Field(
        default_factory=lambda data: data["data_dir"] / "event",
        description="rolling-files: the folder in which the original library kept its events",
    )
    log_dir: FilePath = Field(
        default_factory=lambda data: data["state_home"] / data["relative_path"] / "log",
        description="folder of logs",
    )
    hardware_layout: FilePath = Field(
        default_factory=lambda data: data["config_dir"] / DEFAULT_LAYOUT_FILE,
        description="JSON file; without it there is no layout",
    )

    @property
    def homeless(self) -> tuple[str, ...]:
        """The folders that are not known, for they lie below a home, and there is none."""
        return tuple(name for name in FOLDERS if getattr(self, name).parts[:1] == ("~",))

    @property
    def event_store(self) -> Path:
        """Events that the parent has not acknowledged: this node's, and those that it relays."""
        return self.data_dir / "events.sqlite"

    @property
    def event_sink(self) -> Path:
        """Events that this node has received."""
        return self.data_dir / "received.sqlite"

    @property
    def event_sink_dir(self) -> Path:
        """The same, one file each."""
        return self.data_dir / "received"

    @property
    def instance_id(self) -> Path:
        """What tells this installation from all others."""
        return self.data_dir / "instance-id"

    def duplicate(self, **changes: Any) -> "Paths":
        """The same, but for *changes*; what was not given follows them."""
        return Paths.model_validate(self.model_dump(exclude_unset=True) | changes)

    def mkdirs(self) -> None:
        """Make the folders that a node writes to, and that of its configuration. Raises OSError."""
        for name in self.homeless:
            raise FileNotFoundError(no_home_text(f"paths.{name}"))
        for folder in (self.data_dir, self.config_dir, self.event_dir, self.log_dir):
            folder.mkdir(parents=True, exist_ok=True)
