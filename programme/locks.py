"""The advisory locks of the database, in one place: two of the same number would wait for each other for ever."""

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    # two processes that migrate at the same time do it one after the other
    MIGRATION = 7_305_417
    KNOWLEDGE = 7_305_418
    # held by the worker that plans and picks, for as long as it lives
    LEADER = 7_305_419
