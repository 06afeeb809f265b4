"""``python -m stresstest`` is the command ``stresstest``."""

from .cli import main

main()
