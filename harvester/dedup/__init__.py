"""Dedup: tell exact copies, near copies and revisions by the words of two texts."""

from harvester.dedup.near import Kind, Likeness, Sketch, compare, sketch, sketch_of
from harvester.dedup.revision import Change, Part, Revision, about_hash, change, day_of, differs_about, revision_of
from harvester.dedup.word_diff import word_diff
from harvester.dedup.words import content_sha256, content_sha256_of, normalised_words

__all__ = [
    "Change",
    "Kind",
    "Likeness",
    "Part",
    "Revision",
    "Sketch",
    "about_hash",
    "change",
    "compare",
    "content_sha256",
    "content_sha256_of",
    "day_of",
    "differs_about",
    "normalised_words",
    "revision_of",
    "sketch",
    "sketch_of",
    "word_diff",
]
