"""Finds the class of a node's container by its name, as `house.node:HouseContainer`."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from gwproactor.app.container import ProactorContainer
from gwproactor.app.foreign_code import PASSED_ON
from gwproactor.app.node_file.described import described
from gwproactor.app.settings import ProactorSettings
from gwproactor.domain.outcome import Failure, Outcome, Success


def container_class(named: str, folder: Path) -> Outcome[type[ProactorContainer], str]:
    """The class that *named* means; empty: that of a node without actors.

    Modules are looked for in *folder*, too, which stays first on the path. Fails: what is wrong, in
    words.
    """
    if not named:
        return Success(ProactorContainer)
    module_name, colon, class_name = named.partition(":")
    parts = (*module_name.split("."), class_name)
    if not (colon and all(part.isidentifier() for part in parts)):
        return Failure(f"{named!r} is not of the form MODULE:CLASS, as house.node:HouseContainer")
    _look_in(folder)
    match _imported(module_name, folder):
        case Failure(fault):
            return Failure(fault)
        case Success(module):
            return _class_in(module, class_name, folder)


def _look_in(folder: Path) -> None:
    """As Python does with the folder of a script."""
    name = str(folder.resolve())
    if name in sys.path:
        sys.path.remove(name)
    sys.path.insert(0, name)


def _imported(module_name: str, folder: Path) -> Outcome[ModuleType, str]:
    try:
        return Success(import_module(module_name))
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module_name}.".startswith(f"{error.name}."):
            where = f"neither in {folder.resolve()} nor among the installed packages"
            return Failure(f"there is no module {error.name!r}, {where}")
        return Failure(_cannot_import(module_name, error, folder))
    except PASSED_ON:
        raise
    except SystemExit as error:
        return Failure(
            f"{_cannot_import(module_name, error, folder)}; a module that runs something must do "
            'so below `if __name__ == "__main__":`'
        )
    except BaseException as error:  # whatever that module does
        return Failure(_cannot_import(module_name, error, folder))


def _class_in(
    module: ModuleType, class_name: str, folder: Path
) -> Outcome[type[ProactorContainer], str]:
    name = module.__name__
    try:
        found: object = getattr(module, class_name, None)
    except PASSED_ON:
        raise
    except BaseException as error:  # of the module's `__getattr__`
        return Failure(f"{class_name!r} in {name!r} cannot be had: {described(error, folder)}")
    if isinstance(found, type) and issubclass(found, ProactorContainer):
        return _with_settings(found)
    if found is not None:
        return Failure(f"{class_name!r} in {name!r} is no subclass of ProactorContainer")
    there = [
        name
        for name, each in vars(module).items()
        if isinstance(each, type) and issubclass(each, ProactorContainer)
        if each.__module__ == module.__name__
    ]
    known = f"; its containers are: {', '.join(there)}" if there else ""
    return Failure(f"there is no class {class_name!r} in {name!r}{known}")


def _with_settings(found: type[ProactorContainer]) -> Outcome[type[ProactorContainer], str]:
    wanted: object = found.settings_class
    if isinstance(wanted, type) and issubclass(wanted, ProactorSettings):
        return Success(found)
    what = f"{found.__qualname__!r} in {found.__module__!r}"
    return Failure(f"the settings_class of {what} is no subclass of ProactorSettings")


def _cannot_import(module_name: str, error: BaseException, folder: Path) -> str:
    return f"{module_name!r} cannot be imported: {described(error, folder)}"
