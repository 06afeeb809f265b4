"""Live data: fetch from public sources, check on arrival, keep every vintage, switch editions in one step.

Nothing here runs unless the user asks for it; everything else works from the cache or the embedded snapshot.
"""
