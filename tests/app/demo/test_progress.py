"""The news in what the nodes say."""

from gwproactor.app.demo.progress import child_news, parent_news
from gwproactor.app.demo.status import ChildStatus, ParentStatus

ACTIVE = ChildStatus(link="active", generated=50, events=54, acked=54)
AWAY = ChildStatus(link="connecting", generated=90, events=94, acked=54, pending=40)


def test_the_first_connect_is_told() -> None:
    assert child_news(ChildStatus(link="awaiting_peer", pending=2), ACTIVE) == [
        "child: link active"
    ]


def test_while_nothing_happens_nothing_is_told() -> None:
    assert child_news(ACTIVE, ACTIVE.model_copy(update={"generated": 51})) == []


def test_a_lost_link_is_told() -> None:
    assert child_news(ACTIVE, AWAY) == ["child: link lost, events are kept in its store"]


def test_a_re_upload_is_told_when_it_begins_and_when_it_ends() -> None:
    began = AWAY.model_copy(update={"link": "active", "reuploads": 1, "un_acked": 5})
    ended = began.model_copy(update={"reuploads_done": 1, "reuploaded": 40})

    assert child_news(AWAY, began) == ["child: link active again, the stored events are sent"]
    assert child_news(began, ended) == ["child: re-upload done, 40 events"]


def test_a_re_upload_between_two_statuses_is_told_whole() -> None:
    ended = ACTIVE.model_copy(update={"reuploads": 1, "reuploads_done": 1, "reuploaded": 40})

    assert child_news(AWAY, ended) == [
        "child: link active again, the stored events are sent",
        "child: re-upload done, 40 events",
    ]


def test_a_re_upload_is_done_once() -> None:
    ended = ACTIVE.model_copy(update={"reuploads": 1, "reuploads_done": 1, "reuploaded": 40})
    busy = ended.model_copy(update={"pending": 1})

    assert child_news(ended, busy) == child_news(busy, ended) == []


def test_the_last_event_is_told() -> None:
    finished = ACTIVE.model_copy(update={"finished": True})

    assert child_news(ACTIVE, finished) == [
        "child: the sensor has generated its last event, no. 50"
    ]


def test_where_the_status_pages_are_is_told_once() -> None:
    child = ChildStatus(link="connecting", page="http://127.0.0.1:1/")
    parent = ParentStatus(link="connecting", page="http://127.0.0.1:2/")

    assert child_news(ChildStatus(link="starting"), child) == [
        "child: status page at http://127.0.0.1:1/"
    ]
    assert parent_news(ParentStatus(link="starting"), parent) == [
        "parent: status page at http://127.0.0.1:2/"
    ]
    assert child_news(child, child) == parent_news(parent, parent) == []


def test_the_parents_link_is_told() -> None:
    down, up = ParentStatus(link="connecting"), ParentStatus(link="active")

    assert parent_news(down, up) == ["parent: link active"]
    assert parent_news(up, down) == ["parent: link lost"]
    assert parent_news(up, up) == []
