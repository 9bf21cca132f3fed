"""Neural networks without torch, shared by the bundled plugins that run one.

The import of onnxruntime, weights read from torch's files, and models cached in the data folder.
"""
