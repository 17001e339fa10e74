"""Golden pages: what each page prints was written by hand in its ``page.toml``."""
