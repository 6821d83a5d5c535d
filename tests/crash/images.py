"""Images of crashed disks as real folders, in memory where the machine offers that."""

from pathlib import Path
from tempfile import gettempdir

from tests.crash.disk import Image

SCRATCH = "/dev/shm" if Path("/dev/shm").is_dir() else gettempdir()


def written(image: Image, folder: Path) -> None:
    folder.mkdir()
    for path in image.folders:
        (folder / path).mkdir()
    for path, content in image.files.items():
        (folder / path).write_bytes(content)
