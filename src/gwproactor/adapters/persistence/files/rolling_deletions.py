"""Files that are to be deleted, until they are."""

import attrs

from gwproactor.adapters.persistence.files.rolling_folder import RollingFolder
from gwproactor.adapters.persistence.files.rolling_names import uid_in
from gwproactor.adapters.persistence.files.trouble import Trouble
from gwproactor.domain.store_problems import FileMissingWarning


@attrs.define
class RollingDeletions:
    folder: RollingFolder
    trouble: Trouble
    # Whether it would be odd if the file was not there.
    _paths: dict[str, bool] = attrs.field(init=False, factory=dict)

    def add(self, path: str, *, is_there: bool = False) -> None:
        """*is_there*: it is an event's, and should be; else it may be."""
        self._paths[path] = is_there

    def carry_out(self) -> None:
        """In the order of their adding. Raises OSError; then it goes on there the next time."""
        for path, is_there in [*self._paths.items()]:
            try:
                self.folder.delete(path)
            except FileNotFoundError:
                if not self.folder.is_there():
                    raise
                if is_there:
                    summary = "Files of events were gone when they were to be deleted"
                    warning = FileMissingWarning(uid=uid_in(path), path=self.folder.full(path))
                    self.trouble.about(summary).add_warning(warning)
            del self._paths[path]
