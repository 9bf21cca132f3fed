"""Near-duplicates among the records of one collection: found, told apart, and kept out."""
