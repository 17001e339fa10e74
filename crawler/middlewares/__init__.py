"""What stands between spiders and the network."""
