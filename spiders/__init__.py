"""How pages are found and fetched.

Five spiders, by what they read of a source: `feed`, `sitemap`, `wordpress`, `section`, and `news`, which uses whatever
the source has and probes a site of which only the address is known. All open article pages the same way
(`spiders.article`); the modules named after kinds of lists are pure parsers; the rest are Scrapy components for polite
and safe fetching, in the table of `harvester.settings`.
"""
