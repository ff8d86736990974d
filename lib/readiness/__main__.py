"""`python -m readiness` is `readiness`."""

from readiness.cli import main

main()
