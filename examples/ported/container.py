"""What node.toml names. `gwproactor` looks for modules beside the file, and those of the examples
are found from two folders above; the package of a project made by `gwproactor new` is beside its
node.toml, and needs nothing like this.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from examples.ported.site import SiteContainer

__all__ = ["SiteContainer"]
