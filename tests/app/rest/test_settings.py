"""What a REST poller is told to ask for, in the words of hardware layouts."""

from typing import Any

import pytest
from pydantic import ValidationError

from gwproactor.app.rest.settings import RESTPollerSettings
from gwproactor.app.rest.url import without_secrets
from gwproactor.ports.http_client import HttpTimeouts

HOST = {"Url": "http://h:81"}


ALONE = "UrlPathFormat may have a name alone between braces, as {id}"
A_SCALAR = "must be a text or a number"
NO_BOOL = f'{A_SCALAR}, for true and false as the server wants: "on", 1'
HALF = "has half of a character, which cannot be sent"
IN_NO_HEADER = "has a line end, or another character that no header can carry"
NO_NAME = (
    "the name of number {} cannot be that of a header: give it without spaces and colon, in ASCII"
)
NO_HOST = "is no name and no address; scheme, port and path are none of it"


def settings_of(**fields: Any) -> RESTPollerSettings:
    return RESTPollerSettings.model_validate(fields)


def faults(**fields: Any) -> list[tuple[str, str]]:
    """Place and text of each, in which no secret may be."""
    with pytest.raises(ValidationError) as raised:
        settings_of(**fields)
    assert "s3cret" not in str(raised.value)
    return [
        (".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, "))
        for each in raised.value.errors()
    ]


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        (
            {"Request": {"Url": {"Url": "http://192.168.0.5:8080/a/b?x=1"}}},
            "http://192.168.0.5:8080/a/b?x=1",
        ),
        ({"Request": {"Url": {"Url": "http://h"}}}, "http://h/"),
        (
            {
                "Request": {
                    "Url": {
                        "UrlArgs": {
                            "Scheme": "http",
                            "Host": "192.168.0.5",
                            "Query": [["access_token", "a b&c"]],
                        },
                        "UrlPathFormat": "/apps/api/{app_id}/devices/{device_id}/refresh",
                        "UrlPathArgs": {"app_id": 4, "device_id": 1},
                    }
                }
            },
            "http://192.168.0.5/apps/api/4/devices/1/refresh?access_token=a+b%26c",
        ),
        (
            {"Request": {"Url": {"UrlArgs": {"Host": "h", "Port": 8443, "Path": "p"}}}},
            "https://h:8443/p",
        ),
        (
            {"Request": {"Url": {"UrlArgs": {"Host": "::1", "Path": "/p%20q"}}}},
            "https://[::1]/p%20q",
        ),
        (
            {"Request": {"Url": {"UrlArgs": {"Host": "h", "Path": "/p%q", "Encoded": False}}}},
            "https://h/p%25q",
        ),
        (
            {"Request": {"Url": {"UrlArgs": {"Host": "h", "User": "u", "Password": "p@:s"}}}},
            "https://u:p%40%3As@h/",
        ),
        (
            {"Request": {"Url": {"Url": "http://h/a?x=1", "UrlArgs": {"Query": [["y", 2]]}}}},
            "http://h/a?y=2",
        ),
        ({"Request": {"Url": {"Url": "http://h/a", "UrlPathFormat": "b"}}}, "http://h/b"),
        ({"Session": {"BaseUrl": {"Url": "http://h:81/base"}}}, "http://h:81/base"),
        (
            {
                "Session": {"BaseUrl": HOST},
                "Request": {"Url": {"UrlPathFormat": "/a/{n}", "UrlPathArgs": {"n": 3}}},
            },
            "http://h:81/a/3",
        ),
        (
            {
                "Session": {"BaseUrl": {"Url": "http://h:81/base/"}},
                "Request": {
                    "Url": {"UrlArgs": {"Scheme": "", "Path": "/a", "Query": [["q", "1"]]}}
                },
            },
            "http://h:81/a?q=1",
        ),
        (
            {"Request": {"Url": {"Url": "http://h/?a=1"}, "Params": {"b": "x y", "c": [1, 2]}}},
            "http://h/?a=1&b=x+y&c=1&c=2",
        ),
    ],
)
def test_the_url_is_made_as_in_the_original_library(fields: dict[str, Any], url: str) -> None:
    assert settings_of(**fields).url == url


