"""A communicator that notes who calls it, and may raise there."""

from typing_extensions import override

from gwproactor import Communicator, Message, Outcome
from gwproactor.app.communicators import HANDLED


class NotedCalls(Communicator):
    """`calls` has the names of the methods that were called; `called` of a subclass may raise."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls: list[str] = []

    def called(self, where: str) -> None:
        self.calls.append(where)

    @override
    def process_message(self, message: Message[object]) -> Outcome[bool, BaseException]:
        self.called("process_message")
        return HANDLED

    @override
    def link_changed(self, transition: object) -> None:
        self.called("link_changed")

    @override
    def start(self) -> None:
        self.called("start")

    @override
    def stop(self) -> None:
        self.called("stop")

    @override
    async def join(self) -> None:
        self.called("join")
