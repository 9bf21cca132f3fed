"""Repairs pictures: compression, noise, too few pixels."""
