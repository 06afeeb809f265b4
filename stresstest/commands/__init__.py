"""One module for each command that is more than a call of ``run``: it joins stages and returns something to show."""
