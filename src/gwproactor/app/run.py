"""Running a node as a process: signals in, exit code out."""

import asyncio
import signal

from gwproactor.app.proactor import Proactor


async def run_node(proactor: Proactor) -> int:
    """Run *proactor* until it stops. SIGINT and SIGTERM stop it cleanly.

    Returns the node's exit code, or 128 + the signal's number. Raises StartError if the node
    cannot start.
    """
    loop = asyncio.get_running_loop()
    received: list[signal.Signals] = []

    def stop(given: signal.Signals) -> None:
        received.append(given)
        proactor.stop(f"signal {given.name}")

    handled = (signal.SIGINT, signal.SIGTERM)
    for given in handled:
        loop.add_signal_handler(given, stop, given)
    try:
        await proactor.run_forever()
    finally:
        for given in handled:
            loop.remove_signal_handler(given)
    return 128 + received[0] if received else proactor.exit_code
