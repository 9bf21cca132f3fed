"""Finds and reads lines of text: what plugins of several kinds need, and no plugin by itself.

The networks are PP-OCRv4 of PaddleOCR. What they answer is worked out here, by numpy and OpenCV.
"""
