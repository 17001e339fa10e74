"""Where captures go once they are on disk."""
