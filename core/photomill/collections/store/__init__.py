"""Where collections and records are kept: tables and what is asked of them."""
