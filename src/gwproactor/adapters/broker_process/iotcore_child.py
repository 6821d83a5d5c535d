"""Runs iotcore's broker until standard input ends; iotcore itself has no way to stop one.

Run as a script: `python iotcore_child.py CONFIG`, a rumqttd configuration file.
"""

import contextlib
import logging
import os
import signal
import sys
import threading

from iotcore import IotCoreBroker


def _end_with_standard_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 1024):
            pass
    os._exit(0)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    # rumqttd logs each packet that it routes as an error.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it will tell us
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    IotCoreBroker(config_path=sys.argv[1]).run_forever()
