"""URLs as hardware layouts write them. Names and meaning are the original library's."""

import re
from string import Formatter
from typing import Final, Literal, Self
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from pydantic import ConfigDict, Field, SecretStr, model_validator
from pydantic.alias_generators import to_pascal

from gwproactor.app.rest.values import Host, Scalar, ScalarsByName, SecretText, Text, encoded_host
from gwproactor.app.settings.part import SettingsPart
from gwproactor.domain.short_text import short_remark

# What may be in a path, in a query or fragment, and before a host as it is; `%` begins a code.
_SAFE_IN_PATH: Final = "/:@!$&'()*+,;=~"
_SAFE_AFTER_PATH: Final = f"{_SAFE_IN_PATH}?"
_SAFE_IN_USER: Final = "!$&'()*+,;=~:"
_NO_CODE: Final = re.compile("%(?![0-9A-Fa-f]{2})")


class RESTPart(SettingsPart):
    """In a layout its fields are `WrittenSo`, in Python `written_so`."""

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True)


class URLArgs(RESTPart):
    """The parts of a URL. User, password and query may be secrets, and are not shown."""

    scheme: Literal["http", "https", ""] = "https"
    user: Text | None = Field(None, repr=False)
    password: SecretText | None = None
    host: Host = ""
    port: int | None = Field(None, ge=1, le=65_535)
    path: Text = ""
    query: tuple[tuple[Text, Scalar], ...] | None = Field(None, repr=False)
    fragment: Text = ""
    encoded: bool = Field(True, description="path and fragment are percent-encoded already")

    @model_validator(mode="after")
    def _is_of_a_host(self) -> Self:
        for name in ("user", "password", "port"):
            if getattr(self, name) is not None and not self.host:
                raise ValueError(f"{name.capitalize()} needs a Host beside it")
        return self


class URLConfig(RESTPart):
    """A URL in three ways, each of which changes what the ones before it give.

    `url` is one as a text, `url_args` are parts of one, and `url_path_format`, filled in with
    `url_path_args`, is the path: `/devices/{id}` with `{"id": 1}`.
    """

    url: SecretStr | None = None
    url_args: URLArgs | None = None
    url_path_format: Text = ""
    url_path_args: ScalarsByName | None = Field(None, repr=False)

    @model_validator(mode="after")
    def _makes_a_url(self) -> Self:
        if self.url is not None:
            check_url(self.url.get_secret_value())
        check_url(self.text())
        return self

    def text(self) -> str:
        """The URL, percent-encoded; without a host, from the path on; empty if nothing is given."""
        parts = urlsplit(self.url.get_secret_value() if self.url is not None else "")
        if self.url_args is not None:
            parts = _changed(parts, self.url_args)
        if self.url_path_format:
            path = _filled_in(self.url_path_format, self.url_path_args or {})
            parts = parts._replace(path=path)
        if parts.netloc and not parts.path.startswith("/"):
            parts = parts._replace(path=f"/{parts.path}")
        return _encoded(parts).geturl()


def is_absolute(url: str) -> bool:
    """Whether it names a host, not only a path there."""
    return bool(urlsplit(url).netloc)


def without_secrets(url: str) -> str:
    """To be shown: no user, password, query or fragment."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else parts.path


def check_url(url: str) -> None:
    """Raises ValueError, which does not show *url*, if nobody can ask for it."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError("is no URL") from None
    if has_host:
        _check_host(parts)
    if (parts.scheme or parts.netloc) and not (has_host and parts.scheme in ("http", "https")):
        raise ValueError("is no URL that begins with http://HOST or https://HOST")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("is a URL with a space or an unprintable character")


def _check_host(parts: SplitResult) -> None:
    try:
        encoded_host(parts.hostname or "")
    except ValueError as error:
        raise ValueError(f"is a URL whose host {error}") from None


def _encoded(parts: SplitResult) -> SplitResult:
    """*parts* in which all is percent-encoded that must be, and nothing else is changed."""
    user, at, place = parts.netloc.rpartition("@")
    if not place.isascii():
        host = encoded_host(parts.hostname or "")
        place = host if parts.port is None else f"{host}:{parts.port}"
    return parts._replace(
        netloc=_as_sent(user, _SAFE_IN_USER) + at + place,
        path=_as_sent(parts.path, _SAFE_IN_PATH),
        query=_as_sent(parts.query, _SAFE_AFTER_PATH),
        fragment=_as_sent(parts.fragment, _SAFE_AFTER_PATH),
    )


def _as_sent(text: str, safe: str) -> str:
    return quote(_NO_CODE.sub("%25", text), safe=f"{safe}%")


def _changed(parts: SplitResult, args: URLArgs) -> SplitResult:
    """*parts* with what is given of *args*."""
    given = args.model_fields_set
    changes: dict[str, str] = {}
    if given & {"user", "password", "host", "port"}:
        changes["netloc"] = _netloc(args)
    if "scheme" in given or not parts.scheme:
        # A path alone has none.
        changes["scheme"] = args.scheme if changes.get("netloc", parts.netloc) else ""
    if "path" in given:
        changes["path"] = _quoted(args.path, args.encoded)
    if args.query is not None:
        changes["query"] = urlencode(args.query)
    if "fragment" in given:
        changes["fragment"] = _quoted(args.fragment, args.encoded)
    return parts._replace(**changes)


def _netloc(args: URLArgs) -> str:
    host = f"[{args.host}]" if ":" in args.host else args.host
    place = host if args.port is None else f"{host}:{args.port}"
    user = quote(args.user or "", safe="")
    if args.password is not None:
        user += ":" + quote(args.password.get_secret_value(), safe="")
    return f"{user}@{place}" if user else place


def _quoted(text: str, encoded: bool) -> str:
    return _as_sent(text, _SAFE_IN_PATH) if encoded else quote(text, safe=_SAFE_IN_PATH)


def _filled_in(path_format: str, args: dict[str, Scalar]) -> str:
    """For names alone: `str.format` itself looks into objects, and makes texts of any width."""
    try:
        parts = list(Formatter().parse(path_format))
    except ValueError:
        raise ValueError("UrlPathFormat has a brace that has no other; {{ and }} are one") from None
    filled = ""
    for before, name, width, conversion in parts:
        filled += before
        if name is None:
            continue
        if width or conversion or not name.isidentifier():
            raise ValueError("UrlPathFormat may have a name alone between braces, as {id}")
        if name not in args:
            missing = short_remark(name)
            raise ValueError(f"UrlPathArgs has no {missing!r}, which UrlPathFormat names")
        filled += str(args[name])
    return filled
