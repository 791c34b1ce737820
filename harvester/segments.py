"""Segments of a run: what it tells other machines of the words of the articles that it has stored."""

from collections.abc import Iterator, Set
from datetime import date

from harvester.archive.segment import Segment, SegmentArticle
from harvester.dedup.near import Sketch
from harvester.index import KnownArticle


class SegmentBuilder:
    """Gathers articles by the day under which their records stand."""

    def __init__(self) -> None:
        self._articles: dict[date, list[SegmentArticle]] = {}

    def add(self, article: KnownArticle, taken: Sketch, similarity: float) -> None:
        """An article that the bucket has; `similarity` is to what it copies, 0 where it copies nothing."""
        self._articles.setdefault(article.day, []).append(segment_article(article, taken, similarity))

    def drop(self, ids: Set[str]) -> None:
        """These articles are not in the bucket any more."""
        for day, articles in self._articles.items():
            self._articles[day] = [article for article in articles if article.id not in ids]

    def built(self) -> Iterator[Segment]:
        """One a day."""
        for day, articles in sorted(self._articles.items()):
            if articles:
                yield Segment.of(day, articles)


def segment_article(article: KnownArticle, taken: Sketch, similarity: float) -> SegmentArticle:
    """What a segment keeps of an article."""
    return SegmentArticle(
        id=article.id,
        source=article.source,
        revision=article.revision,
        derivation=article.derivation,
        fetched_at=article.fetched_at,
        appeared_at=article.appeared_at,
        copy_of=article.copy_of,
        similarity=similarity,
        keys=taken.keys,
        sketch=taken.to_bytes(),
    )
