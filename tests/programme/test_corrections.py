"""What a misread message meant: who sees it, who decides, and what may not be learned."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import conversations, corrections, path, permissions, structures
from programme.errors import (
    CorrectionDecided,
    CorrectionNotFound,
    PhraseKnown,
    PhraseWrong,
    ReviewNotFound,
    TopicUnknown,
)
from programme.models import (
    Channel,
    Correction,
    CorrectionState,
    CorrectionUse,
    OrganisationKind,
    Review,
    ReviewReason,
    Role,
)
from programme.people import conversation_for
from programme.permissions import Member
from programme.phrase_book import Labelled, PhraseBook
from tests.conftest import NOW

TRAINING, TEST = CorrectionUse.TRAINING, CorrectionUse.TEST
TOPICS = {"aid_driving_licence": "aid", "unpaid_wages": "contract", "out_of_scope": "conversation"}
_numbers = count(1)


@pytest.fixture
def book() -> PhraseBook:
    return PhraseBook(
        TOPICS,
        [
            Labelled("aid_driving_licence", "le permis est remboursé ?", TRAINING),
            Labelled("aid_driving_licence", "qui paye mon permis de conduire", TEST),
            Labelled("out_of_scope", "il me faut une place en pâtisserie", TRAINING),
        ],
    )


@pytest.fixture
def a_session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


def a_member(session: Session, role: Role = Role.COUNSELLOR, *, town: str = "Cachan") -> Member:
    organisation_id = structures.save_organisation(
        session, slug=town.lower(), kind=OrganisationKind.MISSION_LOCALE, name=f"Mission locale de {town}"
    )
    team_id = structures.save_team(session, organisation_id=organisation_id, name=town, territory_id=None)
    staff_id = structures.save_staff(
        session, email=f"{next(_numbers)}@ml.example", team_id=team_id, role=role, name="Camille"
    )
    found = permissions.member(session, staff_id)
    assert found is not None
    return found


def misread(
    session: Session,
    text: str,
    *,
    counsellor: Member | None = None,
    name: str | None = None,
    ranking: tuple[tuple[str, float], ...] = (),
    private: bool = False,
    review: bool = True,
    intent: str | None = "out_of_scope",
) -> int:
    """A young person wrote this, and the assistant did not understand; the message's id."""
    conversation = conversation_for(session, channel=Channel.WEB, external_id=f"jeune-{next(_numbers)}", now=NOW)
    person_id = conversation.identity.person_id
    if counsellor is not None:
        structures.assign(session, person_id, counsellor_id=counsellor.staff_id)
    path.locked(session, person_id).display_name = name
    message = conversations.store_incoming(
        session, conversation_id=conversation.id, public_id="1", text=text, payload=None, now=NOW
    )
    conversations.mark_answered(session, message, intent=intent, confidence=0.4, now=NOW, private=private)
    if review:
        session.add(
            Review(
                message_id=message.id,
                conversation_id=conversation.id,
                reason=ReviewReason.NOT_UNDERSTOOD,
                ranking=[list(each) for each in ranking],
                created_at=NOW,
            )
        )
        session.flush()
    return message.id


def seen(session: Session, who: Member) -> list[list[str]]:
    found = corrections.to_review(session, who, topics=TOPICS)
    return [[each.phrase for each in group.misread] for group in found.groups]


def is_open(session: Session, message_id: int) -> bool:
    return session.scalars(select(Review.closed_at).where(Review.message_id == message_id)).one() is None


def the(session: Session, correction_id: int) -> Correction:
    return session.get_one(Correction, correction_id)


# -- who sees what


def test_counsellors_see_those_within_reach_grouped_without_names_and_numbers(a_session: Session) -> None:
    # given two that are alike and one that is not, of one's own people, and another team's
    camille, other = a_member(a_session), a_member(a_session, town="Lyon")
    misread(a_session, "moi c Kelyan le permis qui le rembourse", counsellor=camille, name="Kelyan")
    misread(a_session, "le permis qui le rembourse", counsellor=camille)
    misread(a_session, "mon num 06 12 34 56 78", counsellor=camille)
    misread(a_session, "ailleurs", counsellor=other)
    # then the largest group comes first, and nothing says a name or a number
    groups = seen(a_session, camille)
    assert sorted(groups[0]) == ["le permis qui le rembourse", "moi c [nom] le permis qui le rembourse"]
    assert groups[1:] == [["mon num [numéro]"]]


