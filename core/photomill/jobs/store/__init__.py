"""Where jobs are kept: tables and what is asked of them."""
