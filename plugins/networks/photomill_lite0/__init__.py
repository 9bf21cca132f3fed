"""EfficientNet-Lite0, whose weights come with the install: for embedders, and for editors that ask where a subject is."""
