"""The similarity API, version 2."""
