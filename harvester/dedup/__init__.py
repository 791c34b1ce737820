"""Dedup: tell exact copies, near copies and revisions by the words of two texts."""

from harvester.dedup.near import Kind, Likeness, Sketch, compare, sketch
from harvester.dedup.revision import Change, change
from harvester.dedup.words import content_sha256, normalised_words

__all__ = ["Change", "Kind", "Likeness", "Sketch", "change", "compare", "content_sha256", "normalised_words", "sketch"]
