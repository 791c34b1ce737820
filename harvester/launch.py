"""Start Scrapy for the sources of a run: several crawls in one process, stopped cleanly by Ctrl-C."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.log import configure_logging
from scrapy.utils.misc import load_object
from scrapy.utils.project import get_project_settings
from scrapy.utils.reactor import install_reactor
from twisted.internet.posixbase import PosixReactorBase

from harvester import exit_codes
from harvester.config import Config, user_agent
from harvester.outcomes import Reason
from harvester.run import HarvestRun
from harvester.source import Source

if TYPE_CHECKING:
    from scrapy import Spider

logger = logging.getLogger(__name__)

REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"


def scrapy_settings(log_level: str) -> Settings:
    """The project's settings, wherever the command is started from."""
    os.environ["SCRAPY_SETTINGS_MODULE"] = "harvester.settings"
    settings = get_project_settings()
    settings.set("LOG_LEVEL", log_level.upper(), priority="cmdline")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")  # the command line has set up logging
    return settings


def harvest(
    run: HarvestRun, sources: Sequence[Source], *, log_level: str, watch: Callable[[], Awaitable[None]]
) -> None:
    """Harvest `sources`, at most `run.workers` at once; returns when all have ended or Ctrl-C has stopped them.

    `watch` runs beside the crawls (progress) and is cancelled at the end. May be called once in a process: Twisted's
    reactor can't be started again.
    """
    settings = scrapy_settings(log_level)
    settings.set("HARVEST_RUN", run.id, priority="cmdline")
    gate = asyncio.Semaphore(run.workers)

    async def one(runner: AsyncCrawlerRunner, source: Source) -> None:
        async with gate:
            if run.interrupted:
                return
            try:
                await runner.crawl("news", source=source.name)
            except Exception as error:
                logger.exception("%s: the crawl broke off", source.name)
                run.part(source).fail(Reason.FAULT, repr(error))

    async def everything(runner: AsyncCrawlerRunner) -> None:
        watching = asyncio.ensure_future(watch())
        try:
            await asyncio.gather(*(one(runner, source) for source in sources))
        finally:
            watching.cancel()

    def stop(runner: AsyncCrawlerRunner) -> None:
        run.interrupted = True
        asyncio.ensure_future(runner.stop())  # noqa: RUF006 the reactor waits for the crawls themselves

    _run_reactor(settings, everything, stop)


def crawl_alone(spider: str, config: Config, *, log_level: str, **arguments: Any) -> "Spider":
    """Run one spider, named by its class's path, that stores nothing, and return it with what it found."""
    settings = scrapy_settings(log_level)
    settings.set("ITEM_PIPELINES", {}, priority="cmdline")
    settings.set("EXTENSIONS", dict(settings["EXTENSIONS"]) | {"pipelines.watch.Watch": None}, priority="cmdline")
    settings.set("HARVEST_PROXY", config.proxy, priority="cmdline")
    if config.contact:
        settings.set("USER_AGENT", user_agent(settings["USER_AGENT"], config.contact), priority="cmdline")
    crawlers: list[Crawler] = []

    async def crawl(runner: AsyncCrawlerRunner) -> None:
        crawlers.append(runner.create_crawler(load_object(spider)))
        await runner.crawl(crawlers[0], **arguments)

    def stop(runner: AsyncCrawlerRunner) -> None:
        asyncio.ensure_future(runner.stop())  # noqa: RUF006

    _run_reactor(settings, crawl, stop)
    found = crawlers[0].spider
    if found is None:
        raise RuntimeError(f"{spider} did not start")
    return found


def _run_reactor(
    settings: Settings,
    work: Callable[[AsyncCrawlerRunner], Awaitable[None]],
    stop: Callable[[AsyncCrawlerRunner], None],
) -> None:
    """Run `work` to its end in Twisted's asyncio reactor; the first Ctrl-C calls `stop`, the second ends at once."""
    install_reactor(REACTOR)
    configure_logging(settings)
    from twisted.internet import reactor as installed

    reactor = cast(PosixReactorBase, installed)
    runner = AsyncCrawlerRunner(settings)
    problems: list[BaseException] = []
    signals: list[int] = []

    async def main() -> None:
        try:
            await work(runner)
        except Exception as error:  # noqa: BLE001 handed on below, outside the reactor
            problems.append(error)
        finally:
            reactor.stop()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        signals.append(number)
        if len(signals) > 1:
            os._exit(exit_codes.INTERRUPTED)
        print("stopping; what is under way is finished and stored (again to stop at once)", file=sys.stderr)  # noqa: T201
        reactor.callFromThread(stop, runner)

    reactor.callWhenRunning(lambda: asyncio.ensure_future(main()))
    earlier = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        reactor.run(installSignalHandlers=False)
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
    if problems:
        raise problems[0]
