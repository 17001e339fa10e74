"""The page templates of the demo sites: ``string.Template`` files in the sites' own style."""
