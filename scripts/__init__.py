"""Scripts run by hand: data files and generated documentation."""
