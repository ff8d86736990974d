"""Channels: a worker hears when to begin and whether to stop, also when who sent it is gone."""

import multiprocessing
import os
import time

import pytest
from readiness.load.channel import Alone, Local, Tidings
from readiness.load.crew import LocalCrew


@pytest.fixture
def local(monkeypatch):
    """A channel as a worker holds it: this process stands for both ends."""
    made = Local(multiprocessing.get_context("spawn"))
    monkeypatch.setattr(os, "getppid", lambda: made._parent)
    return made


def test_who_works_alone_begins_at_once_and_goes_on():
    alone = Alone()
    alone.ready(0)
    alone.tell(Tidings(0, 1))
    assert abs(alone.starts_at() - time.time()) < 5
    assert not alone.stopped()


def test_a_worker_begins_and_stops_when_it_is_told(local):
    assert (local.starts_at(), local.stopped()) == (0.0, False)
    local.start.value = 5.0
    local.stop.set()
    assert (local.starts_at(), local.stopped()) == (5.0, True)


def test_a_worker_whose_parent_is_gone_stops(local, monkeypatch):
    monkeypatch.setattr(os, "getppid", lambda: 1)
    assert local.stopped()


def test_what_is_told_arrives_in_order_and_once():
    crew = LocalCrew(1)
    channel = crew._channel
    channel.ready(3)
    channel.tell(Tidings(3, 0, 10, 9, 1, kinds={"timeout": 1}))
    assert crew.news() == [Tidings(3), Tidings(3, 0, 10, 9, 1, kinds={"timeout": 1})]
    channel.ready(3)
    channel.stop.set()
    crew.reset()
    assert (crew.news(), channel.stop.is_set(), channel.starts_at()) == ([], False, 0.0)
    crew.close()
