"""`python -m detcov`."""

from detcov.cli import main

main()
