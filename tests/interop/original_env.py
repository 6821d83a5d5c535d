"""Every name that an env file of the original library may have, run by the original's own python.

original_env.py    prints a JSON object: names under the prefix SCADA_, each with its default
"""

# The original's own python runs it: tools that look into src/ know nothing of this environment.
# mypy: ignore-errors

import json
import sys

from gwproactor.config import MQTTClient
from pydantic import BaseModel
from pydantic_settings import SettingsConfigDict

from gwproactor import AppSettings


class ScadaSettings(AppSettings):
    """One client, as an application adds it."""

    model_config = SettingsConfigDict(env_prefix="SCADA_")

    local_mqtt: MQTTClient = MQTTClient()


def named(value, name):
    """Each leaf, by the names above it."""
    if isinstance(value, BaseModel):
        for field in type(value).model_fields:
            yield from named(getattr(value, field), f"{name}__{field.upper()}")
    else:
        yield name.replace("___", "_"), "" if value is None else str(getattr(value, "value", value))


if __name__ == "__main__":
    settings = ScadaSettings()
    json.dump(dict(named(settings, "SCADA_")), sys.stdout)
