"""`gwproactor check`: what is wrong with a node, all at once, with its place and in exact words."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gwproactor.app.commands import app
from gwproactor.app.node_file.checking import checked
from gwproactor.app.node_file.prepare import NodeFile
from tests.support.command_line import environment, gwproactor
from tests.support.node_files import HOUSE, new_module, node_file

COMMUNICATORS = "watchdog_manager, io_loop_manager, heater"


@pytest.fixture(autouse=True)
def _paths_of_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield
    for name in [name for name in sys.modules.keys() - before if name.startswith("house_")]:
        del sys.modules[name]


def faults_of(
    path: Path, *, container: str = "", overrides: Sequence[str] = (), **environ: str
) -> list[str]:
    node = NodeFile(path=path, container=container, overrides=tuple(overrides), environ=environ)
    return [str(fault) for fault in checked(node).faults]


def check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


# What is wrong with the container, and with names that it gives a meaning.

BROKEN = {
    "a part that raises": (
        "\n\ndef valve():\n    raise OSError('no such valve')\n"
        "class Broken(House):\n    valve = providers.Singleton(valve)\n",
        ["{module}:Broken.valve: cannot be built: OSError: no such valve ({module}.py line 18)"],
    ),
    "a part that raises, and who needs it": (
        "\n\ndef valve():\n    raise OSError('no such valve')\n"
        "class Broken(House):\n    valve = providers.Singleton(valve)\n"
        "    user = providers.Singleton(Heater, valve)\n"
        "    odd = providers.Singleton(Heater)\n",
        [
            "{module}:Broken.valve: cannot be built: OSError: no such valve ({module}.py line 18)",
            "{module}:Broken.odd: cannot be built: TypeError: Actor.__init__() missing 1 required "
            "positional argument: 'name'",
        ],
    ),
    "a hole": (
        "\n\nclass Broken(House):\n    meter = providers.Dependency()\n"
        "    reader = providers.Singleton(Heater, meter)\n",
        [
            '{module}:Broken.reader: cannot be built: Error: Dependency "Broken.meter" is not '
            "defined"
        ],
    ),
    "a hole that nobody needs": (
        "\n\nclass Broken(House):\n    meter = providers.Dependency()\n",
        ['{module}:Broken: cannot be built: Error: Dependency "Broken.meter" is not defined'],
    ),
    "two of one name": (
        "\n\nclass Broken(House):\n    other = providers.Singleton(Heater, 'heater')\n",
        [
            "{module}:Broken.other: cannot be built: ValueError: two communicators are named "
            "'heater': Heater and Heater"
        ],
    ),
    "a part that exits": (
        "\n\ndef valve():\n    raise SystemExit\n"
        "class Broken(House):\n    valve = providers.Singleton(valve)\n",
        ["{module}:Broken.valve: cannot be built: SystemExit ({module}.py line 18)"],
    ),
    "what an actor declares": (
        "\n\nclass Odd(Actor):\n    late_after_s = 0\n"
        "class Broken(House):\n    odd = providers.Singleton(Odd, 'odd')\n",
        [
            "{module}:Broken: cannot be built: ValueError: 'odd' (Odd): late_after_s is 0; write "
            "a number of seconds above 0, or math.inf for never"
        ],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_container_that_cannot_be_built_is_told_part_by_part(case: str, tmp_path: Path) -> None:
    more, says = BROKEN[case]
    module = new_module(tmp_path, HOUSE + more)

    faults = faults_of(node_file(tmp_path, container=f"{module}:Broken"))

    assert faults == [each.format(module=module) for each in says]


def test_names_that_are_nobodys_are_told_with_the_place_of_each(tmp_path: Path) -> None:
    module = new_module(tmp_path)
    path = node_file(
        tmp_path, container=f"{module}:House", more='[failure_policies]\nboiler = "report"\n'
    )

    faults = faults_of(path, PROACTOR_LINKS__PARENT__HANDLER="nobody")

    assert faults == [
        "environment: PROACTOR_LINKS__PARENT__HANDLER: link 'parent' names the handler 'nobody', "
        f"which is no communicator of this node; there are: {COMMUNICATORS}",
        f"{path}: failure_policies.boiler: there is no communicator 'boiler' in this node; there "
        f"are: {COMMUNICATORS}",
    ]


def test_the_place_of_a_container_is_that_of_the_source_that_named_it(tmp_path: Path) -> None:
    path = node_file(tmp_path, container="nowhere:House")
    missing = (
        f"there is no module 'nowhere', neither in {tmp_path} nor among the installed packages"
    )
    bad = "'house' is not of the form MODULE:CLASS, as house.node:HouseContainer"

    assert faults_of(path) == [f"{path}: container: {missing}"]
    assert faults_of(path, overrides=["container=house"]) == [f"--set container: {bad}"]
    assert faults_of(path, PROACTOR_CONTAINER="house") == [
        f"environment: PROACTOR_CONTAINER: {bad}"
    ]
    assert faults_of(path, container="house") == [f"--container: {bad}"]


def test_the_container_of_the_command_line_goes_before_all_others(tmp_path: Path) -> None:
    module = new_module(tmp_path)
    path = node_file(tmp_path, container="nowhere:House")
    assert faults_of(path, container=f"{module}:House", PROACTOR_CONTAINER="x") == []


def test_settings_are_checked_also_if_there_is_no_container(tmp_path: Path) -> None:
    path = node_file(tmp_path, container="house", more="[extra]\nrooms = 4\n")
    assert faults_of(path, overrides=["ack_timeout_seconds=-1"]) == [
        f"{path}: container: 'house' is not of the form MODULE:CLASS, as house.node:HouseContainer",
        "--set ack_timeout_seconds: must be more than 0",
    ]


def test_settings_are_of_the_class_that_the_container_wants(tmp_path: Path) -> None:
    module = new_module(
        tmp_path,
        f"{HOUSE}\n\nfrom gwproactor import ProactorSettings\n"
        "class HouseSettings(ProactorSettings):\n    rooms: int\n"
        "class Own(House):\n    settings_class = HouseSettings\n",
    )
    path = node_file(tmp_path, container=f"{module}:Own")

    assert faults_of(path) == [f"{path}: rooms: is missing"]
    assert faults_of(path, PROACTOR_ROOMS="4") == []
    (fault,) = faults_of(path, PROACTOR_ROOMS="4", container=f"{module}:House")
    assert fault.startswith("environment: PROACTOR_ROOMS: unknown name; ")


def test_a_check_of_the_settings_that_raises_is_told_with_its_line(tmp_path: Path) -> None:
    module = new_module(
        tmp_path,
        f"{HOUSE}\n\nfrom pydantic import model_validator\n"
        "from gwproactor import ProactorSettings\n"
        "class HouseSettings(ProactorSettings):\n    @model_validator(mode='after')\n"
        "    def checked(self):\n        raise LookupError('no rooms')\n"
        "class Own(House):\n    settings_class = HouseSettings\n",
    )
    assert faults_of(node_file(tmp_path, container=f"{module}:Own")) == [
        f"{module}:HouseSettings: LookupError: no rooms ({module}.py line 22)"
    ]


# Files that settings name.


def test_faults_of_every_kind_are_told_at_once(tmp_path: Path) -> None:
    valve = "def valve():\n    raise OSError('no such valve')\n"
    module = new_module(
        tmp_path, f"{HOUSE}\n\n{valve}class Broken(House):\n    v = providers.Singleton(valve)\n"
    )
    path = node_file(tmp_path, container=f"{module}:Broken", more='handler = "nobody"\n')
    text = path.read_text()
    path.write_text(text.replace("use_tls = false", 'paths.ca_cert_path = "ca.crt"'))
    layout = tmp_path / "config" / "hardware-layout.json"
    layout.parent.mkdir()
    layout.write_text("{")

    tls, bad_layout, part = faults_of(path)

    place = f"{path}: brokers.local.tls.paths.ca_cert_path"
    assert tls == f"{place}: {tmp_path / 'ca.crt'} does not exist"
    assert bad_layout.startswith(f"{layout}: ")
    assert (
        part == f"{module}:Broken.v: cannot be built: OSError: no such valve ({module}.py line 18)"
    )


LOADS = """
import sys
from pathlib import Path
from gwproactor.app.node_file.prepare import NodeFile, prepared
prepared(NodeFile(path=Path("node.toml"), environ={}))
print(int("cryptography" in sys.modules))
"""


@pytest.mark.parametrize("has_tls", [False, True])
def test_only_who_has_tls_files_loads_what_reads_them(has_tls: bool, tmp_path: Path) -> None:
    path = node_file(tmp_path)
    if has_tls:
        path.write_text(path.read_text().replace("tls.use_tls = false", ""))
    loaded = subprocess.run(
        [sys.executable, "-c", LOADS],
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env=environment(tmp_path),
    )
    assert int(loaded.stdout) == has_tls


def test_two_parts_with_the_same_fault_are_both_told(tmp_path: Path) -> None:
    module = new_module(
        tmp_path,
        f"{HOUSE}\n\nfrom gwproactor.app.config.fault import Fault\n"
        "from gwproactor.app.layout.error import LayoutError\n"
        "def bad(place):\n    raise LayoutError((Fault(place, 'is wrong'),))\n"
        "class Broken(House):\n    a = providers.Singleton(bad, 'a')\n"
        "    b = providers.Singleton(bad, 'b')\n    c = providers.Singleton(bad, 'a')\n",
    )
    path = node_file(tmp_path, container=f"{module}:Broken")
    assert faults_of(path) == ["a: is wrong", "b: is wrong"]


def test_a_layout_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    path = node_file(tmp_path)
    layout = tmp_path / "site.json"
    faults = faults_of(path, overrides=[f"paths.hardware_layout={layout}"])
    assert faults == [f"--set paths.hardware_layout: there is no hardware layout {layout}"]


@pytest.mark.parametrize("name", ["username", "password"])
def test_a_file_of_a_user_name_or_password_is_looked_at_without_tls(
    name: str, tmp_path: Path
) -> None:
    path = node_file(tmp_path)
    files = {"username": tmp_path / "username", name: tmp_path / "missing"}
    (tmp_path / "username").write_text("scada")
    lines = "".join(f'{each}_file = "{file}"\n' for each, file in files.items())
    path.write_text(path.read_text().replace("[links", f"{lines}[links"))

    (fault,) = faults_of(path)

    assert fault.startswith(f"{path}: brokers.local.{name}_file: {tmp_path / 'missing'}")


# The command.


def test_a_node_without_faults_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    module = new_module(tmp_path)
    path = node_file(tmp_path, container=f"{module}:House")
    before = sorted(tmp_path.rglob("*"))

    said = gwproactor("check", "node.toml", folder=tmp_path)

    assert (said.returncode, said.stdout, said.stderr) == (
        0,
        "node.toml: nothing is wrong with d1.house.scada: 1 link, 1 broker\n",
        "",
    )
    assert sorted(tmp_path.rglob("*")) == before
    assert path in before


def test_faults_go_to_standard_error_and_end_the_command_with_1(tmp_path: Path) -> None:
    said = gwproactor("check", "no.toml", folder=tmp_path)
    assert (said.returncode, said.stdout, said.stderr) == (
        1,
        "",
        "no.toml: does not exist\n",
    )


def test_json_tells_the_same_on_standard_output(tmp_path: Path) -> None:
    module = new_module(tmp_path)
    path = node_file(tmp_path, container=f"{module}:House", more='handler = "nobody"\n')

    result = check(path, "--json")

    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout) == {
        "file": str(path),
        "is_fine": False,
        "may_run": False,
        "faults": [
            {
                "place": f"{path}: links.parent.handler",
                "text": "link 'parent' names the handler 'nobody', which is no communicator of "
                f"this node; there are: {COMMUNICATORS}",
                "may_pass": False,
            }
        ],
        "brokers": [],
    }


def test_a_text_that_could_move_the_cursor_is_written_as_plain_text(tmp_path: Path) -> None:
    module = new_module(tmp_path, f'{HOUSE}\n\nraise OSError("\\x1b[2J")\n')
    result = check(node_file(tmp_path, container=f"{module}:House"))
    assert "OSError: \\x1b[2J" in result.stderr


@pytest.mark.parametrize("command", [["check"], ["run", "--dry-run"], ["wiring"]])
def test_no_init_is_called(command: list[str], tmp_path: Path) -> None:
    module = new_module(tmp_path)
    path = node_file(tmp_path, container=f"{module}:House")

    result = CliRunner().invoke(app, [command[0], str(path), *command[1:]])

    assert result.exit_code == 0
    assert "init of the heater" not in result.output
    assert not (tmp_path / "data").exists()


PRINTING = """\
import subprocess, sys
from dependency_injector import providers
from gwproactor import Actor, ProactorContainer

