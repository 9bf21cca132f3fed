"""Collections of images that are searched by similarity."""
