"""Principal components of vectors, shared by the bundled indexes that keep these in the place of whole vectors."""
