"""Fixtures for plugin authors; loaded by pytest through the entry point ``pytest11``."""
