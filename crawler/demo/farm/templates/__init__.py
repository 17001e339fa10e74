"""The page templates of the farm: ``string.Template`` files in the style of each CMS."""
