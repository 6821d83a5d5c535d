"""What a component of a certain type must have in one of its fields, as a model of pydantic."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from gwproactor.domain.hardware_layout import Component, HardwareLayout, LayoutFault
from gwproactor.domain.outcome import Failure, Outcome, Success

ModelT = TypeVar("ModelT", bound=BaseModel)

OWN_WORDS: Final[Mapping[str, str]] = {
    "extra_forbidden": "is not known",
    "string_too_short": "must not be empty",
}


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
        texts = _texts(error, section)
        return Failure(tuple(LayoutFault(component_place(component), text) for text in texts))


def component_place(component: Component) -> str:
    """As the check of a layout names it."""
    return f"component {component.component_id!r}"


def _texts(error: ValidationError, section: str) -> Iterator[str]:
    from gwproactor.app.config.words import WORDS  # noqa: PLC0415 - for a faulty layout only

    for each in error.errors(include_input=False, include_url=False):
        member = ".".join(map(str, (section, *each["loc"])))
        words = OWN_WORDS.get(each["type"]) or WORDS.get(each["type"])
        if words is None:
            yield f"{member}: {each['msg'].removeprefix('Value error, ')}"
        else:
            yield f"{member} {words.format_map(each.get('ctx', {}))}"
