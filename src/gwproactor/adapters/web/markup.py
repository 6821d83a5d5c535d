"""HTML that cannot be broken by what it shows: text is escaped, unless it is markup made here."""

from html import escape
from typing import Final, TypeAlias

import attrs

VOID: Final = frozenset({"link", "meta"})


@attrs.frozen
class Markup:
    """Finished HTML. Made by the functions here alone."""

    html: str

    @property
    def data(self) -> bytes:
        """As it goes over the wire; a lone surrogate of a name becomes a question mark."""
        return self.html.encode(errors="replace")


Child: TypeAlias = Markup | str


def tag(name: str, /, *children: Child, **attributes: str | None) -> Markup:
    """An element. `class_` and `data_x` stand for `class` and `data-x`; None leaves one out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    end = "" if name in VOID else f"{join(*children).html}</{name}>"
    return Markup(f"<{name}{given}>{end}")


def join(*children: Child) -> Markup:
    """One after the other."""
    return Markup(
        "".join(
            child.html if isinstance(child, Markup) else escape(child, quote=False)
            for child in children
        )
    )


def document(*, title: str, head: Markup, body: Markup) -> Markup:
    """A whole page in English, for screens of any width."""
    metas = join(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
    )
    page = tag("html", tag("head", metas, head), body, lang="en")
    return Markup(f"<!doctype html>\n{page.html}\n")
