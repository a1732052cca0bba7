"""What the assistant says when it has no answer, or did not understand."""

import pytest

from programme.assistant import CHOICE_FLOOR, NONE_OF_THESE, Assistant
from programme.errors import ContentError
from programme.replies import Button
from tests.conftest import NOW

TODAY = NOW.date()


def test_a_topic_that_does_not_exist_is_refused(assistant: Assistant) -> None:
    with pytest.raises(ContentError, match="topic pay_simulator has no answer"):
        assistant.answer("pay_simulator", on=TODAY)


@pytest.mark.parametrize(
    ("ranking", "offered"),
    [
        pytest.param(
            [("cej", 0.4), ("aid_housing", 0.2), ("holidays", 0.19), ("mentor", 0.18)],
            ["/cej", "/aid_housing", "/holidays"],
            id="the three likeliest, in their order",
        ),
        pytest.param([("cej", 0.4), ("mentor", CHOICE_FLOOR - 0.001)], ["/cej"], id="no guess below the floor"),
        pytest.param([("cej", 0.4), ("mentor", CHOICE_FLOOR)], ["/cej", "/mentor"], id="a guess at the floor"),
        pytest.param([("nlu_fallback", 0.4), ("mentor", 0.3)], ["/mentor"], id="what is no topic is not offered"),
        pytest.param(
            [("inform", 0.5), ("thank", 0.4), ("cej", 0.3)], ["/cej"], id="what nobody would choose is not offered"
        ),
        pytest.param([("cej", CHOICE_FLOOR - 0.001)], [], id="no guess at all"),
        pytest.param([], [], id="nothing understood"),
    ],
)
def test_the_likeliest_topics_are_offered_when_a_message_was_not_understood(
    assistant: Assistant, ranking: list[tuple[str, float]], offered: list[str]
) -> None:
    (reply,) = assistant.ask_back(ranking)
    ways_on = [NONE_OF_THESE] if offered else ["/help", "/talk_to_human"]
    assert [button.payload for button in reply.buttons] == [*offered, *ways_on]


@pytest.mark.parametrize(
    ("ranking", "key"),
    [
        pytest.param([("cej", 0.4)], "ask_back", id="with topics to choose from"),
        pytest.param([], "ask_back_nothing", id="with none"),
    ],
)
def test_it_is_said_that_the_message_was_not_understood(
    assistant: Assistant, ranking: list[tuple[str, float]], key: str
) -> None:
    assert assistant.ask_back(ranking)[0].text == assistant.texts.say(key)


def test_a_topic_button_has_the_title_of_the_catalogue(assistant: Assistant) -> None:
    assert assistant.topic_button("cej") == Button("Le CEJ", "/cej")
