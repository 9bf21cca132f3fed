"""The group-image API: a batch of images split into groups by similarity."""
