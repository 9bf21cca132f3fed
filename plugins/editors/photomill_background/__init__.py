"""Tells foreground from background."""
