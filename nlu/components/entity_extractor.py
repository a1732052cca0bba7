"""Entities by tables and patterns of French, see nlu/french/entities.py."""

from datetime import datetime, timezone
from typing import Any, Dict, List, Text

from dateutil import tz
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.french import entities


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FrenchEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Dates are resolved in `zone`. The action server resolves them again when a person lives in another one."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"zone": "Europe/Paris"}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "FrenchEntityExtractor":
        return cls(config)

    def __init__(self, config: Dict[Text, Any]) -> None:
        self._zone = tz.gettz(config["zone"])
        entities.find("", datetime.now(timezone.utc).date())  # the tables are read now, not at the first message

    def process(self, messages: List[Message]) -> List[Message]:
        today = datetime.now(timezone.utc).astimezone(self._zone).date()
        for message in messages:
            text = message.get(TEXT)
            if not text:
                continue
            found = [
                {
                    "entity": each.name,
                    "start": each.start,
                    "end": each.end,
                    "value": each.value,
                    **({"until": each.until} if each.until else {}),
                }
                for each in entities.find(text, today)
            ]
            message.set(ENTITIES, self.add_extractor_name(found), add_to_output=True)
        return messages
