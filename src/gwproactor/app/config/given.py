"""What is given to a node: where its settings may be written, read once."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from gwproactor.app.config import sources
from gwproactor.app.config.layers import Naming
from gwproactor.app.config.sources import Said
from gwproactor.app.config.text_file import TextFiles
from gwproactor.app.settings import ProactorSettings


@attrs.frozen(kw_only=True)
class Given:
    """Sources of settings, as of `load_settings`."""

    file: Path | None
    environ: Mapping[str, str] = attrs.field(repr=False)
    env_file: Path | None = None
    overrides: Sequence[str] = attrs.field(default=(), repr=False)
    _files: TextFiles = attrs.field(factory=TextFiles, init=False, repr=False)

    def said(self, kind: type[ProactorSettings]) -> list[Said]:
        """What each says of settings of *kind*, the last that speaks wins."""
        said = []
        if self.file is not None:
            said.append(sources.of_file(kind, self.file, self._files))
        folder = kind.model_config.get("secrets_dir")
        if isinstance(folder, str | os.PathLike):
            said.append(sources.of_secrets(kind, Path(folder), self._files))
        variables = self._env_file()
        if variables is not None:
            said.append(sources.of_dotenv(kind, variables, self.environ, self._files))
        said.append(sources.of_environment(kind, self.environ))
        said.append(sources.of_overrides(kind, self.overrides))
        return said

    def home(self, kind: type[ProactorSettings]) -> Naming:
        """Where one would write what is missing."""
        if self.file is not None:
            return sources.file_naming(self.file)
        return sources.variable_naming("environment", kind)

    def _env_file(self) -> Path | None:
        if self.env_file is not None or self.file is None:
            return self.env_file
        return sources.dotenv_beside(self.file)
