"""Who is on a collection's records: faces, and the people that they belong to."""
