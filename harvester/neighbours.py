"""What the articles around one of its source share, when all of them are there to be read."""

from collections.abc import Iterator

from harvester.article import Article
from harvester.clean import Furniture
from harvester.clean.furniture import WINDOW


class Neighbours:
    """Furniture for one article of a source after the other.

    Furniture remembers the last 200 articles, and a folder may hold those of twenty years and three designs. So it
    learns some way ahead of the article that is cleaned, and not all articles before the first.
    """

    def __init__(self, articles: Iterator[Article]) -> None:
        """`articles` are all of the source, in the order in which they will be cleaned."""
        self._ahead = articles
        self._furniture = Furniture()
        self._learned = self._cleaned = 0

    def of_next(self) -> Furniture:
        """For the next article: half a window before it and half a window after it, more at both ends."""
        self._cleaned += 1
        while self._learned < max(WINDOW, self._cleaned + WINDOW // 2):
            article = next(self._ahead, None)
            if article is None:
                break
            self._furniture.learn(article)
            self._learned += 1
        return self._furniture