def test_python_and_layouts_write_the_same_fields() -> None:
    written = settings_of(
        Session={"BaseUrl": HOST, "Timeout": {"SockRead": 3}},
        Request={"Url": {"UrlPathFormat": "/a"}, "Method": "PUT"},
        PollPeriodSeconds=5,
        Errors={"Convert": {"RaiseException": True}},
    )
    in_python = settings_of(
        session={"base_url": {"url": "http://h:81"}, "timeout": {"sock_read": 3}},
        request={"url": {"url_path_format": "/a"}, "method": "PUT"},
        poll_period_seconds=5.0,
        errors={"convert": {"raise_exception": True}},
    )

    assert written == in_python
    assert in_python.poll_period_seconds == 5.0
    assert in_python.errors.convert.raise_exception
    assert not in_python.errors.request.raise_exception


def test_what_is_not_given_is_as_in_the_original_library() -> None:
    settings = settings_of(Session={"BaseUrl": HOST})

    assert (settings.poll_period_seconds, settings.request.method) == (60.0, "GET")
    for errors in (settings.errors.request, settings.errors.convert):
        assert (errors.error_for_http_status, errors.raise_exception, errors.report) == (
            True,
            False,
            True,
        )


def test_the_request_has_all_that_was_given() -> None:
    request = settings_of(
        Session={"BaseUrl": HOST, "Headers": {"a": 1, "b": "x"}, "Timeout": {"Total": 9}},
        Request={
            "Method": "POST",
            "Headers": {"b": "y"},
            "Data": {"k": "v w"},
            "Ssl": False,
            "AllowRedirects": False,
        },
        ResponseBytesMax=77,
    ).http_request()

    form = "application/x-www-form-urlencoded"
    assert request.headers == {"a": "1", "b": "y", "Content-Type": form}
    assert (request.url, request.method, request.body) == ("http://h:81/", "POST", b"k=v+w")
    assert (request.verify_tls, request.follow_redirects) == (False, False)
    assert (request.timeouts, request.response_bytes_max) == (HttpTimeouts(total_s=9.0), 77)


def test_a_body_may_be_json() -> None:
    request = settings_of(Session={"BaseUrl": HOST}, Request={"Json": {"on": True}}).http_request()

    assert (request.body, request.headers["Content-Type"]) == (b'{"on": true}', "application/json")
    assert request.verify_tls


@pytest.mark.parametrize(
    ("session", "request_timeout", "timeouts"),
    [
        (None, None, HttpTimeouts(total_s=30.0)),
        ({"Connect": 2}, None, HttpTimeouts(total_s=30.0, connect_s=2.0)),
        ({"Connect": 2}, {"Total": 4}, HttpTimeouts(total_s=4.0)),
        ({"Total": None}, None, HttpTimeouts(total_s=30.0)),
        (None, {"SockConnect": 1, "SockRead": 2}, HttpTimeouts(30.0, None, 1.0, 2.0)),
    ],
)
def test_no_request_lasts_for_ever(
    session: dict[str, Any] | None,
    request_timeout: dict[str, Any] | None,
    timeouts: HttpTimeouts,
) -> None:
    settings = settings_of(
        Session={"BaseUrl": HOST, "Timeout": session}, Request={"Timeout": request_timeout}
    )
    assert settings.http_request().timeouts == timeouts


