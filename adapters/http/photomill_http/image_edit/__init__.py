"""The image edit API, ``/v1`` and ``/v1-beta1``: edits at once and in the background, and the storages they use."""
