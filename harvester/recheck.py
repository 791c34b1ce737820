"""When a page is looked at again, and which of the pages that are due come first.

News is edited while it is young. Of the changes to texts that a crawl of the world's news has seen within a week, 82 %
fall into the first day, in which 21 % of the articles change (GDELT, "Global Trends In The Ephemerality Of Online
News", 2020); of 300 000 articles of six Flemish sites 35 % changed on it, with 0.67 edits an article (Timmerman, Future
of Journalism 2023). So an hour of the first day brings 27 times the edits of an hour of the next six.

Where edits are rarer than looks, a stored text is out of date for (edits per second) / 2 (looks per second) of the
time. The sum over all articles is smallest, for a number of looks, when looks go with the *square root* of edits
(Cho and Garcia-Molina, "Effective page refresh policies for Web crawlers", 2003, solve the case in general): between
the first day and the next that is a factor of 5.2. Hence the intervals, and hence what a look is worth:

    since an article was new or changed    its interval            looks with recheck_s = 3600
    up to a day                            recheck_s               24
    up to 3 days                           6 times recheck_s        8
    up to 7 days                           24 times recheck_s       4
    up to 30 days                          a week                   3
    later                                  none                    39 in all, if it is never changed

Of a source that never edits it becomes 9 looks, of one that edits a great deal 78 (see `pace_of`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from heapq import nlargest
from math import expm1, log1p, sqrt
from typing import Self

from harvester.index.pages import KnownPage
from harvester.index.sites import EditHabit
from harvester.outcomes import Outcome

DAY_S, WEEK_S = 86_400.0, 7 * 86_400.0

RECHECK_FOR = timedelta(days=30)
"""An article older than this is looked at again only when its list says that it changed."""

STEPS = ((DAY_S, 1), (3 * DAY_S, 6), (WEEK_S, 24))
"""Up to this time since an article was new or changed: its interval, in terms of `recheck_s`."""

LOOKS_AT_ABSENT = (DAY_S, WEEK_S)
"""So long after a stored article's page was found gone, or to be something else, it is looked at again; then no more.
Outages and mistakes are mended by the next day, disputes by the next week; not measured. 1.6 % of articles are deleted
in their first week (GDELT), so this costs little."""

USUAL_SHARE, USUAL_RECHECK_S = 0.02, 3600.0
"""Looks that find an edit, when recheck_s is this: 0.67 edits (Timmerman) in 39 looks."""

PRIOR_LOOKS = 50
"""What is usual weighs as much as so many looks: one expected edit, so that a single one found at once says little."""

FASTEST, SLOWEST = 0.5, 4.0
"""Bounds of `pace_of`: twice as often as asked for is a guest's limit; four times as rarely still sees the edits of
an article's first day on that day. The latter takes 750 looks without an edit, as many as twenty articles get."""


def pace_of(recheck_s: float, habit: EditHabit) -> float:
    """By which a source's intervals are longer than usual, or shorter, from what its articles' second looks have shown.

    The square root of the usual share of looks that find an edit over the source's own. That one is the mean of a Beta
    distribution (Gelman et al., "Bayesian Data Analysis", §2.4): the looks so far, and PRIOR_LOOKS usual ones. Rarer
    looks find more edits each, so the pace settles by itself.
    """
    usual = -expm1(log1p(-USUAL_SHARE) * max(recheck_s, 1) / USUAL_RECHECK_S)  # Poisson: one edit or more
    share = (habit.edits + usual * PRIOR_LOOKS) / (habit.looks + PRIOR_LOOKS)
    return min(SLOWEST, max(FASTEST, sqrt(usual / share)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckPlan:
    """How one source's pages are looked at again. Times are seconds since the epoch."""

    recheck_s: float  # on an article's first day; 0: at every run
    pace: float = 1.0  # of `pace_of`

    @classmethod
    def of(cls, recheck_s: float, habit: EditHabit) -> Self:
        """For a source with this habit."""
        return cls(recheck_s=recheck_s, pace=pace_of(recheck_s, habit))

    def interval_s(self, page: KnownPage, now: float) -> float | None:
        """How long after its last look a page is looked at again; None: only when its list says that it changed."""
        if self.recheck_s == 0:
            return 0
        checked_at = min(page.checked_at, now)
        since_change_s = max(0, checked_at - page.changed_at)
        if page.outcome is Outcome.FAILED and page.article_id is None:
            return max(0, checked_at - page.first_at)  # at the next run, then at doubling distances
        if page.outcome is Outcome.DISCARDED:
            return next((after - since_change_s for after in LOOKS_AT_ABSENT if after > since_change_s), None)
        interval_s = self.pace * next(
            (times * self.recheck_s for until_s, times in STEPS if since_change_s < until_s),
            max(WEEK_S, STEPS[-1][1] * self.recheck_s),
        )
        return interval_s if since_change_s + interval_s <= RECHECK_FOR.total_seconds() else None

    def is_due(self, page: KnownPage, now: float) -> bool:
        """Has its interval passed? Or was it last looked at in a future that no two honest clocks have between them?

        Then nobody knows when that was, and the look sets it right.
        """
        interval_s = self.interval_s(page, now)
        return interval_s is not None and not -interval_s <= now - page.checked_at < interval_s

    def promise(self, page: KnownPage, now: float) -> float:
        """What a look at a page that is due is worth: the edits to be expected since the last one, up to a factor.

        The rate of edits goes with the square of 1 / interval. Whoever waits grows in worth, so nobody waits for ever.
        """
        interval_s = max(1, self.interval_s(page, now) or 0)
        return abs(now - page.checked_at) / interval_s / interval_s

    def choose(self, pages: Iterable[KnownPage], now: float, most: int) -> list[KnownPage]:
        """Of the pages that are due the most promising, best first; of equal ones those that come first.

        A page that has just failed comes before all articles, as we have nothing of it, and one that has failed for
        days after the young ones.
        """
        due = (page for page in pages if self.is_due(page, now))
        return nlargest(most, due, key=lambda page: self.promise(page, now))
