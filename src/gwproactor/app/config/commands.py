"""The commands of `gwproactor config`. What one needs is imported when it runs."""

import typer

from gwproactor.app.options import AsJson, Container, EnvFile, FileIfAny, Set, file_if_any

app = typer.Typer(
    name="config",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    help="""Show the settings of a node, and what settings there are.

    Data goes to stdout: a table on a terminal, elsewhere the same columns separated by tabs, or
    JSON. All else goes to stderr.

    Exit codes of both:

    - 0: done

    - 1: the settings are refused, and it is said why

    - 2: wrong options, or an output that cannot be written

    - 130, 143: ended by Ctrl-C, by SIGTERM; 141: nobody read the output to its end
    """,
)


@app.command()
def show(
    file: FileIfAny = None,
    *,
    container: Container = "",
    set_: Set = None,
    env_file: EnvFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every setting of a node as it is in effect, and where it is written.

    The first source that speaks wins: --set, the environment, the .env file, FILE, the default.
    Secrets are masked, unless they are empty; what is in files, as of password_file, is not read.

    With --json it is one object: of each setting by its dotted name an object with value and
    source.

    Examples:

    - `gwproactor config show node.toml`

    - `gwproactor config show --set brokers.local.host=mqtt.local --json`
    """
    from gwproactor.app.config.show import show as show_settings  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    with explained_errors():
        code = show_settings(
            file_if_any(file),
            container=container,
            overrides=tuple(set_ or ()),
            env_file=env_file,
            as_json=as_json,
        )
        raise typer.Exit(code)


@app.command()
def schema(file: FileIfAny = None, *, container: Container = "") -> None:
    """Write the JSON Schema of a node's settings, with those that its container adds.

    An editor that knows TOML and JSON Schema completes and checks node.toml by it.

    Example: `gwproactor config schema node.toml > node.schema.json`
    """
    from gwproactor.app.config.schema import write_schema  # noqa: PLC0415
    from gwproactor.app.terminal import explained_errors  # noqa: PLC0415

    with explained_errors():
        raise typer.Exit(write_schema(file_if_any(file), container=container))
