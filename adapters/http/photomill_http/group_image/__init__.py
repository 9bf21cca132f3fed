"""The group-image API: a batch of pictures split into groups by likeness."""