@pytest.mark.parametrize(
    ("fields", "place", "text"),
    [
        ({}, "", "needs a URL: Session.BaseUrl, Request.Url, or both"),
        (
            {"Request": {"Url": {"UrlPathFormat": "/a"}}},
            "",
            "Request.Url names no host, and there is no Session.BaseUrl",
        ),
        (
            {"Session": {"BaseUrl": {"UrlPathFormat": "/a"}}},
            "",
            "Session.BaseUrl names no host",
        ),
        (
            {"Session": {"BaseUrl": HOST}, "Request": {"Url": HOST}},
            "",
            "Session.BaseUrl and Request.Url both name a host",
        ),
        (
            {"Session": {"BaseUrl": HOST}, "Request": {"Url": {"UrlPathFormat": "a"}}},
            "",
            "with a Session.BaseUrl, the path in Request.Url begins with '/'",
        ),
        (
            {"Session": {"BaseUrl": HOST}, "Request": {"Data": {}, "Json": {}}},
            "",
            "Request.Data and Request.Json are both given",
        ),
        (
            {"Request": {"Url": {"Url": "ftp://h/s3cret"}}},
            "Request.Url",
            "is no URL that begins with http://HOST or https://HOST",
        ),
        ({"Request": {"Url": {"Url": "http://h:s3cret"}}}, "Request.Url", "is no URL"),
        (
            {"Request": {"Url": {"Url": "http://h/s3cret x"}}},
            "Request.Url",
            "is a URL with a space or an unprintable character",
        ),
        (
            {"Request": {"Url": {"Url": "http://h", "UrlPathFormat": "/{id}"}}},
            "Request.Url",
            "UrlPathArgs has no 'id', which UrlPathFormat names",
        ),
        (
            {"Session": {"BaseUrl": {"Url": "http://u:s3cret@h"}, "Headers": {"authorization": 1}}},
            "",
            "the URL has a user, and there is a header Authorization: one of them",
        ),
    ],
)
def test_what_nobody_can_ask_for_is_refused(fields: dict[str, Any], place: str, text: str) -> None:
    with pytest.raises(ValidationError) as raised:
        settings_of(**fields)

    [fault] = raised.value.errors()
    assert (".".join(map(str, fault["loc"])), fault["msg"]) == (place, f"Value error, {text}")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"PollPeriodSeconds": 0}, "PollPeriodSeconds"),
        ({"PollPeriodSeconds": "inf"}, "PollPeriodSeconds"),
        ({"Session": {"BaseUrl": HOST, "Timeout": {"Total": 0}}}, "Session.Timeout.Total"),
        ({"Session": {"BaseUrl": HOST, "Auth": "x"}}, "Session.Auth"),
        ({"Request": {"Method": "BREW"}}, "Request.Method"),
    ],
)
def test_a_field_that_is_wrong_or_unknown_is_refused_with_its_place(
    fields: dict[str, Any], place: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        settings_of(**{"Session": {"BaseUrl": HOST}} | fields)

    assert [".".join(map(str, fault["loc"])) for fault in raised.value.errors()] == [place]


@pytest.mark.parametrize(
    ("path_format", "text"),
    [
        ("/{id[x]}", ALONE),
        ("/{id:>9999999999}", ALONE),
        ("/{id.__class__.__mro__}", ALONE),
        ("/{id!r}", ALONE),
        ("/{}", ALONE),
        ("/{id", "UrlPathFormat has a brace that has no other; {{ and }} are one"),
    ],
)
def test_a_path_is_filled_in_with_nothing_but_what_is_given(path_format: str, text: str) -> None:
    url = HOST | {"UrlPathFormat": path_format, "UrlPathArgs": {"id": 1}}

    assert faults(Request={"Url": url}) == [("Request.Url", text)]


def test_braces_may_be_part_of_a_path() -> None:
    url = HOST | {"UrlPathFormat": "/{{{id}}}", "UrlPathArgs": {"id": 1}}

    assert settings_of(Request={"Url": url}).url == "http://h:81/%7B1%7D"


@pytest.mark.parametrize(
    ("given", "place", "text"),
    [
        ({"Headers": {"Authorization": None}}, "Headers.Authorization", A_SCALAR),
        ({"Headers": {"A": "s3cret\r\nB: c"}}, "Headers.A", IN_NO_HEADER),
        ({"Headers": {"A": "s3cret\x1b"}}, "Headers.A", IN_NO_HEADER),
        ({"Headers": {"A": "s3cret\udc80"}}, "Headers.A", HALF),
        ({"Headers": {"A": "b", "A: s3cret": ""}}, "Headers", NO_NAME.format(2)),
        ({"Headers": {"A\n": ""}}, "Headers", NO_NAME.format(1)),
        ({"Headers": {"": ""}}, "Headers", NO_NAME.format(1)),
        ({"Headers": {"A": True}}, "Headers.A", NO_BOOL),
        ({"Headers": {"A": float("inf")}}, "Headers.A", "must be a finite number"),
        ({"Params": {"on": True}}, "Params.on", NO_BOOL),
        ({"Params": {"on": [1, None]}}, "Params.on", A_SCALAR),
        ({"Params": {"on": "\udc80"}}, "Params.on", HALF),
        ({"Params": {"\udc80": 1}}, "Params", f"has a name with {HALF[4:]}"),
        ({"Data": {"on": True}}, "Data", f"number 1 {NO_BOOL}"),
        ({"Data": [["a", 1], ["b"]]}, "Data", "number 2 must be a pair of a name and its value"),
        ({"Data": {"a": 1, "\udc80": 1}}, "Data", f"number 2 {HALF}"),
        ({"Data": 3}, "Data", "must be an object, or a list of pairs"),
        ({"Json": {"a": "\udc80"}}, "Json", HALF),
        ({"Json": [float("nan")]}, "Json", "has a number that is not finite"),
    ],
)
def test_what_cannot_be_sent_is_one_fault_at_its_place(
    given: dict[str, Any], place: str, text: str
) -> None:
    assert faults(Session={"BaseUrl": HOST}, Request=given) == [(f"Request.{place}", text)]


@pytest.mark.parametrize(
    ("args", "place", "text"),
    [
        ({"Host": "h/x@evil"}, ".Host", NO_HOST),
        ({"Host": "h:80"}, ".Host", NO_HOST),
        ({"Host": "a..b"}, ".Host", "has an empty or too long part between its dots"),
        ({"Host": 64 * "a"}, ".Host", "has an empty or too long part between its dots"),
        ({"Host": "\udc80"}, ".Host", HALF),
        ({"User": "u"}, "", "User needs a Host beside it"),
        ({"Password": "s3cret"}, "", "Password needs a Host beside it"),
        ({"Port": 81}, "", "Port needs a Host beside it"),
        ({"Host": "h", "Password": "s3cret\udc80"}, ".Password", HALF),
        ({"Host": "h", "Query": [["a", True]]}, ".Query.0.1", NO_BOOL),
    ],
)
def test_parts_of_a_url_that_make_none_are_refused(
    args: dict[str, Any], place: str, text: str
) -> None:
    url = HOST | {"UrlArgs": args}

    assert faults(Request={"Url": url}) == [(f"Request.Url.UrlArgs{place}", text)]


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://a..b/", "is a URL whose host has an empty or too long part between its dots"),
        ("http://h!x/", f"is a URL whose host {NO_HOST}"),
        ("http://h/\udc80", "is a URL with a space or an unprintable character"),
    ],
)
def test_a_host_that_cannot_be_looked_up_is_refused(url: str, text: str) -> None:
    assert faults(Request={"Url": {"Url": url}}) == [("Request.Url", text)]


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("http://h/a%2Fb/%41?x=%2F", "http://h/a%2Fb/%41?x=%2F"),
        ("http://h/?flag", "http://h/?flag"),
        ("http://\xfc.x:81/\xe4?x=\xf6#\xdf", "http://xn--tda.x:81/%C3%A4?x=%C3%B6#%C3%9F"),
        ("http://u:p\xe4@h/100%", "http://u:p%C3%A4@h/100%25"),
        ("http://[fe80::1%eth0]/", "http://[fe80::1%eth0]/"),
    ],
)
def test_a_url_is_sent_as_it_is_written_but_for_what_no_url_can_hold(
    written: str, sent: str
) -> None:
    assert settings_of(Request={"Url": {"Url": written}}).url == sent


def test_parameters_change_nothing_of_a_query() -> None:
    request = {"Url": {"Url": "http://h/?a=%41+b&c"}, "Params": {"d": "e f"}}

    assert settings_of(Request=request).url == "http://h/?a=%41+b&c&d=e+f"


def test_a_password_may_be_without_a_user() -> None:
    args = {"Host": "[::1]", "Password": "p"}

    assert settings_of(Request={"Url": {"UrlArgs": args}}).url == "https://:p@[::1]/"


def test_no_text_shows_a_secret() -> None:
    settings = settings_of(
        Session={"BaseUrl": {"Url": "http://u:s3cret@h"}, "Headers": {"k": "s3cret"}},
        Request={
            "Url": {"UrlPathFormat": "/{k}", "UrlPathArgs": {"k": "a"}},
            "Params": {"k": "s3cret"},
            "Data": {"k": "s3cret"},
        },
    )

    assert "s3cret" in settings.url
    assert "s3cret" not in repr(settings)
    assert without_secrets(settings.url) == "http://h/a"
