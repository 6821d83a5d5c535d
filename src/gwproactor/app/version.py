"""Which gwproactor this is."""

from importlib import metadata


def own_version() -> str:
    """The installed version, or that there is none."""
    try:
        return metadata.version("gwproactor")
    except metadata.PackageNotFoundError:
        return "(from source, not installed)"
