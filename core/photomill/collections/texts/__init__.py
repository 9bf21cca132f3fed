"""The text in the images of records: reading it, what it makes an image, and telling documents apart by it."""
