"""Layout files: a real one, and what is told of those that cannot be used."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gwproactor.adapters.layout import JsonLayoutFile, read_layout
from gwproactor.domain.hardware_layout import HardwareLayout
from gwproactor.domain.message import Json
from gwproactor.domain.outcome import Failure, Success
from gwproactor.domain.sh_node import ShNode
from gwproactor.ports.hardware_layout import BadLayout

# Documents that are nearly layouts.
LISTS = ("ShNodes", "OtherComponents", "ElectricMeterCacs", "Strategy")
NAMES = ("Name", "ActorClass", "ComponentId", "ComponentAttributeClassId", "Handle", "TypeName")
TEXTS = st.sampled_from(["", "a", "b", "a.b", "NoActor"])
PARTS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, TEXTS | st.none() | st.booleans()))
ANYTHING: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | PARTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)

REAL = Path(__file__).parents[2] / "data" / "hardware-layout.json"


@pytest.fixture
def real() -> HardwareLayout:
    return JsonLayoutFile(REAL).load().unwrap()


def told_of(path: Path) -> list[str]:
    loaded = JsonLayoutFile(path).load()
    assert isinstance(loaded, Failure)
    bad = loaded.failure()
    assert isinstance(bad, BadLayout)
    assert bad.origin == str(path)
    return [f"{fault.place}: {fault.text}" for fault in bad.faults]


def test_a_real_layout_is_read_whole(real: HardwareLayout) -> None:
    assert (len(real.nodes), len(real.components), len(real.cacs)) == (43, 7, 7)
    assert real.fields == json.loads(REAL.read_text(encoding="utf-8"))
    assert [dict(node.fields) for node in real.nodes.values()] == real.fields["ShNodes"]
    assert real.origin == str(REAL)


def test_a_node_of_a_real_layout_is_found_by_name(real: HardwareLayout) -> None:
    relay = real.node("relay5")
    assert relay is not None
    assert (relay.actor_class, relay.has_actor) == ("Relay", True)
    assert relay.actor_hierarchy_name == "s.relay5"
    assert relay.handle == "auto.lc.n.relay5"
    assert relay.fields["TypeName"] == "spaceheat.node.gt"
    assert real.node("relay4") is None


def test_who_is_above_whom_in_a_real_layout(real: HardwareLayout) -> None:
    relay, scada = real.nodes["relay5"], real.nodes["s"]
    assert real.parent_node(relay) is scada
    assert real.parent_node(scada) is None
    assert real.parent_node(real.nodes["zone1-main-stat"]) is real.nodes["s2"]
    assert real.boss_node(relay) is real.nodes["n"]
    assert real.boss_node(scada) is scada
    assert relay in real.direct_reports(real.nodes["n"])
    assert len(real.nodes_below(scada)) == 27
    assert [node.name for node in real.nodes_below(real.nodes["s2"])] == ["zone1-main-stat"]


def test_the_device_of_a_node_of_a_real_layout(real: HardwareLayout) -> None:
    meter = real.component("power-meter")
    assert meter is not None
    assert meter.display_name == "Power Meter for Simulated Test system"
    model = real.cac("power-meter")
    assert model is not None
    assert model.fields["MakeModel"] == "GRIDWORKS__SIMPM1"
    assert real.component("lc") is None
    assert real.cac("no-such-node") is None
    assert real.components_of_type("electric.meter.component.gt") == [meter]
    board = real.nodes["relay5"].component_id
    assert {"relay1", "relay5"} < {node.name for node in real.nodes_of_component(board)}


def test_actors_of_a_real_layout_are_told_from_things(real: HardwareLayout) -> None:
    without = {node.name for node in real.nodes.values() if not node.has_actor}
    assert {"hp-odu", "admin", "zone1-main"} < without
    assert not without & {"s", "relay1", "lc"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", ": is no JSON: Expecting value, in line 1, column 1"),
        (
            b'{"ShNodes": [\n  {"Name": "s",}\n]}',
            ": is no JSON: Expecting property name enclosed in double quotes, in line 2, column 16",
        ),
        (b'{"ShNodes": [], "X": NaN}', ": is no JSON: NaN is no number"),
        (
            b'{"ShNodes": [], "X": 1e999}',
            ": has a number that is too large for a fraction, as 1e999 is",
        ),
        (
            b'{"ShNodes": [], "X": ' + b"7" * 5_000 + b"}",
            ": has a number of 5000 digits, which is too long",
        ),
        (
            b'{"ShNodes": [{"Name": "s"}], "ShNodes": []}',
            ": has 'ShNodes' twice in one object, with ShNodes: one of them would be lost",
        ),
        (
            b'{"ShNodes": [{"Name": "s", "ActorClass": "A", "ActorClass": "A"}]}',
            ": has 'ActorClass' twice in one object, that of 's': one of them would be lost",
        ),
        (b'{"ShNodes": "\xff"}', ": is not UTF-8: byte 14 is none of it"),
        (b'\xef\xbb\xbf{"ShNodes": "\xff"}', ": is not UTF-8: byte 17 is none of it"),
        (b"[" * 100_000, ": is nested too deep"),
        (b"[]", ": must be a JSON object, not a list"),
        (b"{}", ": has no list ShNodes, so it is no hardware layout"),
    ],
)
def test_a_file_that_is_no_layout_is_told(tmp_path: Path, text: bytes, told: str) -> None:
    path = tmp_path / "layout.json"
    path.write_bytes(text)
    assert told_of(path) == [told]


def test_a_folder_is_no_layout(tmp_path: Path) -> None:
    assert told_of(tmp_path) == [": is a folder, not a file"]


def test_a_file_below_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "house").touch()
    assert told_of(tmp_path / "house" / "layout.json") == [": cannot be read: Not a directory"]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "layout.json"
    path.write_bytes(b"\xef\xbb\xbf" + REAL.read_bytes())
    assert len(JsonLayoutFile(path).load().unwrap().nodes) == 43


def test_everything_that_is_wrong_is_told_at_once_with_its_place() -> None:
    document: Json = {
        "ShNodes": [
            {"Name": "s", "ActorClass": "House", "ShNodeId": "n-1"},
            {"Name": "valve", "ActorClass": 7},
            {"Name": "tap", "DisplayName": 7},
            {"Name": "s", "ActorClass": "Shed"},
            {"Name": "a/b", "ActorClass": "NoActor"},
            {"Name": "hot water", "ActorClass": "NoActor"},
            {"Name": "fan", "ActorClass": "Fan", "ShNodeId": "n-1", "ComponentId": "c-2"},
            {"Name": "lamp", "ActorClass": "Lamp", "ActorHierarchyName": "hall.lamp"},
            {"Name": "door", "ActorClass": "NoActor", "Handle": "hall.door"},
        ],
        "OtherComponents": [
            {"ComponentId": "c-1", "TypeName": "x", "ComponentAttributeClassId": "m-1"},
            {"ComponentId": "c-3", "DisplayName": "Modelless"},
        ],
    }
    read = read_layout(document)
    assert isinstance(read, Failure)
    assert [f"{fault.place}: {fault.text}" for fault in read.failure()] == [
        "ShNodes[1] 'valve': ActorClass must be a text, not a number",
        "ShNodes[2] 'tap': has no ActorClass",
        "ShNodes[2] 'tap': DisplayName must be a text, not a number",
        "OtherComponents[1] 'Modelless': has no ComponentAttributeClassId",
        "OtherComponents[1] 'Modelless': has no TypeName",
        "node 's': another node has this name",
        "node 'a/b': its name has '/' in it, which no topic can carry",
        "node 'hot water': its name has ' ' in it, which no topic can carry",
        "node 'fan': its ShNodeId 'n-1' is that of the node 's' too",
        "node 'fan': its component 'c-2' is not in the layout",
        "node 'lamp': its ActorHierarchyName 'hall.lamp' is below 'hall', which no node has",
        "node 'door': its Handle 'hall.door' is below 'hall', which no node has",
        "component 'c-1': its attribute class 'm-1' is not in the layout",
    ]


def test_what_only_follows_from_parts_that_cannot_be_read_is_not_told() -> None:
    lost: list[Json] = [
        {"Name": "lamp", "ActorClass": "Lamp", "ActorHierarchyName": "hall.lamp"},
        {"Name": "door", "ActorClass": "NoActor", "Handle": "hall.door"},
        {"Name": "fan", "ActorClass": "Fan", "ComponentId": "c-2"},
    ]
    document: Json = {
        "ShNodes": [
            {"ActorClass": "Valve"},
            {"Name": "", "ActorClass": 7},
            {"Name": "tap", "ActorClass": "Tap", "Handle": ["auto"]},
            "relay",
            *lost,
        ],
        "BadComponents": {},
        "OtherComponents": [
            {"ComponentId": "c-1", "TypeName": "x", "ComponentAttributeClassId": "m-1"},
            {"DisplayName": "Nameless", "TypeName": "x", "ComponentAttributeClassId": "m-1"},
        ],
        "OtherCacs": [None, {"ComponentAttributeClassId": True}],
    }
    read = read_layout(document)
    assert isinstance(read, Failure)
    assert [f"{fault.place}: {fault.text}" for fault in read.failure()] == [
        "ShNodes[0]: has no Name",
        "ShNodes[1] '': has no Name",
        "ShNodes[1] '': ActorClass must be a text, not a number",
        "ShNodes[2] 'tap': Handle must be a text, not a list",
        "ShNodes[3]: must be an object, not a text",
        "BadComponents: must be a list, not an object",
        "OtherComponents[1] 'Nameless': has no ComponentId",
        "OtherCacs[0]: must be an object, not null",
        "OtherCacs[1]: ComponentAttributeClassId must be a text, not true or false",
    ]


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(LISTS, ANYTHING)) | ANYTHING)
def test_no_document_makes_the_reader_raise(document: Json) -> None:
    match read_layout(document):
        case Success(layout):
            assert layout.fields == document
        case Failure(faults):
            assert all(fault.text for fault in faults)
            assert faults


def test_a_part_that_is_written_twice_in_the_same_words_counts_once() -> None:
    cac = {"ComponentAttributeClassId": "m-1", "TypeName": "x"}
    layout = read_layout({"ShNodes": [], "OtherCacs": [cac, dict(cac)]}).unwrap()
    assert list(layout.cacs) == ["m-1"]


def test_what_is_written_of_a_part_is_not_shown_with_it(real: HardwareLayout) -> None:
    """It may hold passwords, as that of a hub does."""
    hub = real.component("hubitat")
    assert hub is not None
    assert "AccessToken" in str(hub.fields)
    assert "AccessToken" not in repr(hub)
    assert "AccessToken" not in repr(real)


def test_who_has_no_actor_needs_no_parent() -> None:
    """The original library does not look either, so there are such files."""
    nodes: list[Json] = [
        {"Name": "tank", "ActorClass": "NoActor", "ActorHierarchyName": "cellar.tank"}
    ]
    layout = read_layout({"ShNodes": nodes}).unwrap()
    assert layout.parent_node(layout.nodes["tank"]) is None


def test_a_node_whose_class_nobody_wrote_has_no_actor() -> None:
    assert not ShNode(name="v1").has_actor


def test_nobody_waits_for_who_may_write_to_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "layout.json"
    os.mkfifo(pipe)
    match JsonLayoutFile(pipe).load():
        case Failure(BadLayout(faults=(fault,))):
            assert fault.text == "is no regular file"
        case other:
            pytest.fail(str(other))
