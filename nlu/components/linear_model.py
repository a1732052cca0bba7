"""The one kind of classifier we use: weighted word and letter n-grams and a mean word vector, then logistic regression.

Chosen on measurement among others, see docs/decisions/. scikit-learn trains it. One message is scored by hand, since
scikit-learn's own path through sparse matrices costs twenty times the arithmetic.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Dict, Iterable, List, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier

from nlu.components.language import French

# scores are sharpened by one of these, whichever gives held-out phrases the likeliest probabilities
SHARPNESS = np.arange(0.5, 4.01, 0.1)
HELD_OUT = 5  # one phrase in so many


def word_ngrams(words: Sequence[str]) -> List[str]:
    """Words, neighbours, and how the text begins and ends."""
    starts = ["^" + " ".join(words[:length]) for length in (1, 2, 3)]
    ends = ["$" + word for word in words[-1:]]
    return [*words, *(f"{first} {second}" for first, second in zip(words, words[1:])), *starts, *ends]


def letter_ngrams(words: Sequence[str]) -> List[str]:
    """Pieces of two to five letters of each word, its edges marked by blanks: they bridge spellings."""
    return [
        padded[start : start + length]
        for padded in (f" {word} " for word in words)
        for length in (2, 3, 4, 5)
        for start in range(len(padded) - length + 1)
    ]


@dataclass
class _Table:
    """The n-grams of one kind: their columns and how rare they are."""

    columns: Dict[str, int]
    rarity: np.ndarray  # float32, one per column

    def weigh(self, pieces: Iterable[str]) -> Tuple[List[int], np.ndarray]:
        """Columns and weights (tf-idf with damped counts, of unit length) of the pieces that are known."""
        counts = Counter(column for column in map(self.columns.get, pieces) if column is not None)
        if not counts:
            return [], np.zeros(0, dtype=np.float32)
        columns = list(counts)
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self.rarity[columns]
        return columns, weights / np.linalg.norm(weights)


@dataclass
class LinearModel:
    """Trained weights. ``classes`` are in the order of the scores; pickled as a whole."""

    classes: List[str]
    words: _Table
    letters: _Table
    word_weights: np.ndarray  # (words, classes), float32
    letter_weights: np.ndarray  # (letter n-grams, classes), float32
    vector_weights: np.ndarray  # (length of a vector, classes), float32
    bias: np.ndarray  # (classes,)
    sharpness: float

    @classmethod
    def train(
        cls, texts: List[List[str]], labels: List[str], language: French, *, inverse_regularisation: float, jobs: int
    ) -> "LinearModel":
        """``texts`` are normalised words; ``inverse_regularisation`` is scikit-learn's C."""
        words = TfidfVectorizer(analyzer=word_ngrams, sublinear_tf=True, dtype=np.float32)
        letters = TfidfVectorizer(analyzer=letter_ngrams, min_df=2, sublinear_tf=True, dtype=np.float32)
        vectors = csr_matrix(np.array([language.mean_vector(text) for text in texts]))
        features = hstack([words.fit_transform(texts), letters.fit_transform(texts), vectors]).tocsr()
        known = np.array(labels)

        def fit(rows: np.ndarray) -> OneVsRestClassifier:
            # fewer phrases than features: the dual problem is solved four times faster, as well
            one = LogisticRegression(C=inverse_regularisation, solver="liblinear", dual=True, tol=0.01, random_state=0)
            return OneVsRestClassifier(one, n_jobs=jobs).fit(features[rows], known[rows])

        kept, held_out = next(StratifiedKFold(HELD_OUT, shuffle=True, random_state=0).split(features, known))
        trial = fit(kept)
        sharpness = _sharpness(trial.decision_function(features[held_out]), known[held_out], trial.classes_)
        model = fit(np.arange(len(texts)))
        weights = np.vstack([each.coef_[0] for each in model.estimators_]).astype(np.float32).T
        first, second = len(words.vocabulary_), len(words.vocabulary_) + len(letters.vocabulary_)
        return cls(
            classes=[str(name) for name in model.classes_],
            words=_Table(dict(words.vocabulary_), words.idf_.astype(np.float32)),
            letters=_Table(dict(letters.vocabulary_), letters.idf_.astype(np.float32)),
            word_weights=np.ascontiguousarray(weights[:first]),
            letter_weights=np.ascontiguousarray(weights[first:second]),
            vector_weights=np.ascontiguousarray(weights[second:]),
            bias=np.array([each.intercept_[0] for each in model.estimators_], dtype=np.float32),
            sharpness=sharpness,
        )

    def probabilities(self, text: List[str], language: French) -> np.ndarray:
        """One per class, summing to 1, for normalised words."""
        word_columns, word_values = self.words.weigh(word_ngrams(text))
        letter_columns, letter_values = self.letters.weigh(letter_ngrams(text))
        scores = (
            self.bias
            + word_values @ self.word_weights[word_columns]
            + letter_values @ self.letter_weights[letter_columns]
            + language.mean_vector(text) @ self.vector_weights
        )
        return _softmax(scores * self.sharpness)

    def ranked(self, text: List[str], language: French) -> List[Tuple[str, float]]:
        """(class, probability), likeliest first."""
        probabilities = self.probabilities(text, language)
        return [(self.classes[index], float(probabilities[index])) for index in np.argsort(-probabilities)]


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _sharpness(scores: np.ndarray, labels: np.ndarray, classes: np.ndarray) -> float:
    """What makes the probabilities of held-out phrases honest: the largest likelihood of their true classes."""
    rows, columns = np.arange(len(labels)), np.searchsorted(classes, labels)

    def likelihood(sharpness: float) -> float:
        return float(np.log(_softmax(scores * sharpness)[rows, columns] + 1e-12).mean())

    return float(max(SHARPNESS, key=likelihood))
