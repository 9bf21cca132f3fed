"""``python -m photomill_cli``."""

from photomill_cli.main import main

main(prog_name="photomill")
