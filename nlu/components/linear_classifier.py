"""What the components around a linear model share: training it, keeping it with Rasa's model, loading it."""

import pickle
from typing import Any, Dict, List, Text, Type, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.french_normaliser import FrenchNormaliser
from nlu.components.language import french
from nlu.components.linear_model import LinearModel

FILE = "linear_model.pickle"

Component = TypeVar("Component", bound="LinearClassifier")


class LinearClassifier(GraphComponent):
    """Subclasses give the configuration (`inverse_regularisation`, scikit-learn's C, and `jobs`, the cores to train
    on), call `fit` in their `train`, and read messages in their `process`."""

    @classmethod
    def required_components(cls) -> List[type]:
        return [FrenchNormaliser]

    @staticmethod
    def required_packages() -> List[Text]:
        return ["sklearn", "spacy"]

    @classmethod
    def create(
        cls: Type[Component],
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Component:
        return cls(config, model_storage, resource)

    def __init__(self, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._language = french()
        self._model: LinearModel

    def fit(self, texts: List[List[Text]], labels: List[Text]) -> Resource:
        """Train on normalised words and keep the model."""
        self._model = LinearModel.train(
            texts,
            labels,
            self._language,
            inverse_regularisation=self._config["inverse_regularisation"],
            jobs=self._config["jobs"],
        )
        with self._storage.write_to(self._resource) as folder:
            # pickle is safe here: the model is trained on this machine from our own data, never fetched
            (folder / FILE).write_bytes(pickle.dumps(self._model))
        return self._resource

    @classmethod
    def load(
        cls: Type[Component],
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Component:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = pickle.loads((folder / FILE).read_bytes())
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data  # nothing after it reads what it makes of its own training phrases
