"""Search in the answers, for messages that are no topic's: PostgreSQL full text, French.

Accents are folded on both sides, so that « rémunération » and « remuneration » meet. A word that many answers share
(« alternance ») says nothing about which one is meant, and is left out.
"""

import hashlib
import re
from typing import Literal

from sqlalchemy import Function, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme import french
from programme.answers import PLACEHOLDER, Answer, AnswerBook
from programme.locks import Lock
from programme.models import Knowledge

# a word in more answers than this tells none of them apart
COMMON_SHARE = 0.15
# what the words found must say together, in nats: one word that one answer in eight holds is not enough
ENOUGH = 2.2
# a word of the title says more than one of the text
TITLE_WEIGHT = 2.0
_PLURAL = re.compile(r"(?<=\w{3})[sx]\b")


def index(session: Session, answers: AnswerBook) -> int:
    """Bring the index to the present answers; how many of them changed."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": Lock.KNOWLEDGE})
    # calls for help and small talk are never proposed as an answer to something else
    searched = {answer.topic: answer for answer in answers.all if answer.topic in answers.searchable}
    session.execute(delete(Knowledge).where(Knowledge.topic.not_in(searched)))
    indexed = {row.topic: row.digest for row in session.execute(select(Knowledge.topic, Knowledge.digest))}
    changed = 0
    for topic, answer in searched.items():
        title, said = _plain(answers.titles[topic]), _plain(_text(answer))
        digest = hashlib.sha256(f"{title}\n{said}".encode()).hexdigest()
        if indexed.get(topic) == digest:
            continue
        changed += 1
        words = _weighted(title, "'A'").op("||")(_weighted(said, "'B'"))
        row = {"digest": digest, "words": words}
        session.execute(
            insert(Knowledge).values(topic=topic, **row).on_conflict_do_update(index_elements=["topic"], set_=row)
        )
    return changed


_SEARCH = text("""
    WITH asked AS (
        SELECT DISTINCT unnest(tsvector_to_array(to_tsvector('french', :question))) AS word
    ), total AS (
        SELECT count(*)::float AS answers FROM knowledge
    ), telling AS (
        SELECT asked.word, ln(answers / ndoc) AS says
        FROM asked JOIN ts_stat('SELECT words FROM knowledge') AS stat ON stat.word = asked.word, total
        WHERE ndoc <= :common * answers
    )
    SELECT topic,
           sum(says * CASE WHEN words @@ (quote_literal(word) || '\\:A')::tsquery THEN :title ELSE 1 END) AS score
    FROM knowledge JOIN telling ON words @@ quote_literal(word)::tsquery
    GROUP BY topic HAVING sum(says) >= :enough
    ORDER BY score DESC, topic LIMIT :limit
""")


def search(session: Session, question: str, *, limit: int = 3) -> list[str]:
    """The topics whose answers share the most telling words with the question, best first."""
    found = session.execute(
        _SEARCH,
        {
            "question": _plain(question),
            "common": COMMON_SHARE,
            "title": TITLE_WEIGHT,
            "enough": ENOUGH,
            "limit": limit,
        },
    )
    return [row.topic for row in found]


def _plain(words: str) -> str:
    """Without accents nor plural marks: PostgreSQL's stems keep « loyers » and « loyer » apart."""
    return _PLURAL.sub("", french.plain(words))


def _weighted(words: str, weight: Literal["'A'", "'B'"]) -> Function[object]:
    return func.setweight(func.to_tsvector("french", words), literal_column(f'{weight}::"char"'))


def _text(answer: Answer) -> str:
    said = (bubble for wording in answer.wordings.values() for group in wording.sayings for bubble in group)
    return "\n".join(PLACEHOLDER.sub("", bubble) for bubble in dict.fromkeys(said))
