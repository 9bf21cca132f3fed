"""Photomill over HTTP: one sub-package per public contract."""