print("imported")
subprocess.run([sys.executable, "-c", "print('of a child')"], check=True)

class Heater(Actor):
    def __init__(self, name):
        super().__init__(name)
        print("made")

class House(ProactorContainer):
    heater = providers.Singleton(Heater, "heater")
"""


@pytest.mark.parametrize(
    "command",
    [
        ["check", "--json"],
        ["wiring", "--json"],
        ["config", "show", "--json"],
        ["config", "schema"],
    ],
    ids=" ".join,
)
def test_what_a_module_prints_is_not_among_the_data(command: list[str], tmp_path: Path) -> None:
    module = new_module(tmp_path, PRINTING)
    path = node_file(tmp_path, container=f"{module}:House")

    said = gwproactor(*command, path, folder=tmp_path)

    is_made = command[0] in ("check", "wiring")
    lines = [said.stdout] if command[-1] == "schema" else said.stdout.splitlines()
    assert said.returncode == 0
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert sorted(said.stderr.splitlines()) == ["imported", *["made"] * is_made, "of a child"]


def test_what_a_module_prints_is_not_among_the_data_of_a_program_that_calls_the_command(
    tmp_path: Path,
) -> None:
    module = new_module(tmp_path, PRINTING)
    result = check(node_file(tmp_path, container=f"{module}:House"), "--json")

    assert json.loads(result.stdout)["is_fine"]
    assert result.stderr.splitlines() == ["imported", "made"]


def test_an_env_file_beside_the_node_is_read_or_another(tmp_path: Path) -> None:
    path = node_file(tmp_path)
    (tmp_path / ".env").write_text("PROACTOR_ACK_TIMEOUT_SECONDS=-1\n")
    (tmp_path / "other.env").write_text("\nPROACTOR_ACK_TIMEOUT_SECONDS=-1\n")

    beside, other = check(path), check(path, "--env-file", tmp_path / "other.env")

    name = "PROACTOR_ACK_TIMEOUT_SECONDS: must be more than 0"
    assert beside.stderr == f"{tmp_path}/.env line 1: {name}\n"
    assert other.stderr == f"{tmp_path}/other.env line 2: {name}\n"
    assert os.environ.get("PROACTOR_ACK_TIMEOUT_SECONDS") is None
