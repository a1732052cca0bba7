"""What was misread: say what it meant, decide what the model learns, see what became of it."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated

from fastapi import Form, Query, Request, Response, status
from pydantic import Field
from sqlalchemy.orm import Session

from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.pages import go, render, tell
from bot.console.talk import assistant_of
from bot.training_data import phrase_book
from programme import corrections
from programme.clock import clock
from programme.corrections import Misread, Outcome
from programme.errors import CorrectionDecided, PhraseKnown, PhraseWrong, TopicUnknown
from programme.models import CorrectionState, CorrectionUse
from programme.permissions import Member, Right
from programme.phrase_book import PhraseBook

router = Doors("/relecture")

OUT_OF_SCOPE = "out_of_scope"
# folders of nlu/, in the order in which topics are offered
AREAS = {
    "situation": "Sa situation",
    "contract": "Le contrat",
    "pay": "La paie",
    "aid": "Les aides",
    "orientation": "L'orientation",
    "coaching": "La démarche",
    "workshops": "Les ateliers et rendez-vous",
    "safety": "Sécurité et urgences",
    "data_rights": "Ses données et ses messages",
    "conversation": "La conversation",
}
SHOWN = 25
# of a message or a correction: what the database can hold
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
# what a form of this page sends at most: the messages of one group
MOST_AT_ONCE = corrections.LIMIT

tell(
    review_proposed="C'est proposé. Une autrice ou un auteur décidera.",
    review_elsewhere="C'est proposé. La même phrase est un exemple d'un autre sujet : la personne qui décide le verra.",
    review_known="Ce sujet connaît cette phrase, ou elle est déjà proposée : il n'y a rien à ajouter. C'est classé.",
    review_some_left="Les phrases trop longues attendent encore : reprends-les une par une.",
    review_aside="C'est classé : il n'y a rien à en apprendre.",
    review_decided="Une autrice ou un auteur avait déjà décidé : rien n'a changé.",
    review_gone="Quelqu'un d'autre s'en est déjà occupé : rien n'a changé.",
    review_learned="C'est accepté : Déclic l'apprendra à la prochaine publication.",
    review_judged="C'est accepté : la phrase servira à vérifier que Déclic comprend.",
    review_refused="C'est refusé : la phrase reste en dehors.",
)
CHOOSE = "Choisis un sujet dans la liste, ou « hors sujet »."


@cache
def book() -> PhraseBook:
    """Read once: the data changes with the program."""
    return phrase_book()


def titles_of(request: Request) -> Mapping[str, str]:
    """Each topic in words."""
    return {**assistant_of(request).answers.titles, OUT_OF_SCOPE: "Hors sujet"}


def topics_of(titles: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a list of topics offers: (area in words, (topic, title) pairs)."""
    learned = book().areas
    return [
        (words, [(topic, title) for topic, title in titles.items() if learned.get(topic) == area])
        for area, words in AREAS.items()
    ]


# -- what waits


@router.page("", Right.REVIEW)
def waiting(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    after: Annotated[str, Query(alias="apres", max_length=30)] = "",
) -> Response:
    return _show_waiting(request, session, who, after=after)


def _show_waiting(request: Request, session: Session, who: Member, *, after: str, wrong: int | None = None) -> Response:
    """``wrong``: the first message of the group for which no topic was chosen."""
    titles = titles_of(request)
    found = corrections.to_review(session, who, topics=_offered(titles), after=_key(after))
    following = "{}_{}".format(*found.following) if found.following else ""
    return render(
        request,
        "review/waiting.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if wrong is not None else status.HTTP_200_OK,
        found=found,
        titles=titles,
        topics=topics_of(titles),
        following=f"?apres={following}" if following else "",
        first_page=request.url.path if after else "",
        wrong=wrong,
        choose=CHOOSE,
        after=after,
        longest=corrections.LONGEST,
        proposals=corrections.count(session, CorrectionState.PROPOSED) if who.may(Right.ACCEPT) else 0,
    )


