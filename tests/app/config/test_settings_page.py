"""The table of docs/settings.md, held against the settings of a node."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gwproactor.app.config.layers import dotted, flat
from gwproactor.app.config.load import load_settings
from gwproactor.app.config.shape import field_at
from gwproactor.app.config.show import effective
from gwproactor.app.settings import ProactorSettings

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"
ROW = re.compile(r"^\| `([\w.]+)` \| ([^|]*) \| ([^|]+) \|$", re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# One of each kind that has names; `local` is there for the link, whose default broker it is.
OVERRIDES = (
    "long_name=d1",
    "short_name=s",
    "links.NAME.peer_long_name=a",
    "links.NAME.peer_short_name=b",
    "brokers.NAME.port=1883",
    "brokers.local.port=1883",
    "web_servers.NAME.port=1",
)
BY_HAND = {"failure_policies.NAME": "the actor's own"}


def rows(home: Path) -> Iterator[tuple[str, str, str]]:
    loaded = load_settings(ProactorSettings, None, environ={}, overrides=OVERRIDES).unwrap()
    shown = {row.name: row.text.replace(str(home), "~") for row in effective(loaded)}
    for path, _ in flat(loaded.settings.model_dump(mode="json")):
        field = field_at(ProactorSettings, path)
        if path[:2] == ("brokers", "local") or path == ("failure_policies",):
            continue
        assert field is not None
        assert field.description is not None, path
        default = "to be given" if field.is_required() else shown[dotted(path)]
        yield dotted(path), default, field.description


def test_every_setting_is_in_the_table_with_its_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for home in ("DATA", "STATE", "CONFIG"):
        monkeypatch.delenv(f"XDG_{home}_HOME", raising=False)
    table = PAGE.read_text(encoding="utf-8").partition("\n## Every setting")[2]
    written = [row for row in ROW.findall(table) if row[0] not in BY_HAND]
    expected = [f"| `{name}` | {default} | {text} |" for name, default, text in rows(tmp_path)]

    assert [f"| `{name}` | {default} | {text} |" for name, default, text in written] == expected
    assert {row[0]: row[1] for row in ROW.findall(table) if row[0] in BY_HAND} == BY_HAND


@pytest.fixture
def blocks() -> dict[str, str]:
    """The last block of the page in each language: a file, a class, and what is refused."""
    return dict(BLOCK.findall(PAGE.read_text(encoding="utf-8")))


def test_the_file_of_the_page_is_fine(blocks: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "node.toml"
    file.write_text(blocks["toml"], encoding="utf-8")
    settings = load_settings(ProactorSettings, file, environ={}).unwrap().settings

    assert settings.brokers["far"].password_file == tmp_path / "secrets/far"
    assert settings.links["parent"].upstream


def test_what_the_page_shows_is_refused_so(
    blocks: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    toml = blocks["toml"].replace('broker = "far"', 'broker = "fra"')
    Path("node.toml").write_text("ack_timeout_seconds = 0\n" + toml, encoding="utf-8")
    Path(".env").write_text("\n\nPROACTOR_BROKERS__FAR__HOTS=x\n", encoding="utf-8")
    refused = load_settings(ProactorSettings, Path("node.toml"), environ={}).failure()

    assert sorted(str(refused).split("\n")) == sorted(blocks["console"].splitlines()[1:])


def test_the_class_of_the_page_has_the_settings_it_says(blocks: dict[str, str]) -> None:
    names: dict[str, type[ProactorSettings]] = {}
    exec(compile(blocks["python"], str(PAGE), "exec"), names)
    environ = {"HOUSE_LONG_NAME": "d1", "HOUSE_SHORT_NAME": "h", "HOUSE_ADMIN__PORT": "1"}
    settings = load_settings(names["HouseSettings"], None, environ=environ).unwrap().settings

    assert (settings.every_broker["admin"].host, settings.every_broker["admin"].port) == (
        "admin.local",
        1,
    )
