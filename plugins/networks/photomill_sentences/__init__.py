"""Models of sentences: what they mean as vectors, without a framework."""
