"""Build the marts, guard them, and let them out."""
