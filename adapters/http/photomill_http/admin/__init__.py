"""Administration: collections and keys, which the original keeps to its staff."""
