"""The parts of a release: the published database, its files, its papers."""
