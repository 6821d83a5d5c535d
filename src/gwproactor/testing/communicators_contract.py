"""What every `Communicators` must do, as tests to be run on each adapter.

Subclass `CommunicatorsContract` under a name that pytest collects, and override `communicators`.
"""

from gwproactor.app.communicators import Communicator
from gwproactor.ports.communicators import CommunicatorInterface, Communicators


class Boiler(Communicator):
    """A communicator of the contract."""


class Pump(Communicator):
    """Another."""


class CommunicatorsContract:
    """The tests."""

    def communicators(self, *given: CommunicatorInterface) -> Communicators:
        """Those of a node that has just *given*. Raises ValueError if two have one name."""
        raise NotImplementedError

    def test_a_communicator_is_found_by_its_name(self) -> None:
        boiler, pump = Boiler("boiler"), Pump("pump")
        communicators = self.communicators(boiler, pump)
        assert communicators.get_communicator("boiler") is boiler
        assert communicators.get_communicator("pump") is pump

    def test_there_is_none_of_an_unknown_name(self) -> None:
        communicators = self.communicators(Boiler("boiler"))
        assert communicators.get_communicator("boile") is None
        assert communicators.get_communicator_as_type("", Boiler) is None

    def test_as_a_type_it_is_found_if_it_is_one(self) -> None:
        boiler = Boiler("boiler")
        communicators = self.communicators(boiler)
        assert communicators.get_communicator_as_type("boiler", Boiler) is boiler
        assert communicators.get_communicator_as_type("boiler", Communicator) is boiler
        assert communicators.get_communicator_as_type("boiler", Pump) is None

    def test_two_of_one_name_are_refused_with_the_name(self) -> None:
        refusal = ""
        try:
            self.communicators(Boiler("b2"), Pump("b2"))
        except ValueError as error:
            refusal = str(error)
        assert "two communicators are named 'b2'" in refusal
