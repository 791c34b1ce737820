"""From a page to an article: what stands where, what it is about, and which of its blocks are the body."""

from harvester.extract.article import EXTRACTION, read_article

__all__ = ["EXTRACTION", "read_article"]
