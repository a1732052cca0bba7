"""What is used of spaCy's French model: the word vectors, and how frequent each word is. Loaded once a process."""

from functools import lru_cache
from itertools import islice
from typing import Dict, List, Optional

import numpy as np
import spacy

from nlu.french.normaliser import Normaliser, plain

MODEL = "fr_core_news_md"
# the whole pipeline costs 9 ms a message for what nothing here reads
UNUSED = ["tok2vec", "morphologizer", "parser", "lemmatizer", "attribute_ruler", "ner"]
# of the half million words that the model has seen on the web; the rarer ones are noise that costs memory
MOST_FREQUENT = 200_000


class French:
    """Plain words (lower case, no accents) against the model's vocabulary."""

    def __init__(self) -> None:
        vocabulary = spacy.load(MODEL, exclude=UNUSED).vocab
        vectors = vocabulary.vectors
        norms = np.linalg.norm(vectors.data, axis=1, keepdims=True)
        self._vectors = (vectors.data / np.maximum(norms, 1e-9)).astype(np.float32)
        # keys come in the order of their frequency; of two words that differ by accents the first one wins
        self._ranks: Dict[str, int] = {}
        rows = np.empty(MOST_FREQUENT, dtype=np.int32)
        for rank, (key, row) in enumerate(islice(vectors.key2row.items(), MOST_FREQUENT)):
            rows[rank] = row
            self._ranks.setdefault(plain(vocabulary.strings[key]), rank)
        self._rows = rows
        self.normalise = Normaliser(self.rank)

    @property
    def vector_length(self) -> int:
        return int(self._vectors.shape[1])

    def rank(self, word: str) -> Optional[int]:
        """How many words are more frequent; None when it is unknown."""
        return self._ranks.get(word)

    def mean_vector(self, words: List[str]) -> np.ndarray:
        """Of unit length; zeros when no word is known."""
        ranks = [rank for rank in map(self._ranks.get, words) if rank is not None]
        if not ranks:
            return np.zeros(self.vector_length, dtype=np.float32)
        mean = self._vectors[self._rows[ranks]].mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-9)


@lru_cache(maxsize=1)
def french() -> French:
    return French()
