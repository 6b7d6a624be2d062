"""What `bench/run` is made of: programs that measure, and the table that keeps it."""
