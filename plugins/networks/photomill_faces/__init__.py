"""Finds faces: what editors of several kinds need, and no plugin by itself."""
