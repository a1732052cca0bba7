"""From what was understood to the action: a table, read from the rules in stories/.

Every rule of ours is one step (an intent, its action), since what depends on the conversation is decided by the
services over the programme database. Rasa's RulePolicy would search all rules twice a turn for the same result.
"""

import json
from typing import Any, Dict, List, Optional, Text

from rasa.core.constants import RULE_POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from nlu.components.intent_classifier import DOUBT, WISHES

FILE = "rules.json"


class RuleNotOneStep(RasaException):
    """A rule that is not an intent followed by one action."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class RuleTablePolicy(Policy):
    """One action for each intent, in the order of the wishes; `unsure_action` when the parse is in doubt."""

    @staticmethod
    def supported_data() -> SupportedData:
        return SupportedData.RULE_DATA

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"priority": RULE_POLICY_PRIORITY, "unsure_action": "action_ask_back"}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        rules: Optional[Dict[Text, Text]] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context)
        self._rules = rules or {}

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Raises RuleNotOneStep, naming the rule."""
        for tracker in training_trackers:
            if not tracker.is_rule_tracker:
                continue
            events = list(tracker.applied_events())
            intents = [event.intent_name for event in events if isinstance(event, UserUttered)]
            actions = [
                event.action_name
                for event in events
                if isinstance(event, ActionExecuted) and event.action_name not in (ACTION_LISTEN_NAME, "...")
            ]
            if len(intents) != 1 or len(actions) != 1:
                raise RuleNotOneStep(f"rule « {tracker.sender_id} » is not one intent followed by one action")
            self._rules[intents[0]] = actions[0]
        with self._model_storage.write_to(self._resource) as folder:
            (folder / FILE).write_text(json.dumps(self._rules))
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "RuleTablePolicy":
        with model_storage.read_from(resource) as folder:
            rules = json.loads((folder / FILE).read_text())
        return cls(config, model_storage, resource, execution_context, rules=rules)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(self._next_action(tracker))] = 1.0
        return self._prediction(probabilities)

    def _next_action(self, tracker: DialogueStateTracker) -> Text:
        """The action of the next wish that has none yet; listening when all have."""
        message = tracker.latest_message
        parsed = message.parse_data or {}
        if parsed.get(DOUBT):
            actions = [self.config["unsure_action"]]
        else:
            wishes = [wish["intent"]["name"] for wish in parsed.get(WISHES) or ()] or [message.intent_name]
            actions = [self._rules.get(name, self.config["unsure_action"]) for name in wishes]
        done = 0
        for event in reversed(tracker.events):
            if isinstance(event, UserUttered):
                break
            done += isinstance(event, ActionExecuted)
        return actions[done] if done < len(actions) else ACTION_LISTEN_NAME
