"""Edits with Pillow and numpy: the plain second way."""
