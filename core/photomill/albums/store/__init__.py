"""Where owners, groups and photos are kept: tables and what is asked of them."""
