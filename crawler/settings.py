"""Settings of the crawler: first our own, then how it behaves, then what is switched off.

This module decides defaults.  ``crawler.politeness`` keeps the ones that nobody may loosen
toward a public host; ``-s NAME=VALUE`` changes the rest.
"""

from __future__ import annotations

from crawler.software import PRODUCT, software_name

BOT_NAME = PRODUCT
SPIDER_MODULES = ["crawler.spiders"]
COMMANDS_MODULE = "crawler.commands"

# Ours
ARCHIVE_DIR = "data"
ARCHIVE_ENABLED = True  # `scrapy read URL` switches it off: nothing is stored
CONTACT = "operator has set no contact"
ALLOW_LOOPBACK = False
HOST_DAILY_BUDGET = 3000  # requests to one host, address or platform on one Beijing day
VANTAGE = "unknown"
CLOCK_SHIFT_DAYS = 0  # demos date their visits by it; 0 without ALLOW_LOOPBACK
PORTALS_DIRS: list[str] = []
LIST_PAGES_MAX = 500  # a column with more list pages is a trap or needs a narrower column
WAITING_MAX = 2000  # requests; while more wait, documents go before further list pages
DISCOVER_PAGES_MAX = 200  # of one portal, home page included
DISCOVER_DEPTH_MAX = 7  # links from the home page
DISCOVER_SECONDS_MAX = 3600
RESUME_HOURS = 24  # an unfinished run is taken up for so long; then its answers are old
REVISITS_PER_PORTAL = 200  # in one run of `revisit -a due=1`
BROWSER = ""  # "/usr/bin/chromium": lists that only a script fills are rendered in it
BROWSER_SECONDS = 60.0  # for one list page, its sub-requests included
BROWSER_REQUESTS = 30  # sub-requests of one list page
NIGHT_WINDOW = ""  # "22:00-06:00", Beijing time: nothing is asked at other hours
RETRY_AFTER_MAX = 300.0  # seconds; a host that asks for a longer wait is left for the next run

# Who we say we are; crawler.politeness adds the contact
USER_AGENT = software_name()
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
    "Accept-Encoding": "gzip, deflate",  # what archive.entity undoes wherever it is installed
}

# Pace: one request at a time, at least a second between; jitter would undercut the delay.
# crawler.gate keeps it per host, address and platform, for all crawls of an archive.
DOWNLOAD_HANDLERS = {
    "http": "crawler.handler.GatedHandler",
    "https": "crawler.handler.GatedHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0
CONCURRENT_REQUESTS = 256  # over all hosts; most of them wait for their turn
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # reports in the order of their list
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DUPEFILTER_CLASS = "crawler.dupefilter.MarkedDupeFilter"
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 0  # the first delay is DOWNLOAD_DELAY
AUTOTHROTTLE_MAX_DELAY = 60.0

# Limits
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024
DOWNLOAD_WARNSIZE = 16 * 1024 * 1024
REQUESTS_PER_PAGE = 1000  # more links than that on one page are a flood
DOWNLOAD_FAIL_ON_DATALOSS = False  # a cut-off body is evidence too; its record says truncated
RETRY_TIMES = 2
RETRY_HTTP_CODES = [408, 429, 500, 502, 503, 504, 522, 524]  # not 412, 493, 521: those are WAFs
REDIRECT_MAX_TIMES = 5
URLLENGTH_LIMIT = 2083
DEPTH_LIMIT = LIST_PAGES_MAX + 10
HTTPERROR_ALLOW_ALL = True  # a 404 is an answer: spiders see every status

# What leaves this machine besides the request itself: nothing
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"
HTTPPROXY_ENABLED = False  # a proxy would make the recorded vantage and address untrue
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # it would run code sent to a local port

ADDONS = {"crawler.politeness.Politeness": 100}
# Of Scrapy's own what we use: what is only switched off would still be loaded, an HTTP server and
# the public suffixes among it.  Its OffsiteMiddleware is our guard's work, and its
# RobotsTxtMiddleware allows everything when robots.txt fails.
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.logstats.LogStats": 0,
    "scrapy.extensions.throttle.AutoThrottle": 0,
}
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": 580,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
}
EXTENSIONS = {
    "crawler.extensions.run_record.RunRecord": 100,
    "crawler.extensions.progress.Progress": 110,
}
ITEM_PIPELINES = {"crawler.pipelines.ingest.IngestPipeline": 100}
SPIDER_MIDDLEWARES = {"crawler.middlewares.floods.FloodsMiddleware": 10}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.resume.ResumeMiddleware": 40,
    "crawler.middlewares.guard.GuardMiddleware": 50,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.validators.ValidatorsMiddleware": 920,
    "crawler.middlewares.blocks.BlocksMiddleware": 930,  # before redirects and retries
    "crawler.middlewares.capture.CaptureMiddleware": 960,  # nearest the wire: body as sent
}

CONCURRENT_ITEMS = 1  # captures do not pass through the item pipeline

LOG_LEVEL = "WARNING"  # crawler.extensions.progress says how a crawl is getting on
WARN_ON_GENERATOR_RETURN_VALUE = False  # parses our callbacks anew for every page