def test_an_author_sees_phrases_of_everybody_and_never_whose_they_are(a_session: Session) -> None:
    misread(a_session, "je m'appelle Inès et je sais pas", counsellor=a_member(a_session), name="Inès")
    misread(a_session, "ailleurs", counsellor=a_member(a_session, town="Lyon"))
    author = a_member(a_session, Role.CONTENT_AUTHOR, town="Paris")
    found = corrections.to_review(a_session, author, topics=TOPICS)
    everything = [each for group in found.groups for each in group.misread]
    assert sorted(each.phrase for each in everything) == ["ailleurs", "je m'appelle [nom] et je sais pas"]
    assert {each.conversation_id for each in everything} == {None}


def test_what_a_person_keeps_to_themselves_is_seen_by_nobody(a_session: Session) -> None:
    camille = a_member(a_session)
    message_id = misread(a_session, "mon carnet", counsellor=camille, private=True)
    assert seen(a_session, camille) == []
    with pytest.raises(ReviewNotFound):
        corrections.one(a_session, camille, message_id, topics=TOPICS)


def test_an_author_cannot_open_a_message_that_nobody_asked_to_review(a_session: Session) -> None:
    message_id = misread(a_session, "bonjour", review=False)
    with pytest.raises(ReviewNotFound):
        corrections.one(a_session, a_member(a_session, Role.CONTENT_AUTHOR), message_id, topics=TOPICS)


def test_the_topics_that_may_have_been_meant_come_with_it(a_session: Session) -> None:
    camille = a_member(a_session)
    ranking = (("unpaid_wages", 0.4), ("insult", 0.3), ("aid_driving_licence", 0.2))
    misread(a_session, "le truc de l'argent", counsellor=camille, ranking=ranking)
    [group] = corrections.to_review(a_session, camille, topics=TOPICS).groups
    assert group.likeliest == ("unpaid_wages", "aid_driving_licence", "out_of_scope")


def test_groups_come_by_pages(a_session: Session) -> None:
    camille = a_member(a_session)
    for text in ("alpha", "bravo", "charlie", "charlie"):
        misread(a_session, text, counsellor=camille)
    first = corrections.to_review(a_session, camille, topics=TOPICS, first=2)
    second = corrections.to_review(a_session, camille, topics=TOPICS, first=2, after=first.following)
    shown = [[each.phrase for each in group.misread] for group in (*first.groups, *second.groups)]
    assert shown == [["charlie", "charlie"], ["bravo"], ["alpha"]]
    assert second.following is None


# -- proposing


def test_a_proposal_holds_the_masked_phrase_and_closes_the_review(a_session: Session, book: PhraseBook) -> None:
    camille = a_member(a_session)
    message_id = misread(a_session, "moi c Kelyan,\n le camion c payé", counsellor=camille, name="Kelyan")
    found = corrections.propose(a_session, camille, message_id, topic="aid_driving_licence", book=book, now=NOW)
    correction = the(a_session, found.correction_id)
    assert (correction.phrase, correction.topic, correction.taken_for) == (
        "moi c [nom], le camion c payé",
        "aid_driving_licence",
        "out_of_scope",
    )
    assert (correction.state, correction.proposed_by_id) == (CorrectionState.PROPOSED, camille.staff_id)
    assert not is_open(a_session, message_id)


def test_a_name_typed_into_the_phrase_is_hidden_again(a_session: Session, book: PhraseBook) -> None:
    camille = a_member(a_session)
    message_id = misread(a_session, "x", counsellor=camille, name="Kelyan")
    found = corrections.propose(
        a_session, camille, message_id, topic="unpaid_wages", book=book, now=NOW, phrase="kelyan a pas sa paie"
    )
    assert the(a_session, found.correction_id).phrase == "[nom] a pas sa paie"


@pytest.mark.parametrize(
    ("topic", "phrase", "refusal"),
    [
        pytest.param("nothing", "ok", TopicUnknown, id="a topic that does not exist"),
        pytest.param("unpaid_wages", " ", PhraseWrong, id="nothing in the phrase"),
        pytest.param("unpaid_wages", "bla " * 100, PhraseWrong, id="too long"),
        pytest.param("aid_driving_licence", "remboursé le permis est", PhraseKnown, id="learned already"),
        pytest.param("aid_driving_licence", "Qui paye mon permis de conduire ?", PhraseKnown, id="judged already"),
    ],
)
def test_what_cannot_be_proposed_leaves_the_review_open(
    a_session: Session, book: PhraseBook, topic: str, phrase: str, refusal: type[Exception]
) -> None:
    camille = a_member(a_session)
    message_id = misread(a_session, "x", counsellor=camille)
    with pytest.raises(refusal):
        corrections.propose(a_session, camille, message_id, topic=topic, book=book, now=NOW, phrase=phrase)
    assert is_open(a_session, message_id)


