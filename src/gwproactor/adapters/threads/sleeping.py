"""Sleeping in a thread that can be told to stop."""

import time
from typing import Final

SLEEP_STEP_S: Final = 0.1


def responsive_sleep(
    obj: object,
    seconds: float,
    step_duration: float = SLEEP_STEP_S,
    running_field_name: str = "_main_loop_running",
    running_field: bool = True,
) -> bool:
    """Sleep for *seconds*, or until the attribute *running_field_name* of *obj* is no longer
    *running_field*, which is looked at every *step_duration* seconds: whether it still is.

    For threads of one's own; a `SyncAsyncInteractionThread` sleeps better by itself. The clock is
    monotonic.
    """
    end_s = time.monotonic() + seconds
    while getattr(obj, running_field_name) == running_field:
        left_s = end_s - time.monotonic()
        if left_s <= 0:
            return True
        time.sleep(min(left_s, step_duration))
    return False
