"""`python -m gwproactor` is the `gwproactor` command."""

from gwproactor.app.cli import main

if __name__ == "__main__":
    main()
