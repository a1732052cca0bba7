"""What a line said to an employer can be: the shared names of the classes, as the dialogue server gives them."""

from enum import StrEnum


class QuestionClass(StrEnum):
    OPENING = "opening"
    ACTIVITY = "activity"
    NEED = "need"
    SKILL = "skill"
    SHORT_TERM = "short_term"
    REPHRASE = "rephrase"
    OFFER = "offer"
    NEXT_STEP = "next_step"
    CLOSING = "closing"
    CV_PUSH = "cv_push"
    CLOSED = "closed"
    SELF_FIRST = "self_first"
    OFF_TOPIC = "off_topic"


# the steps of a good conversation, in their usual order
HELPFUL = (
    QuestionClass.OPENING,
    QuestionClass.ACTIVITY,
    QuestionClass.NEED,
    QuestionClass.SKILL,
    QuestionClass.SHORT_TERM,
    QuestionClass.REPHRASE,
    QuestionClass.OFFER,
    QuestionClass.NEXT_STEP,
    QuestionClass.CLOSING,
)
# open questions on the work: what may lead to the need
QUESTIONS = frozenset({QuestionClass.ACTIVITY, QuestionClass.NEED, QuestionClass.SKILL, QuestionClass.SHORT_TERM})
