"""Splitting pictures into groups by likeness."""
