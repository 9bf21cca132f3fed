"""Edits as durable jobs: one image, or as many as a storage holds."""
