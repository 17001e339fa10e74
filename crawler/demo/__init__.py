"""The demo portals, played on loopback: pages, server, editions."""