def test_a_phrase_of_another_topic_is_proposed_with_a_warning(a_session: Session, book: PhraseBook) -> None:
    camille = a_member(a_session)
    message_id = misread(a_session, "le permis est remboursé", counsellor=camille)
    found = corrections.propose(a_session, camille, message_id, topic="unpaid_wages", book=book, now=NOW)
    assert found.elsewhere == Labelled("aid_driving_licence", "le permis est remboursé ?", TRAINING)


def test_the_same_phrase_of_two_people_is_proposed_once(a_session: Session, book: PhraseBook) -> None:
    camille = a_member(a_session)
    once, again = (misread(a_session, "ma paie ou ça", counsellor=camille) for _ in range(2))
    corrections.propose(a_session, camille, once, topic="unpaid_wages", book=book, now=NOW)
    with pytest.raises(PhraseKnown):
        corrections.propose(a_session, camille, again, topic="unpaid_wages", book=book, now=NOW)


def test_a_group_gets_its_topic_at_once_and_each_message_what_it_needs(a_session: Session, book: PhraseBook) -> None:
    # given two that say the same, one that is learned already, one under another topic, one too long
    camille = a_member(a_session)
    texts = (
        "le camion la",
        "le camion la",
        "le permis est remboursé",
        "il me faut une place en pâtisserie",
        "x " * 200,
    )
    message_ids = [misread(a_session, text, counsellor=camille) for text in texts]
    # when all get the same topic
    found = corrections.propose_group(a_session, camille, message_ids, topic="aid_driving_licence", book=book, now=NOW)
    # then only the long one waits on
    assert found == corrections.Outcome(proposed=2, elsewhere=1, known=2, too_long=1)
    assert [is_open(a_session, message_id) for message_id in message_ids] == [False] * 4 + [True]


def test_a_group_with_somebody_elses_message_is_refused_whole(a_session: Session, book: PhraseBook) -> None:
    camille, other = a_member(a_session), a_member(a_session, town="Lyon")
    message_ids = [misread(a_session, "le camion", counsellor=who) for who in (camille, other)]
    with pytest.raises(ReviewNotFound):
        corrections.propose_group(a_session, camille, message_ids, topic="unpaid_wages", book=book, now=NOW)
    assert a_session.scalars(select(Correction)).all() == []


def test_out_of_reach_nothing_is_proposed_nor_set_aside(a_session: Session, book: PhraseBook) -> None:
    message_id = misread(a_session, "x", counsellor=a_member(a_session))
    other = a_member(a_session, town="Lyon")
    with pytest.raises(ReviewNotFound):
        corrections.propose(a_session, other, message_id, topic="unpaid_wages", book=book, now=NOW)
    assert corrections.set_aside(a_session, other, [message_id], now=NOW) == 0
    assert is_open(a_session, message_id)


def test_what_teaches_nothing_is_set_aside(a_session: Session) -> None:
    camille = a_member(a_session)
    message_ids = [misread(a_session, text, counsellor=camille) for text in ("lol", "mdr")]
    assert corrections.set_aside(a_session, camille, message_ids, now=NOW) == 2
    assert seen(a_session, camille) == []


def test_any_message_that_one_reads_may_be_corrected_and_again_until_an_author_decides(
    a_session: Session, book: PhraseBook
) -> None:
    # given a message that nobody asked to review
    camille, author = a_member(a_session), a_member(a_session, Role.CONTENT_AUTHOR)
    message_id = misread(a_session, "ma paie ou ça", counsellor=camille, review=False)
    # when it is corrected twice, then decided
    first = corrections.correct(a_session, camille, message_id, topic="out_of_scope", book=book, now=NOW)
    second = corrections.correct(a_session, camille, message_id, topic="unpaid_wages", book=book, now=NOW)
    a_session.expire_all()
    assert first.correction_id == second.correction_id
    assert the(a_session, first.correction_id).topic == "unpaid_wages"
    assert a_session.scalars(select(Review.reason)).one() is ReviewReason.CORRECTED
    corrections.accept(a_session, first.correction_id, staff_id=author.staff_id, use=TRAINING, book=book, now=NOW)
    # then it stays so
    with pytest.raises(CorrectionDecided):
        corrections.correct(a_session, camille, message_id, topic="out_of_scope", book=book, now=NOW)


