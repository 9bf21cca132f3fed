"""Edits as durable jobs: one picture, or as many as a storage holds."""
