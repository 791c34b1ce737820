"""Clean: take a site's furniture off an article, by rules and by what the site's pages share."""

from harvester.clean.article import CLEANING, Cleaned, clean, clean_article
from harvester.clean.fold import plain_blocks
from harvester.clean.furniture import Furniture, sighting_keys

__all__ = ["CLEANING", "Cleaned", "Furniture", "clean", "clean_article", "plain_blocks", "sighting_keys"]