# -- deciding


@pytest.fixture
def a_proposal(a_session: Session, book: PhraseBook) -> Callable[..., int]:
    def build(phrase: str = "ma paie ou ça", topic: str = "unpaid_wages") -> int:
        camille = a_member(a_session)
        message_id = misread(a_session, phrase, counsellor=camille)
        return corrections.propose(a_session, camille, message_id, topic=topic, book=book, now=NOW).correction_id

    return build


def test_an_author_takes_the_phrase_changed_and_it_waits_for_the_export(
    a_session: Session, book: PhraseBook, a_proposal: Callable[..., int]
) -> None:
    author, correction_id = a_member(a_session, Role.CONTENT_AUTHOR), a_proposal()
    corrections.accept(
        a_session,
        correction_id,
        staff_id=author.staff_id,
        use=TEST,
        topic="out_of_scope",
        phrase="ma paie  où ça ?",
        book=book,
        now=NOW,
    )
    [waiting] = corrections.accepted(a_session)
    assert (waiting.phrase, waiting.topic, waiting.use) == ("ma paie où ça ?", "out_of_scope", TEST)
    corrections.mark_exported(a_session, [correction_id], now=NOW)
    assert corrections.accepted(a_session) == []
    a_session.expire_all()
    assert [each.id for each in corrections.exported(a_session, limit=10)] == [correction_id]


@pytest.mark.parametrize(
    ("phrase", "use", "is_refused"),
    [
        pytest.param("il me faut une place en coiffure", TRAINING, True, id="learned but for one word"),
        pytest.param("il me faut une place en coiffure", TEST, False, id="to judge, one word is another phrase"),
        pytest.param("il me faut une place en pâtisserie", TEST, True, id="learned, hence no judge"),
        pytest.param("qui paye mon permis de conduire", TRAINING, True, id="a judge, hence not learned"),
    ],
)
def test_no_phrase_is_learned_twice_nor_judges_what_it_taught(
    a_session: Session,
    book: PhraseBook,
    a_proposal: Callable[..., int],
    phrase: str,
    use: CorrectionUse,
    is_refused: bool,
) -> None:
    correction_id = a_proposal()
    with refused_or_not(is_refused):
        corrections.accept(
            a_session,
            correction_id,
            staff_id=a_member(a_session, Role.CONTENT_AUTHOR).staff_id,
            use=use,
            phrase=phrase,
            book=book,
            now=NOW,
        )
    expected = CorrectionState.PROPOSED if is_refused else CorrectionState.ACCEPTED
    assert the(a_session, correction_id).state is expected


@contextmanager
def _taken() -> Iterator[None]:
    yield


def refused_or_not(is_refused: bool) -> AbstractContextManager[object]:
    return pytest.raises(PhraseKnown) if is_refused else _taken()


def test_what_is_accepted_counts_as_learned_before_it_is_exported(
    a_session: Session, book: PhraseBook, a_proposal: Callable[..., int]
) -> None:
    author = a_member(a_session, Role.CONTENT_AUTHOR).staff_id
    once, again = a_proposal("on me doit deux mois de paie"), a_proposal("on me doit trois mois de paie")
    corrections.accept(a_session, once, staff_id=author, use=TRAINING, book=book, now=NOW)
    [waiting] = corrections.to_decide(a_session, book=book, limit=10)
    assert waiting.against == Labelled("unpaid_wages", "on me doit deux mois de paie", TRAINING)
    with pytest.raises(PhraseKnown):
        corrections.accept(a_session, again, staff_id=author, use=TRAINING, book=book, now=NOW)


def test_what_is_decided_is_not_decided_again(
    a_session: Session, book: PhraseBook, a_proposal: Callable[..., int]
) -> None:
    author, correction_id = a_member(a_session, Role.CONTENT_AUTHOR).staff_id, a_proposal()
    corrections.refuse(a_session, correction_id, staff_id=author, now=NOW)
    assert corrections.to_decide(a_session, book=book, limit=10) == []
    with pytest.raises(CorrectionDecided):
        corrections.accept(a_session, correction_id, staff_id=author, use=TRAINING, book=book, now=NOW)
    with pytest.raises(CorrectionNotFound):
        corrections.refuse(a_session, 999, staff_id=author, now=NOW)