@router.action("", Right.REVIEW)
def decide_group(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    messages: Annotated[list[Id] | None, Form(alias="message", max_length=MOST_AT_ONCE)] = None,
    choice: Annotated[str, Form(max_length=60)] = "",
    topic: Annotated[str, Form(max_length=60)] = "",
    aside: Annotated[str, Form(max_length=3)] = "",
    after: Annotated[str, Form(alias="apres", max_length=30)] = "",
) -> Response:
    """The whole group at once: ``choice`` is a button, ``topic`` the list."""
    chosen = messages or []
    if aside:
        closed = corrections.set_aside(session, who, chosen, now=clock())
        return go("/console/relecture", "review_aside" if closed else "review_gone")
    meant = choice or topic
    if meant not in book() or not chosen:
        return _show_waiting(request, session, who, after=after, wrong=chosen[0] if chosen else 0)
    found = corrections.propose_group(session, who, chosen, topic=meant, book=book(), now=clock())
    return go("/console/relecture", _said_of(found))


def _said_of(found: Outcome) -> str:
    if found.too_long:
        return "review_some_left"
    if found.elsewhere:
        return "review_elsewhere"
    if found.proposed:
        return "review_proposed"
    return "review_decided" if found.decided else "review_known"


# -- one message


@router.page("/message/{message_id}", Right.REVIEW)
def one(request: Request, session: SessionDep, who: MemberDep, message_id: Id) -> Response:
    misread = corrections.one(session, who, message_id, topics=_offered(titles_of(request)))
    return _show_one(request, misread, phrase=misread.phrase)


def _show_one(
    request: Request,
    misread: Misread,
    *,
    phrase: str,
    topic: str = "",
    wrong_phrase: str = "",
    wrong_topic: str = "",
) -> Response:
    titles = titles_of(request)
    return render(
        request,
        "review/message.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if wrong_phrase or wrong_topic else status.HTTP_200_OK,
        misread=misread,
        phrase=phrase,
        topic=topic,
        wrong_phrase=wrong_phrase,
        wrong_topic=wrong_topic,
        titles=titles,
        topics=topics_of(titles),
        longest=corrections.LONGEST,
    )


