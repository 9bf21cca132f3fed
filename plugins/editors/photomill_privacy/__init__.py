"""Finds faces and number plates."""
