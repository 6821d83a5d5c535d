"""`gwproactor wiring`, and the completion of commands."""

import json
import subprocess
from pathlib import Path

from tests.support.command_line import gwproactor
from tests.support.node_files import new_module, node_file


def test_each_part_is_told_with_what_it_is_and_what_it_is_built_from(tmp_path: Path) -> None:
    module = new_module(tmp_path)
    node_file(tmp_path, container=f"{module}:House", more='[event_store]\nkind = "memory"\n')

    table = gwproactor("wiring", "node.toml", folder=tmp_path)
    as_json = gwproactor("wiring", "node.toml", "--json", folder=tmp_path)

    rows = [line.split("\t") for line in table.stdout.splitlines()]
    objects = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert (table.returncode, table.stderr, as_json.returncode) == (0, "", 0)
    assert [[each["part"], each["class"], ", ".join(each["needs"])] for each in objects] == rows
    found = {part: (what, needs) for part, what, needs in rows}
    assert found["event_store"] == ("MemoryEventStore", "settings")
    assert found["clock"] == ("LoopClock", "")
    assert found["heater"] == ("Heater", "")


def test_a_refused_node_has_no_wiring(tmp_path: Path) -> None:
    node_file(tmp_path, more='handler = "nobody"\n')

    said = gwproactor("wiring", "node.toml", "--json", folder=tmp_path)

    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("node.toml: links.parent.handler: link 'parent' names")


def test_a_shell_is_told_how_words_go_on(tmp_path: Path) -> None:
    def completed(words: str) -> list[str]:
        more = {
            "_GWPROACTOR_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        }
        return gwproactor(folder=tmp_path, more=more).stdout.split()

    assert completed("gwproactor w") == ["wiring"]
    assert completed("gwproactor run --dr") == ["--dry-run"]
    assert completed("gwproactor broker --kind mos") == ["mosquitto"]


def test_bash_takes_the_script_of_its_completion(tmp_path: Path) -> None:
    script = gwproactor(folder=tmp_path, more={"_GWPROACTOR_COMPLETE": "source_bash"}).stdout

    taken = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p gwproactor"],
        capture_output=True,
        check=True,
        text=True,
    )

    assert taken.stdout == "complete -o default -F _gwproactor_completion gwproactor\n"
