"""Reads and writes objects of any S3-compatible service."""
