"""`python -m netraven_cli`: the command without its script."""

from netraven_cli.main import main

main()
