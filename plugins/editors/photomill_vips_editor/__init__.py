"""Edits with libvips: lazily, in one pass over the pixels."""
