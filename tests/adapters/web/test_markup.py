"""What is shown cannot become markup."""

from gwproactor.adapters.web.markup import Markup, document, join, tag


def test_text_is_escaped_and_markup_is_not() -> None:
    assert tag("p", "<b>", tag("b", "&")).html == "<p>&lt;b&gt;<b>&amp;</b></p>"


def test_attributes_are_escaped_and_may_be_left_out() -> None:
    shown = tag("a", href='"><script>', class_="x", data_of="'", title=None).html

    assert shown == '<a href="&quot;&gt;&lt;script&gt;" class="x" data-of="&#x27;"></a>'


def test_what_has_no_content_has_no_end() -> None:
    assert tag("meta", charset="utf-8").html == '<meta charset="utf-8">'


def test_a_lone_surrogate_breaks_no_page() -> None:
    assert join("a\udc80b").data == b"a?b"


def test_a_document_names_its_language_and_escapes_its_title() -> None:
    page = document(title="</title>", head=Markup(""), body=tag("body")).html

    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert "<title>&lt;/title&gt;</title>" in page