@router.action("/message/{message_id}", Right.REVIEW)
def decide_one(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    message_id: Id,
    phrase: Annotated[str, Form(max_length=5000)] = "",
    choice: Annotated[str, Form(max_length=60)] = "",
    topic: Annotated[str, Form(max_length=60)] = "",
    aside: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    misread = corrections.one(session, who, message_id, topics=_offered(titles_of(request)))
    if aside:
        corrections.set_aside(session, who, [message_id], now=clock())
        return go("/console/relecture", "review_aside")
    meant = choice or topic
    try:
        found = corrections.correct(
            session, who, message_id, topic=meant, book=book(), now=clock(), phrase=phrase or None
        )
    except TopicUnknown:
        return _show_one(request, misread, phrase=phrase, topic=topic, wrong_topic=CHOOSE)
    except PhraseWrong:
        return _show_one(request, misread, phrase=phrase, topic=meant, wrong_phrase=_too_long())
    except PhraseKnown:
        corrections.set_aside(session, who, [message_id], now=clock())
        return go("/console/relecture", "review_known")
    except CorrectionDecided:
        return go("/console/relecture", "review_decided")
    return go("/console/relecture", "review_elsewhere" if found.elsewhere else "review_proposed")


# -- what an author decides


@router.page("/a-decider", Right.ACCEPT)
def to_decide(
    request: Request, session: SessionDep, after: Annotated[int, Query(alias="apres", ge=0, le=2**63 - 1)] = 0
) -> Response:
    return _show_to_decide(request, session, after=after)


def _show_to_decide(
    request: Request,
    session: Session,
    *,
    after: int,
    wrong: int = 0,
    typed: Mapping[str, str] | None = None,
    error: str = "",
) -> Response:
    """``wrong``: the correction whose form comes back as it was ``typed``, with the ``error``."""
    titles = titles_of(request)
    found = corrections.to_decide(session, book=book(), limit=SHOWN + 1, after=after)
    more = len(found) > SHOWN
    return render(
        request,
        "review/decide.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if error else status.HTTP_200_OK,
        found=found[:SHOWN],
        titles=titles,
        topics=topics_of(titles),
        wrong=wrong,
        typed=typed or {},
        error=error,
        after=after,
        longest=corrections.LONGEST,
        following=f"?apres={found[SHOWN - 1].correction.id}" if more else "",
        first_page=request.url.path if after else "",
        TEST=CorrectionUse.TEST,
    )


@router.action("/a-decider/{correction_id}", Right.ACCEPT)
def decide(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    correction_id: Id,
    does: Annotated[str, Form(max_length=10)] = "",
    phrase: Annotated[str, Form(max_length=5000)] = "",
    topic: Annotated[str, Form(max_length=60)] = "",
    after: Annotated[int, Form(alias="apres", ge=0, le=2**63 - 1)] = 0,
) -> Response:
    here = "/console/relecture/a-decider"
    typed = {"phrase": phrase, "topic": topic}
    try:
        if does == "refuse":
            corrections.refuse(session, correction_id, staff_id=who.staff_id, now=clock())
            return go(here, "review_refused")
        if does not in {each.value for each in CorrectionUse}:
            error = "Choisis ce qu'on en fait : apprendre, vérifier ou refuser."
            return _show_to_decide(request, session, after=after, wrong=correction_id, typed=typed, error=error)
        use = CorrectionUse(does)
        corrections.accept(
            session,
            correction_id,
            staff_id=who.staff_id,
            use=use,
            topic=topic,
            phrase=phrase,
            book=book(),
            now=clock(),
        )
    except CorrectionDecided:
        return go(here, "review_decided")
    except TopicUnknown:
        error = CHOOSE
    except PhraseWrong:
        error = _too_long()
    except PhraseKnown as known:
        error = _known(titles_of(request), *known.args, phrase=phrase, use=use)
    else:
        return go(here, "review_learned" if use is CorrectionUse.TRAINING else "review_judged")
    return _show_to_decide(request, session, after=after, wrong=correction_id, typed=typed, error=error)


def _known(titles: Mapping[str, str], topic: str, found: str, *, phrase: str, use: CorrectionUse) -> str:
    where = f"« {found} » est déjà un exemple du sujet « {titles.get(topic, topic)} »."
    # but for one word it is another phrase to judge on
    may_judge = use is CorrectionUse.TRAINING and book().same(phrase) is None
    return f"{where} Change la phrase, {'prends-la pour vérifier, ' if may_judge else ''}ou refuse-la."


def _too_long() -> str:
    return f"Écris une phrase, de {corrections.LONGEST} signes au plus."


# -- what is in the data


@router.page("/publiees", Right.REVIEW)
def published(
    request: Request,
    session: SessionDep,
    before: Annotated[int | None, Query(alias="avant", ge=1, le=2**63 - 1)] = None,
) -> Response:
    found = corrections.exported(session, limit=SHOWN + 1, before=before)
    return render(
        request,
        "review/published.html",
        found=found[:SHOWN],
        titles=titles_of(request),
        TEST=CorrectionUse.TEST,
        accepted=corrections.count(session, CorrectionState.ACCEPTED),
        following=f"?avant={found[SHOWN - 1].id}" if len(found) > SHOWN else "",
        first_page=request.url.path if before else "",
    )


def _offered(titles: Mapping[str, str]) -> frozenset[str]:
    """What a button may offer; « hors sujet » has its own."""
    return frozenset(topic for topic in titles if topic in book()) - {OUT_OF_SCOPE}


def _key(written: str) -> tuple[int, int] | None:
    """The place of a group, as it stands in an address; None when it is none."""
    size, _, message = written.partition("_")
    try:
        return int(size), int(message)
    except ValueError:
        return None
