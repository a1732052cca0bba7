"""The intent of a message, from the words and the letters it is made of.

Chosen on measurement, see docs/decisions/: pieces of words bridge spellings (« jcherche », « cherche »), weighting by
rarity does better than counts, and one small linear model for each intent trains in seconds.
"""

import pickle
import re
import unicodedata
from typing import Any, Dict, List, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

FILE = "classifier.pickle"
REPEATED_LETTER = re.compile(r"(.)\1{2,}")


def plain(text: str) -> str:
    """Lower case, no accents, straight apostrophes, a letter at most twice in a row."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("’", "'"))
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return REPEATED_LETTER.sub(r"\1\1", letters)


def words_of(message: Message) -> str:
    """The message's tokens in plain form; punctuation is left out, emoji stay."""
    tokens = (plain(token.text) for token in message.get(TOKENS_NAMES[TEXT]))
    return " ".join(token for token in tokens if not all(unicodedata.category(char)[0] == "P" for char in token))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NgramIntentClassifier(GraphComponent, IntentClassifier):
    """Weighted word and letter n-grams, then logistic regression, one intent against the others."""

    @classmethod
    def required_components(cls) -> List[type]:
        from rasa.nlu.tokenizers.tokenizer import Tokenizer

        return [Tokenizer]

    @staticmethod
    def required_packages() -> List[Text]:
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`inverse_regularisation` is scikit-learn's C; `ranking_length` how many intents are given back."""
        return {"inverse_regularisation": 10.0, "ranking_length": 10}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "NgramIntentClassifier":
        return cls(config, model_storage, resource)

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._words = TfidfVectorizer(analyzer=_word_ngrams, sublinear_tf=True)
        self._letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
        self._model = LogisticRegression(C=config["inverse_regularisation"], solver="liblinear")

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        texts = [words_of(example) for example in examples]
        features = hstack([self._words.fit_transform(texts), self._letters.fit_transform(texts)]).tocsr()
        self._model.fit(features, [example.get(INTENT) for example in examples])
        with self._storage.write_to(self._resource) as folder:
            # pickle is safe here: the model is trained on this machine from our own data, never fetched
            (folder / FILE).write_bytes(pickle.dumps((self._words, self._letters, self._model)))
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "NgramIntentClassifier":
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._words, component._letters, component._model = pickle.loads((folder / FILE).read_bytes())
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            probabilities = self._model.predict_proba(self._features(words_of(message)))[0]
            best = np.argsort(-probabilities)[: self._config["ranking_length"]]
            ranking = [
                {"name": str(self._model.classes_[index]), "confidence": float(probabilities[index])} for index in best
            ]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def _features(self, text: str) -> csr_matrix:
        return hstack([self._words.transform([text]), self._letters.transform([text])]).tocsr()


def _word_ngrams(text: str) -> List[str]:
    """Words and pairs of neighbours. A named function, since a lambda could not be stored with the model."""
    words = text.split()
    return words + [f"{first} {second}" for first, second in zip(words, words[1:])]
