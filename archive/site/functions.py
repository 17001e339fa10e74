"""Two SQL functions for ``sqlite-utils … --functions archive/site/functions.py``.

``search_query(words)`` is what stands behind MATCH, ``search_snippet(text, words)`` the place of
the words.  Everything that can be called here becomes an SQL function: import no more.
"""

from archive.search import search_query, search_snippet

__all__ = ["search_query", "search_snippet"]
