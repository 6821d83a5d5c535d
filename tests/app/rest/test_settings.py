"""What a REST poller is told to ask for, in the words of hardware layouts."""

from typing import Any

import pytest
from pydantic import ValidationError

from gwproactor.app.rest.settings import RESTPollerSettings
from gwproactor.app.rest.url import without_secrets
from gwproactor.ports.http_client import HttpTimeouts

HOST = {"Url": "http://h:81"}


def settings_of(**fields: Any) -> RESTPollerSettings:
    return RESTPollerSettings.model_validate(fields)


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
            "UrlPathFormat '/{id}' cannot be filled in: 'id'",
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
