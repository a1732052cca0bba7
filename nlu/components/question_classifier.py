"""The class of a line said to a simulated employer: `question_class` in every parse.

The classes and what they mean are those of the questionnement compétent; their lines are the lookup tables
`question_class/<class>` in nlu/practice/, since a line of practice is no intent of the conversation.
"""

import pickle
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.french_normaliser import WORDS, FrenchNormaliser
from nlu.components.language import french
from nlu.components.linear_model import LinearModel

FILE = "question_classes.pickle"
QUESTION_CLASS = "question_class"
PREFIX = f"{QUESTION_CLASS}/"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(GraphComponent):
    @classmethod
    def required_components(cls) -> List[type]:
        return [FrenchNormaliser]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`inverse_regularisation` is scikit-learn's C; `jobs` the cores it trains on."""
        return {"inverse_regularisation": 30.0, "jobs": 2}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "QuestionClassifier":
        return cls(config, model_storage, resource)

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._language = french()
        self._model: LinearModel

    def train(self, training_data: TrainingData) -> Resource:
        lines = [
            (line, table["name"][len(PREFIX) :])
            for table in training_data.lookup_tables
            if table["name"].startswith(PREFIX)
            for line in table["elements"]
        ]
        self._model = LinearModel.train(
            [self._language.normalise.words(line) for line, _ in lines],
            [name for _, name in lines],
            self._language,
            inverse_regularisation=self._config["inverse_regularisation"],
            jobs=self._config["jobs"],
        )
        with self._storage.write_to(self._resource) as folder:
            (folder / FILE).write_bytes(pickle.dumps(self._model))
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "QuestionClassifier":
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = pickle.loads((folder / FILE).read_bytes())
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if message.get(TEXT) is not None:
                name, confidence = self._model.ranked(message.get(WORDS) or [], self._language)[0]
                message.set(QUESTION_CLASS, {"name": name, "confidence": confidence}, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data
