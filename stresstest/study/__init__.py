"""The steps of a study that join several stages; ``run`` puts them in order."""
