"""Pure reading: bytes to text, text to document, document to report."""
