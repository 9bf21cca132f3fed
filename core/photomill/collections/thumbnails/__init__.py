"""The thumbnails of one collection."""
