"""`InstanceId` in a file."""

from gwproactor.adapters.identity.instance_id_file import InstanceIdFile

__all__ = ["InstanceIdFile"]
