"""Our Scrapy commands, one module each, named for the command."""
