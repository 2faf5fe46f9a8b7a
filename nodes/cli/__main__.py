"""`python -m nodes.cli` is `hefu`."""

from nodes.cli import main

main()
