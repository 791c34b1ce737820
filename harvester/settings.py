"""Scrapy's settings. `ITEM_PIPELINES` is the table of an article's steps; read it first.

What differs from source to source (delay, concurrency) is set by `spiders.article.ArticleSpider` from the source's
file; what an operator configures stands in `harvest.toml` (`harvester.config`), not here.
"""

from harvester import __version__

BOT_NAME = "harvest"
SPIDER_MODULES = ["spiders.kinds"]
HARVEST_RUN = None  # id of the run that this crawl belongs to; None: `scrapy crawl` makes a run of its own
HARVEST_CONFIG = None  # path of harvest.toml for `scrapy crawl`; None: ./harvest.toml if it is there

ITEM_PIPELINES = {
    "pipelines.known.KnownPipeline": 100,  # first, as it is cheap: outside the dates, or the same bytes as stored
    "pipelines.clean.CleanPipeline": 200,  # furniture off; before comparing, for shared footers make articles alike
    "pipelines.dedup.DedupPipeline": 300,  # the same article, a revision, a copy? On the cleaned text
    "pipelines.store.StorePipeline": 900,  # last: into the archive, and only then is its outcome true
}

USER_AGENT = f"news-harvester/{__version__}"  # the contact of harvest.toml is added to it

EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "spiders.politeness.PoliteThrottle": 0,  # AutoThrottle that minds Crawl-delay
    "spiders.politeness.Politeness": 0,
    "pipelines.watch.Watch": 0,
}

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "spiders.robots.RobotsMiddleware": 100,  # where Scrapy's stands; RFC 9309 to the letter
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "spiders.retry.RetryMiddleware": 550,  # waits, and minds Retry-After
    "spiders.wire.WireMiddleware": 595,  # below HttpCompression (590): the body as it came
    "spiders.proxy.ProxyMiddleware": 740,  # above HttpProxy (750), which reads what it sets
    "spiders.private.PrivateMiddleware": 760,  # last before the network, so that robots.txt and redirects pass it too
}

# Politeness. The source's delay and concurrency come on top (spiders.article.apply_source).
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 1.0  # seconds
DOWNLOAD_DELAY_JITTER = 0.0  # a gap must never be shorter than the delay asked for
CONCURRENT_REQUESTS = 16
CONCURRENT_REQUESTS_PER_DOMAIN = 1
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_MAX_DELAY = 60.0  # seconds
COOKIES_ENABLED = False
RETRY_TIMES = 3
HARVEST_RETRY_PAUSE_S = 1.0  # seconds; set from the source
HARVEST_PROXY = None  # for crawls that store nothing; runs take it from harvest.toml
HARVEST_PRIVATE_ALLOWED = False  # set from the source's `private`

# Limits
DOWNLOAD_TIMEOUT = 60  # seconds
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024  # bytes, also after decompression; no news page is as large
DOWNLOAD_WARNSIZE = 0
REDIRECT_MAX_TIMES = 8
URLLENGTH_LIMIT = 4096

# What is asked for and taken
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate",  # what every reader of captures can unpack
}
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_HANDLERS = dict.fromkeys(("data", "file", "ftp", "s3"))  # nothing but http and https
HTTPERROR_ALLOW_ALL = True  # each status gets its outcome from us

# Nobody but the operator steers a crawl
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

LOG_LEVEL = "INFO"
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
