"""What the supervisor knows of a running demo, and what it tells of it."""

from enum import Enum

import attrs

from gwproactor.app.demo.status import ChildStatus, LinkStatus, ParentStatus


class BrokerState(Enum):
    STARTING = "starting"
    UP = "up"
    AWAY = "away"


@attrs.frozen
class Told:
    """One line of the story, `at_s` after the start."""

    at_s: float
    text: str


@attrs.define
class Progress:
    """`back_s` is when an absent broker comes back; times count from the start of the demo."""

    planned: int
    broker: BrokerState = BrokerState.STARTING
    broker_name: str = "broker"
    back_s: float = 0.0
    phase: str = "starting"
    child: ChildStatus = attrs.field(factory=lambda: ChildStatus(link="starting"))
    parent: ParentStatus = attrs.field(factory=lambda: ParentStatus(link="starting"))
    story: list[Told] = attrs.Factory(list)


def child_news(before: ChildStatus, after: ChildStatus) -> list[str]:
    """What happened to the child between two of its statuses, worth telling."""
    news = _page_news("child", before, after)
    if before.is_active and not after.is_active:
        news.append("child: link lost, events are kept in its store")
    if after.is_active and not before.is_active and after.reuploads == before.reuploads:
        news.append("child: link active")
    if after.reuploads > before.reuploads:
        news.append("child: link active again, the stored events are sent")
    if after.reuploads_done > before.reuploads_done:
        news.append(f"child: re-upload done, {after.reuploaded:,} events")
    if after.finished and not before.finished:
        news.append(f"child: the sensor has generated its last event, no. {after.generated:,}")
    return news


def parent_news(before: ParentStatus, after: ParentStatus) -> list[str]:
    """What happened to the parent between two of its statuses, worth telling."""
    news = _page_news("parent", before, after)
    if before.is_active and not after.is_active:
        news.append("parent: link lost")
    if after.is_active and not before.is_active:
        news.append("parent: link active")
    return news


def _page_news(role: str, before: LinkStatus, after: LinkStatus) -> list[str]:
    is_new = bool(after.page) and after.page != before.page
    return [f"{role}: status page at {after.page}"] if is_new else []
