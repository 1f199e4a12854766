"""When a schedule's next tick is, also where clocks are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.schedules import InvalidSchedule, next_tick

BERLIN = "Europe/Berlin"


def ticks(cron: str, zone: str, after: str, count: int) -> list[str]:
    """The next ticks as the clocks of the zone show them."""
    moment, found = datetime.fromisoformat(after), []
    for _ in range(count):
        moment = next_tick(cron, zone, moment)
        assert moment.tzinfo is UTC
        found.append(moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes"))
    return found


def test_ticks_are_those_of_the_time_zone() -> None:
    assert ticks("30 6 * * MON-FRI", "Asia/Jerusalem", "2026-03-05T12:00+00:00", 2) == [
        "2026-03-06T06:30+02:00",
        "2026-03-09T06:30+02:00",
    ]
    assert ticks("0 0 1 * *", "UTC", "2026-12-31T23:59:59+00:00", 1) == ["2027-01-01T00:00+00:00"]
    assert ticks("0 0 29 2 *", "UTC", "2026-01-01T00:00+00:00", 1) == ["2028-02-29T00:00+00:00"]


def test_a_tick_that_clocks_leave_out_is_run_behind_the_gap_and_once() -> None:
    assert ticks("30 2 * * *", BERLIN, "2026-03-28T12:00+00:00", 2) == ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]
    assert ticks("*/30 * * * *", BERLIN, "2026-03-29T00:15+00:00", 3) == [
        "2026-03-29T01:30+01:00",
        "2026-03-29T03:00+02:00",
        "2026-03-29T03:30+02:00",
    ]


def test_a_tick_that_clocks_show_twice_is_run_once() -> None:
    assert ticks("30 2 * * *", BERLIN, "2026-10-24T12:00+00:00", 2) == ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]
    # Also by a worker that looks between the two, or at the second one.
    for late in ("2026-10-25T00:45+00:00", "2026-10-25T01:30+00:00"):
        assert ticks("30 2 * * *", BERLIN, late, 1) == ["2026-10-26T02:30+01:00"]


def test_what_is_run_every_hour_is_run_in_both_hours() -> None:
    assert ticks("0 * * * *", BERLIN, "2026-10-24T23:45+00:00", 3) == [
        "2026-10-25T02:00+02:00",
        "2026-10-25T02:00+01:00",
        "2026-10-25T03:00+01:00",
    ]


def test_a_day_that_a_zone_leaves_out() -> None:
    assert ticks("0 9 * * *", "Pacific/Apia", "2011-12-29T18:00+00:00", 3) == [
        "2011-12-29T09:00-10:00",
        "2011-12-31T00:00+14:00",
        "2011-12-31T09:00+14:00",
    ]


@pytest.mark.parametrize(
    ("cron", "zone", "field"),
    [
        *((cron, "UTC", "cron") for cron in ("", "* * * *", "* * * * * *", "61 * * * *", "0 0 30 2 *", "@daily", "mon * * * *")),
        *(("0 0 * * *", zone, "time_zone") for zone in ("", "Berlin", "../etc/passwd", "Europe", "a" * 5000)),
    ],
)
def test_what_is_no_schedule_is_refused_by_name(cron: str, zone: str, field: str) -> None:
    with pytest.raises(InvalidSchedule) as caught:
        next_tick(cron, zone, datetime(2026, 1, 1, tzinfo=UTC))
    assert list(caught.value.violations) == [field]


@given(cron=st.text(max_size=40), zone=st.text(max_size=20) | st.just("UTC"))
def test_any_text_is_a_schedule_or_refused(cron: str, zone: str) -> None:
    after = datetime(2026, 6, 1, tzinfo=UTC)
    try:
        assert next_tick(cron, zone, after) > after
    except InvalidSchedule:
        return


@given(
    zone=st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "UTC"]),
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    day=st.integers(0, 364),
)
def test_a_daily_tick_comes_once_a_day_whatever_clocks_do(zone: str, minute: int, hour: int, day: int) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    first = next_tick(f"{minute} {hour} * * *", zone, moment)
    second = next_tick(f"{minute} {hour} * * *", zone, first)
    dates = [tick.astimezone(ZoneInfo(zone)).date() for tick in (first, second)]
    assert dates[1] - dates[0] == timedelta(days=1)
