"""Decoding in the sandbox."""
