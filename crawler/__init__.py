"""The network: portals, spiders, politeness. It makes no judgement about content."""
