"""The Groups API: owners, brands, groups of photos."""
