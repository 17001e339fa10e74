"""The spiders, one module each, named for the spider."""
