"""`python -m tickwire` is the command `tickwire`."""

from tickwire.cli import main

main()
