"""What records show, in words: concepts, colours, and searching by them."""
