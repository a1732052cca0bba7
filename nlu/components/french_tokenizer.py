"""Words of a French message, as spaCy's French rules cut them (« j'ai » gives « j' » and « ai »)."""

from typing import Any, Dict, List, Text

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

MODEL = "fr_core_news_md"
# Rasa's own SpacyNLP runs these on each message, 9 ms of work that nothing here reads
UNUSED = ["tok2vec", "morphologizer", "parser", "lemmatizer", "attribute_ruler", "ner"]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class FrenchTokenizer(Tokenizer):
    """Only the tokenizer of the French model is run."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def required_packages() -> List[Text]:
        return ["spacy"]

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "FrenchTokenizer":
        return cls(config)

    def __init__(self, config: Dict[Text, Any]) -> None:
        super().__init__(config)
        self._language = spacy.load(MODEL, exclude=UNUSED)

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        document = self._language.make_doc(message.get(attribute))
        return [Token(word.text, word.idx) for word in document if not word.is_space]
