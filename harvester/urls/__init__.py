"""Addresses: the key that merges the variants of one story, canonical addresses, what belongs to one site."""

from harvester.urls.canonical import canonical_url, is_home_page
from harvester.urls.key import article_id, url_key, without_tracking
from harvester.urls.parts import same_site

__all__ = ["article_id", "canonical_url", "is_home_page", "same_site", "url_key", "without_tracking"]
