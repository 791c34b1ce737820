"""Scrapy's settings. `ITEM_PIPELINES` is the table of an article's steps; read it first.

What differs from source to source (delay, concurrency) is set by `spiders.article.ArticleSpider` from the source's
file; what an operator configures stands in `harvest.toml` (`harvester.config`), not here.
"""

from harvester import __version__

BOT_NAME = "harvest"
SPIDER_MODULES = ["spiders"]
HARVEST_RUN = None  # id of the run that this crawl belongs to; None: `scrapy crawl` makes a run of its own
HARVEST_CONFIG = None  # path of harvest.toml for `scrapy crawl`; None: ./harvest.toml if it is there

ITEM_PIPELINES = {
    "pipelines.known.KnownPipeline": 100,  # first, as it is cheap: outside the dates, or the same bytes as stored
    "pipelines.clean.CleanPipeline": 200,  # furniture off; before comparing, for shared footers make articles alike
    "pipelines.dedup.DedupPipeline": 300,  # the same article, a revision, a copy? On the cleaned text
    "pipelines.store.StorePipeline": 900,  # last: into the archive, and only then is its outcome true
}

USER_AGENT = f"news-harvester/{__version__}"  # the contact of harvest.toml is added to it
