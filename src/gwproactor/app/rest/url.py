"""URLs as hardware layouts write them. Names and meaning are the original library's."""

from collections.abc import Iterable
from typing import Literal, Self, TypeAlias
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from pydantic import ConfigDict, Field, SecretStr, model_validator
from pydantic.alias_generators import to_pascal

from gwproactor.app.settings.part import SettingsPart

Scalar: TypeAlias = str | int | float

# What a path may hold as it is.
_SAFE_IN_PATH = "/:@!$&'()*+,;=~"


class RESTPart(SettingsPart):
    """In a layout its fields are `WrittenSo`, in Python `written_so`."""

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True)


class URLArgs(RESTPart):
    """The parts of a URL. User, password and query may be secrets, and are not shown."""

    scheme: Literal["http", "https", ""] = "https"
    user: str | None = Field(None, repr=False)
    password: SecretStr | None = None
    host: str = ""
    port: int | None = Field(None, ge=1, le=65_535)
    path: str = ""
    query: tuple[tuple[str, Scalar], ...] | None = Field(None, repr=False)
    fragment: str = ""
    encoded: bool = Field(True, description="path and fragment are percent-encoded already")


class URLConfig(RESTPart):
    """A URL in three ways, each of which changes what the ones before it give.

    `url` is one as a text, `url_args` are parts of one, and `url_path_format`, filled in with
    `url_path_args`, is the path: `/devices/{id}` with `{"id": 1}`.
    """

    url: SecretStr | None = None
    url_args: URLArgs | None = None
    url_path_format: str = ""
    url_path_args: dict[str, Scalar] | None = Field(None, repr=False)

    @model_validator(mode="after")
    def _makes_a_url(self) -> Self:
        check_url(self.text())
        return self

    def text(self) -> str:
        """The URL, percent-encoded; without a host, from the path on; empty if nothing is given."""
        parts = urlsplit(self.url.get_secret_value() if self.url is not None else "")
        if self.url_args is not None:
            parts = _changed(parts, self.url_args)
        if self.url_path_format:
            path = _filled_in(self.url_path_format, self.url_path_args or {})
            parts = parts._replace(path=quote(path, safe=_SAFE_IN_PATH + "%"))
        if parts.netloc and not parts.path.startswith("/"):
            parts = parts._replace(path=f"/{parts.path}")
        return parts.geturl()


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
    if (parts.scheme or parts.netloc) and not (has_host and parts.scheme in ("http", "https")):
        raise ValueError("is no URL that begins with http://HOST or https://HOST")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError("is a URL with a space or an unprintable character")


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
    secrets: Iterable[str] = (
        quote(part, safe="")
        for part in (args.user, args.password.get_secret_value() if args.password else None)
        if part is not None
    )
    return "@".join(filter(None, (":".join(secrets), place)))


def _quoted(text: str, encoded: bool) -> str:
    return quote(text, safe=_SAFE_IN_PATH + ("%" if encoded else ""))


def _filled_in(path_format: str, args: dict[str, Scalar]) -> str:
    try:
        return path_format.format(**args)
    except (LookupError, ValueError, AttributeError) as error:
        text = f"UrlPathFormat {path_format!r} cannot be filled in: {error}"
        raise ValueError(text) from None
