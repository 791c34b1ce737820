"""Many questions asked of several processes: answers in order, a few at a time, whatever becomes of a worker."""

import multiprocessing
import os
import time
from collections.abc import Iterator

import pytest

from harvester.bulk import CHUNK, FEW, IN_FLIGHT, Bulk

JOBS = 2


def square(number: int) -> int:
    return number * number


def square_slowly(number: int) -> int:
    """The first of each chunk takes longest, so that later chunks are done before earlier ones."""
    time.sleep(0.05 if number % (4 * CHUNK) == 0 else 0)
    return number * number


def process_of(_: int) -> int:
    return os.getpid()


def process_slowly(_: int) -> int:
    """Long enough for the other workers to take a chunk."""
    time.sleep(0.005)
    return os.getpid()


def square_or_die(number: int) -> int:
    """Negative numbers kill their worker."""
    if number < 0:
        os.kill(os.getpid(), 9)
    return number * number


def square_on(number: int) -> int:
    """Takes long enough that there is still work when the reader goes."""
    time.sleep(0.02)
    return number * number


def told_crashed(number: int) -> int:
    return number - 1000


def deadly(total: int, *deaths: int) -> list[int]:
    """The numbers from 1, those at `deaths` negative."""
    return [-number if number in deaths else number for number in range(1, total + 1)]


def answered(numbers: list[int]) -> list[int]:
    return [number - 1000 if number < 0 else number * number for number in numbers]


def workers() -> int:
    return len(multiprocessing.active_children())


def wait_for_no_workers() -> None:
    until = time.monotonic() + 5
    while workers() and time.monotonic() < until:
        time.sleep(0.01)
    assert workers() == 0


@pytest.mark.parametrize("jobs", [1, JOBS, 3])
@pytest.mark.parametrize("total", [0, 1, FEW, FEW + 1, FEW + CHUNK, 301])
def test_each_value_is_answered_once_and_in_order(jobs: int, total: int) -> None:
    answers = Bulk(square, told_crashed, jobs).answers(iter(range(total)))
    assert list(answers) == [number * number for number in range(total)]


def test_answers_that_come_out_of_order_are_given_in_order() -> None:
    answers = Bulk(square_slowly, told_crashed, JOBS).answers(range(100))
    assert list(answers) == [number * number for number in range(100)]


@pytest.mark.parametrize(
    ("jobs", "total", "here"), [(JOBS, FEW, True), (1, 100, True), (JOBS, FEW + 1, False), (JOBS, 100, False)]
)
def test_few_values_or_one_job_need_no_process(jobs: int, total: int, here: bool) -> None:
    processes = set(Bulk(process_of, told_crashed, jobs).answers(range(total)))
    assert (os.getpid() in processes) is here
    assert len(processes) <= jobs


def test_all_jobs_are_used() -> None:
    processes = set(Bulk(process_slowly, told_crashed, 3).answers(range(100)))
    assert len(processes) == 3


@pytest.mark.parametrize(
    "deaths",
    [
        pytest.param((1,), id="the first"),
        pytest.param((5,), id="amid the first chunk"),
        pytest.param((60,), id="the last"),
        pytest.param((3, 4), id="two neighbours"),
        pytest.param((9, 30, 57), id="in three chunks"),
    ],
)
def test_a_killed_worker_costs_the_value_that_killed_it_and_no_other(deaths: tuple[int, ...]) -> None:
    numbers = deadly(60, *deaths)
    assert list(Bulk(square_or_die, told_crashed, JOBS).answers(numbers)) == answered(numbers)
    wait_for_no_workers()


def test_a_worker_killed_while_its_reader_is_elsewhere_costs_no_other_value() -> None:
    """The pool is broken by the time that the next chunk is to be given out."""
    numbers = deadly(200, 40)
    found = []
    for answer in Bulk(square_or_die, told_crashed, JOBS).answers(numbers):
        if not found:
            time.sleep(0.3)
        found.append(answer)
    assert found == answered(numbers)


@pytest.mark.parametrize("jobs", [1, JOBS])
def test_the_source_is_read_a_bounded_way_ahead(jobs: int) -> None:
    read = 0

    def source() -> Iterator[int]:
        nonlocal read
        for number in range(2_000):
            read += 1
            yield number

    ahead = []
    for taken, _ in enumerate(Bulk(square, told_crashed, jobs).answers(source()), start=1):
        ahead.append(read - taken)
    assert len(ahead) == 2_000
    assert max(ahead) < max(FEW + 1, jobs * IN_FLIGHT * CHUNK)
    assert jobs == 1 or max(ahead) > jobs * CHUNK, "so few would leave workers idle"


def test_closing_early_ends_the_workers_and_leaves_the_source() -> None:
    read = []

    def source() -> Iterator[int]:
        for number in range(100_000):
            read.append(number)
            yield number

    answers = Bulk(square_on, told_crashed, JOBS).answers(source())
    assert [next(answers) for _ in range(3)] == [0, 1, 4]
    assert workers() == JOBS
    del answers
    wait_for_no_workers()
    assert len(read) <= JOBS * IN_FLIGHT * CHUNK


def test_a_source_that_raises_ends_the_workers() -> None:
    def source() -> Iterator[int]:
        yield from range(100)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(Bulk(square, told_crashed, JOBS).answers(source()))
    wait_for_no_workers()
