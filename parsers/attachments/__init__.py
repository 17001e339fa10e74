"""Files that carry a report beside the web page: one module for each format."""
