"""Splitting images into groups by similarity."""
