"""Editing: requests, the pipeline that carries them out, and the processes it runs in."""
