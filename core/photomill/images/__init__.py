"""Pictures: formats, limits, decoding in guarded processes."""
