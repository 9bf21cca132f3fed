"""Pages for people, on the same engine as the HTTP APIs."""
