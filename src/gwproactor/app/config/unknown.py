"""What somebody may have meant who wrote a name that no setting has."""

from collections.abc import Iterator

from pydantic import BaseModel

from gwproactor.app.config.layers import Keys, Naming
from gwproactor.app.config.shape import is_open, is_table, names_at
from gwproactor.app.nearest import nearest


def unknown_text(kind: type[BaseModel], path: Keys, naming: Naming) -> str:
    """What is wrong with *path*, which is unknown in *kind*, in the names of its source."""
    meant = meant_by(kind, path)
    if meant is not None:
        return f"unknown name; did you mean {naming.spell(meant)}?"
    depth = _known_depth(kind, path)
    known = names_at(kind, path[:depth])
    if not known:
        return f"unknown name; {naming.spell(path[:depth])} is one value, without parts"
    return f"unknown name; known here are: {', '.join(known)}"


def meant_by(kind: type[BaseModel], path: Keys) -> Keys | None:
    """The known path that is most like *path*, if any is."""
    depth = _known_depth(kind, path)
    words = tuple(word for name in path for word in name.split("_"))
    joined = next(_joined(kind, words), None)
    if joined is not None and joined != path:
        return joined
    near = nearest(path[depth], names_at(kind, path[:depth]))
    return (*path[:depth], near, *path[depth + 1 :]) if near is not None else None


def doubtful_by(kind: type[BaseModel], path: Keys) -> Keys:
    """What may have been meant by the first name of *path* that is unknown, or else that."""
    return (meant_by(kind, path) or path)[: _known_depth(kind, path) + 1]


def _known_depth(kind: type[BaseModel], path: Keys) -> int:
    """How many names of *path* are known before the first that is not."""
    for depth, name in enumerate(path):
        if not is_open(kind, path[:depth]) and name not in names_at(kind, path[:depth]):
            return depth
    return len(path) - 1


def _joined(kind: type[BaseModel], words: Keys, above: Keys = ()) -> Iterator[Keys]:
    """The known values of *words*: by PATHS_DATA_DIR somebody meant PATHS__DATA_DIR."""
    if not words and not is_table(kind, above):
        yield above
    for count in range(len(words), 0, -1):
        name = "_".join(words[:count])
        if name and (is_open(kind, above) or name in names_at(kind, above)):
            yield from _joined(kind, words[count:], (*above, name))
