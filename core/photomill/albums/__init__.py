"""Owners, their brands, and the groups of photos that they share."""
