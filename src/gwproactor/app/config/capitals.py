"""Names that somebody chose with capitals, which no variable can say: variables count in any case,
and so as small letters. One that seems to mean such a name would quietly make another.
"""

from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from gwproactor.app.config.fault import Fault
from gwproactor.app.config.layers import Keys, Leaf, dotted
from gwproactor.app.config.shape import is_open


def faults_of_capitals(kind: type[BaseModel], leaves: Iterable[Leaf]) -> Iterator[Fault]:
    """Of each variable among *leaves* that seems to mean a name with capitals of another source."""
    said = list(leaves)
    chosen = {
        table: leaf.origin.place
        for leaf in said
        if leaf.origin.naming.is_dotted or leaf.origin.inside
        for table in _chosen(kind, leaf.path)
    }
    meant = {_small(path): path for path in chosen if path != _small(path)}
    for leaf in said:
        if leaf.origin.naming.is_dotted or leaf.origin.inside:
            continue
        for path in _chosen(kind, leaf.path):
            if path in meant and path not in chosen:
                name = dotted(meant[path])
                text = (
                    f"a variable cannot name {name}, for it has capitals: write it in small "
                    f"letters there, or set it by --set {name}"
                )
                yield Fault(leaf.origin.place, text)
                break


def _chosen(kind: type[BaseModel], path: Keys) -> Iterator[Keys]:
    """The beginnings of *path* whose last name is one that somebody chose."""
    for depth in range(1, len(path) + 1):
        if is_open(kind, path[: depth - 1]):
            yield path[:depth]


def _small(path: Keys) -> Keys:
    return tuple(name.lower() for name in path)
