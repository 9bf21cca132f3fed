"""Collections of pictures that are searched by likeness."""
