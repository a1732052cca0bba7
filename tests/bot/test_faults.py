"""When a part is down: nothing is lost, the person is told, and each message is answered once."""

import time
from collections.abc import Callable

import httpx
import psutil
import pytest

from tests.stack import Chat, Stack, said

KEPT = "Ton message est bien gardé"
PAY_QUESTION = "je vais toucher combien a 19 ans en 1ere annee"


def _part(stack: Stack, *words: str) -> psutil.Process:
    return next(
        child
        for child in stack.process.children(recursive=True)
        if all(word in " ".join(child.cmdline()) for word in words)
    )


def wait_for(condition: Callable[[], bool], timeout_s: float = 90) -> None:
    """Fails when it does not come true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.3)


def _is_ready(stack: Stack) -> bool:
    return httpx.get(f"{stack.url}/health", timeout=10).status_code == 200


def _answered(chat: Chat, count: int) -> bool:
    return said(chat.history()).count("43\u00a0% du SMIC") >= count


@pytest.mark.parametrize("words", [("rasa", "run"), ("bot.cli", "run", "actions")], ids=["dialogue", "actions"])
def test_messages_written_while_a_part_is_down_are_answered_once_when_it_is_back(
    stack: Stack, words: tuple[str, ...]
) -> None:
    # given a conversation, and a part that dies
    chat = stack.chat()
    chat.say("bonjour")
    _part(stack, *words).kill()

    # when the person writes, twice, and the phone sends the second one again
    first = chat.say(PAY_QUESTION, message_id="while-down-1")
    second = chat.say("et a 19 ans c payé cmb ?", message_id="while-down-2")
    again = chat.say("et a 19 ans c payé cmb ?", message_id="while-down-2")

    # then they are told each time, and the health page says what is down
    assert KEPT in said(first)
    assert KEPT in said(second)
    assert again == second
    assert not _is_ready(stack)

    # and once it is back each is answered, once
    wait_for(lambda: _is_ready(stack))
    wait_for(lambda: _answered(chat, 2))
    time.sleep(5)  # two more rounds of the worker: nothing more may come
    assert said(chat.history()).count("43\u00a0% du SMIC") == 2
    assert said(chat.history()).count(KEPT) == 2


def test_a_worker_that_dies_is_started_again(stack: Stack) -> None:
    worker = _part(stack, "bot.cli", "run", "worker")
    worker.kill()
    wait_for(lambda: any(word.pid != worker.pid for word in [_part_or(stack, worker)]))
    wait_for(lambda: _is_ready(stack))


def _part_or(stack: Stack, gone: psutil.Process) -> psutil.Process:
    try:
        return _part(stack, "bot.cli", "run", "worker")
    except (StopIteration, psutil.NoSuchProcess):
        return gone
