"""Invents pixels and styles."""
