"""Jobs: durable plans of many small units of work."""
