"""What the figures were measured on."""

import os
import platform
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

from gwproactor.adapters.broker_process.mosquitto_broker import mosquitto_program


def machine_facts(broker: str, original_python: Path) -> dict[str, str]:
    """By name, for people."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    busy = " (a busy machine: rates and ratios mislead, measure again)"
    original = _first_line(
        str(original_python),
        "-c",
        "from importlib.metadata import version as v; import platform; "
        "print(v('gridworks-proactor'), 'on Python', platform.python_version())",
    )
    packages = ("paho-mqtt", "orjson", "cattrs", "attrs")
    folder = tempfile.gettempdir()
    return {
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in packages),
        "original": f"gridworks-proactor {original}",
        "machine": f"{cores} cores, {_processor()}, {platform.platform()}",
        "load at start": f"{load:.1f}" + (busy if load > cores / 2 else ""),
        "broker": f"{broker} {_broker_version(broker)}",
        "stores in": f"{folder} ({_file_system(Path(folder))})",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _broker_version(broker: str) -> str:
    match broker:
        case "mosquitto":
            return _first_line(mosquitto_program() or broker, "-h").removeprefix(
                "mosquitto version "
            )
        case "iotcore":
            return version("iotcore")
        case _:
            return ""


def _file_system(folder: Path) -> str:
    """The type of the file system that *folder* is on, as Linux names it."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown file system"
    types = {Path(fields[1]): fields[2] for fields in (mount.split() for mount in mounts)}
    real = folder.resolve()
    return next((types[path] for path in (real, *real.parents) if path in types), "unknown")


def _first_line(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return (done.stdout or done.stderr).partition("\n")[0].strip()
