"""The intent of a message, the wishes it holds, and whether we doubt.

`intent` and `intent_ranking` are always the best guess with honest probabilities. Beside them every parse gets `doubt`
(« », « unsure », « near » or « long »): the policy asks back instead of guessing. A message with several wishes also
gets `wishes`. A call for help is looked for in each part of a message, so that nothing said around it hides it.
"""

from typing import Any, Dict, List, Text, Tuple

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.french_normaliser import WORDS
from nlu.components.linear_classifier import LinearClassifier
from nlu.french import wishes

DOUBT = "doubt"
WISHES = "wishes"

Ranking = List[Tuple[Text, float]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FrenchIntentClassifier(LinearClassifier, IntentClassifier):
    """A linear model over normalised words, and what is decided from its probabilities."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            # scikit-learn's C, and on how many cores it trains
            "inverse_regularisation": 10.0,
            "jobs": 2,
            # how many intents are given back
            "ranking_length": 10,
            # in doubt when the best is less likely than this, or less likely than the second one times `near_ratio`
            # without being `sure`
            "unsure_below": 0.3,
            "near_ratio": 1.6,
            "sure": 0.55,
            # to ask which of these was meant would help nobody
            "no_choice": [],
            # a longer message is not read as one wish
            "long_above_characters": 800,
            # a missed call for help is the worst error: taken for one from these probabilities on, in all, in a part
            "safety": [],
            "safety_at_least": 0.35,
            "safety_part_at_least": 0.6,
            # several wishes: each as likely as this, none of the intents that only accompany others; those that open
            # a question come last
            "wish_at_least": 0.6,
            "most_wishes": 3,
            "not_a_wish": [],
            "asked_last": [],
        }

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(WORDS)]
        return self.fit([example.get(WORDS) for example in examples], [example.get(INTENT) for example in examples])

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if message.get(TEXT) is not None:
                self._understand(message)
        return messages

    def _understand(self, message: Message) -> None:
        words = message.get(WORDS) or []
        ranking = self._safety_first(self._model.ranked(words, self._language))
        parts = wishes.parts(message.get(TEXT))
        read = []
        if len(parts) > 1:
            read = [(part, self._model.ranked(self._language.normalise.words(part), self._language)) for part in parts]
            ranking = self._safety_in_parts(ranking, [part for _, part in read])
        doubt = self._doubt(message.get(TEXT), ranking)
        several = self._several(read, ranking)
        if several:
            message.set(WISHES, several, add_to_output=True)
            doubt = ""
        given = [
            {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence}
            for name, confidence in ranking[: self._config["ranking_length"]]
        ]
        message.set(INTENT, dict(given[0]), add_to_output=True)
        message.set(INTENT_RANKING_KEY, given, add_to_output=True)
        message.set(DOUBT, doubt, add_to_output=True)

    def _safety_first(self, ranking: Ranking) -> Ranking:
        """The likeliest safety intent comes first when all of them together are likely enough."""
        safety = [entry for entry in ranking if entry[0] in self._config["safety"]]
        if sum(confidence for _, confidence in safety) < self._config["safety_at_least"]:
            return ranking
        return [safety[0], *(entry for entry in ranking if entry != safety[0])]

    def _safety_in_parts(self, ranking: Ranking, parts: List[Ranking]) -> Ranking:
        if ranking[0][0] in self._config["safety"]:
            return ranking
        calls = [part[0] for part in parts if part[0][0] in self._config["safety"]]
        if not calls:
            return ranking
        call = max(calls, key=lambda entry: entry[1])
        if call[1] < self._config["safety_part_at_least"]:
            return ranking
        return [call, *(entry for entry in ranking if entry[0] != call[0])]

    def _doubt(self, text: Text, ranking: Ranking) -> Text:
        (best, first), (other, second) = ranking[:2]
        if best in self._config["safety"]:
            return ""
        if len(text) > self._config["long_above_characters"]:
            return "long"
        if first < self._config["unsure_below"]:
            return "unsure"
        if {best, other} <= set(self._config["no_choice"]):
            return ""
        if first < self._config["sure"] and first < second * self._config["near_ratio"]:
            return "near"
        return ""

    def _several(self, read: List[Tuple[Text, Ranking]], ranking: Ranking) -> List[Dict[Text, Any]]:
        """The wishes of the message in the order to answer them; none when it holds a single one."""
        found: Dict[Text, Dict[Text, Any]] = {}
        for text, part in read:
            name, confidence = part[0]
            if confidence >= self._config["wish_at_least"] and name not in self._config["not_a_wish"]:
                found.setdefault(name, {TEXT: text, INTENT: {INTENT_NAME_KEY: name, "confidence": confidence}})
        safety = self._config["safety"]
        # a call for help is answered alone; and parts that miss what the whole means were cut wrongly
        if len(found) < 2 or ranking[0][0] in safety or ranking[0][0] not in found:
            return []
        last = [wish for name, wish in found.items() if name in self._config["asked_last"]]
        others = [wish for name, wish in found.items() if name not in self._config["asked_last"]]
        # one open question is enough
        return [*others, *last[:1]][: self._config["most_wishes"]]
