"""The class of a line said to a simulated employer: `question_class` in every parse.

The classes and what they mean are those of the questionnement compétent; their lines are the lookup tables
`question_class/<class>` in nlu/practice/, since a line of practice is no intent of the conversation.
"""

from typing import Any, Dict, List, Text, Tuple

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.french_normaliser import WORDS
from nlu.components.linear_classifier import LinearClassifier
from nlu.french.greetings import after_greeting

QUESTION_CLASS = "question_class"
PREFIX = f"{QUESTION_CLASS}/"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(LinearClassifier):
    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`inverse_regularisation` is scikit-learn's C; `jobs` the cores it trains on.

        What follows a greeting decides from the probability `plain_after_greeting` on, unless it is `no_class`.
        """
        return {
            "inverse_regularisation": 30.0,
            "jobs": 2,
            "plain_after_greeting": 0.9,
            "no_class": "off_topic",
        }

    def train(self, training_data: TrainingData) -> Resource:
        lines = [
            (line, table["name"][len(PREFIX) :])
            for table in training_data.lookup_tables
            if table["name"].startswith(PREFIX)
            for line in table["elements"]
        ]
        words = [self._language.normalise.words(line) for line, _ in lines]
        return self.fit(words, [name for _, name in lines])

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if message.get(TEXT) is not None:
                name, confidence = self._classified(message)
                message.set(QUESTION_CLASS, {"name": name, "confidence": confidence}, add_to_output=True)
        return messages

    def _classified(self, message: Message) -> Tuple[Text, float]:
        """« Bonjour, vous recrutez ? » is what its rest is, when that is plain."""
        whole = self._model.ranked(message.get(WORDS) or [], self._language)[0]
        rest = after_greeting(message.get(TEXT))
        if not rest:
            return whole
        name, confidence = self._model.ranked(self._language.normalise.words(rest), self._language)[0]
        plain = confidence >= self._config["plain_after_greeting"] and name != self._config["no_class"]
        return (name, confidence) if plain else whole
