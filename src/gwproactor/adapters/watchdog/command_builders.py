"""The command that pats an external watchdog, by the classes of `gwproactor` 4."""

import os

from typing_extensions import override


class ExternalWatchdogCommandBuilder:
    """Says which command pats the external watchdog; an empty one is not run.

    Subclass it and override `default_pat_args`. Here there is no command, and none for a process
    that does not run as a service.
    """

    @classmethod
    def service_variable_name(cls, service_name: str) -> str:
        """The environment variable that tells whether this process runs as *service_name*."""
        return f"{service_name.upper()}_RUNNING_AS_SERVICE"

    @classmethod
    def running_as_service(cls, service_name: str) -> bool:
        """Whether that variable is "1" or "true", in any case."""
        return os.environ.get(cls.service_variable_name(service_name), "").lower() in {"1", "true"}

    @classmethod
    def default_pat_args(cls, pid: int | None = None) -> list[str]:  # noqa: ARG003 # for subclasses
        """The command for the process *pid*, None: this one."""
        return []

    @classmethod
    def pat_args(
        cls, service_name: str, args: list[str] | None = None, pid: int | None = None
    ) -> list[str]:
        """What to run: *args*, or else the default command; empty if not run as a service."""
        if not cls.running_as_service(service_name):
            return []
        return cls.default_pat_args(pid=pid) if args is None else args


class SystemDWatchdogCommandBuilder(ExternalWatchdogCommandBuilder):
    """Pats systemd by its own program. The unit needs NotifyAccess=all; a node that is told by
    systemd itself (`watchdog.external` "auto") needs no command at all.
    """

    @classmethod
    @override
    def default_pat_args(cls, pid: int | None = None) -> list[str]:
        return ["systemd-notify", f"--pid={os.getpid() if pid is None else pid}", "WATCHDOG=1"]
