"""How a command is ended by Ctrl-C or SIGTERM. It imports nothing: the console entry needs it."""


class EndedBySignal(SystemExit):  # it is no error, as `SystemExit` is none
    """Not the `sys.exit()` of somebody's code, which is contained where that is called."""
