"""What a component of a certain type must have in one of its fields, as a model of pydantic."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel, ValidationError

from gwproactor.app.nearest import nearest
from gwproactor.domain.hardware_layout import Component, HardwareLayout, LayoutFault
from gwproactor.domain.outcome import Failure, Outcome, Success

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ModelT = TypeVar("ModelT", bound=BaseModel)

# What is a table in a file of settings.
OBJECT: Final = frozenset({"dict_type", "model_type", "model_attributes_type"})


def sections_in(
    layout: HardwareLayout, type_name: str, section: str, model: type[ModelT]
) -> tuple[Mapping[str, ModelT], Sequence[LayoutFault]]:
    """That of each component of a type, by its id, and everything that is wrong with the others."""
    found: dict[str, ModelT] = {}
    faults: list[LayoutFault] = []
    for component in layout.components_of_type(type_name):
        match section_of(component, section, model):
            case Success(read):
                found[component.component_id] = read
            case Failure(told):
                faults += told
    return found, faults


def section_of(
    component: Component, section: str, model: type[ModelT]
) -> Outcome[ModelT, tuple[LayoutFault, ...]]:
    """The field *section* of *component*. No fault shows what is written there."""
    written = component.fields.get(section)
    if not isinstance(written, dict):
        return Failure((LayoutFault(component_place(component), f"needs an object {section}"),))
    try:
        return Success(model.model_validate(written))
    except ValidationError as error:
        texts = _texts(error, model, section)
        return Failure(tuple(LayoutFault(component_place(component), text) for text in texts))


def component_place(component: Component) -> str:
    """As the check of a layout names it."""
    return f"component {component.component_id!r}"


def _texts(error: ValidationError, model: type[BaseModel], section: str) -> Iterator[str]:
    for each in error.errors(include_input=False, include_url=False):
        where = tuple(map(str, each["loc"]))
        yield f"{'.'.join((section, *where))}: {_text(each, model, where)}"


def _text(error: "ErrorDetails", model: type[BaseModel], where: tuple[str, ...]) -> str:
    from gwproactor.app.config.words import UNKNOWN, words_of  # noqa: PLC0415 - faulty layouts only

    if error["type"] in OBJECT:
        return "must be an object"
    if error["type"] != UNKNOWN:
        return words_of(error["type"], error["msg"], error.get("ctx", {}))
    *above, name = where
    near = nearest(name, _members(model, above))
    return "is not known" + (f"; did you mean {near}?" if near is not None else "")


def _members(model: type[BaseModel], above: Sequence[str]) -> Sequence[str]:
    """What is known in the object at *above*, by the names of the file."""
    from gwproactor.app.config.shape import annotations_at  # noqa: PLC0415 - faulty layouts only

    kinds: Sequence[type[BaseModel]] = [model]
    for wanted in above:
        kinds = [
            inner
            for kind in kinds
            for name, field in kind.model_fields.items()
            if (field.alias or name) == wanted
            for inner in annotations_at(kind, (name,))
            if isinstance(inner, type) and issubclass(inner, BaseModel)
        ]
    return [field.alias or name for kind in kinds for name, field in kind.model_fields.items()]
