"""`python -m workforce`: the command line, where the `workforce` command is not on the path."""

from workforce.cli import main

if __name__ == "__main__":
    main()
