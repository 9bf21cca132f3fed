"""Configuration: ``plugins.toml``, the environment, and the strict structuring of both."""
