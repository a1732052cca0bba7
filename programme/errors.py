"""What the programme refuses, and content that cannot be used; each door maps these to its own words."""

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from programme.exchange.preview import Preview
    from programme.gates import Refusal


class ProgrammeError(Exception):
    """Base of every refusal that a service may raise."""


class ContentError(ProgrammeError):
    """A file under ``content/`` is wrong; the message names file, entry and what was expected."""


class ConversationNotFound(ProgrammeError):
    """No conversation has this id."""


class EventNotFound(ProgrammeError):
    """No workshop, or no date of a workshop, has this id."""


class BookingClosed(ProgrammeError):
    """The date takes no new request any more: it closed, started, or is over."""


class BookingNotFound(ProgrammeError):
    """This person holds no active booking with this id."""


class AlreadyBooked(ProgrammeError):
    """The person has a booking in this date already."""


class HoursConflict(ProgrammeError):
    """The person has a seat in another date at these hours."""

    def __init__(self, booking_id: int) -> None:
        super().__init__(booking_id)
        self.booking_id = booking_id


class NotEligible(ProgrammeError):
    """A gate of the series stays shut."""

    def __init__(self, refusal: "Refusal") -> None:
        super().__init__(refusal)
        self.refusal = refusal


class OfferLapsed(ProgrammeError):
    """The seat is not held for this person any more."""


class SeatsMissing(ProgrammeError):
    """There are fewer free seats than asked for."""


class WaitingListFull(ProgrammeError):
    """Neither a seat nor a rank in the waiting list is left."""


class ConversationBusy(ProgrammeError):
    """Another process has held the conversation's lease for longer than a turn may take."""


class DialogueDown(ProgrammeError):
    """The dialogue server did not take the message."""


class FlagNotFound(ProgrammeError):
    """No open flag has this id."""


class RunNotFound(ProgrammeError):
    """This person has no practice with this id."""


class ContactNotFound(ProgrammeError):
    """This person has no entry with this id in their notebook."""


class CalendarNotFound(ProgrammeError):
    """No calendar has this address, or it was revoked."""


class PersonNotFound(ProgrammeError):
    """No person has this id."""


class TableUnreadable(ProgrammeError):
    """A CSV or XLSX file cannot be taken at all; the message says why in French, and what to do."""


class ImportRefused(ProgrammeError):
    """Nothing was written; ``preview`` (of `programme.exchange.preview`) says why, with values that no log may hold."""

    def __init__(self, preview: "Preview") -> None:
        super().__init__()
        self.preview = preview


class ExportNotAllowed(ProgrammeError):
    """This member of the staff may not take these data out."""


class CommuneTaken(ProgrammeError):
    """The commune belongs to another territory; the argument is the commune as it is written there."""


class TeamNotFound(ProgrammeError):
    """No team has this id."""


class StaffNotFound(ProgrammeError):
    """No active member of the staff has this id."""


class OrganisationNotFound(ProgrammeError):
    """No organisation has this id."""


class NotAMinor(ProgrammeError):
    """The person is known to be of age: nobody is their guardian."""


class ShareRefused(ProgrammeError):
    """Nothing is shared, or for longer than a year, or until a day that is past."""


class CohortNotFound(ProgrammeError):
    """No cohort has this id."""


class CohortFrozen(ProgrammeError):
    """The list is frozen: its rule does not change any more."""


class CohortRuleWrong(ProgrammeError):
    """The rule names a programme or a territory that does not exist; the argument is its slug."""


class ExportTooLarge(ProgrammeError):
    """There are more rows than a file may hold; the argument is how many it may."""


class RuleWrong(ProgrammeError):
    """A rule of recurrence that cannot be read, or makes too many dates; the message says which."""


class SchoolYearUnknown(ProgrammeError):
    """The school holidays are not published that far."""

    def __init__(self, known_until: date) -> None:
        super().__init__(f"the school holidays are known until {known_until}")
        self.known_until = known_until


class CompanyNotFound(ProgrammeError):
    """No company, or no site of one, has this id."""


class ConventionNotFound(ProgrammeError):
    """No convention has this id."""


class NeedNotFound(ProgrammeError):
    """No need of a company has this id."""


class SirenWrong(ProgrammeError):
    """These are not nine digits whose last one is the key of the others."""


class SirenTaken(ProgrammeError):
    """Another company has this SIREN; the argument is its slug."""


class ContractDatesWrong(ProgrammeError):
    """A contract or a convention would not end after its first day; the arguments are both days."""


class CheckInNotFound(ProgrammeError):
    """This person was not asked by a check-in with this id."""


class CampaignNotFound(ProgrammeError):
    """No run of a campaign has this id."""


class CampaignUnderWay(ProgrammeError):
    """A run of this campaign has not ended yet; the argument is its name."""


class CampaignOutOfSeason(ProgrammeError):
    """The campaign does not start in this month, or on a day that is past; the argument is the day."""


class CampaignEmpty(ProgrammeError):
    """Nobody is on the list of the campaign."""


class CampaignStateWrong(ProgrammeError):
    """The run is not in a state that allows this; the argument is the state that it is in."""


class CampaignMemberNotFound(ProgrammeError):
    """This person is not on the list of this campaign."""


class PauseOutOfRange(ProgrammeError):
    """A pause would be over already, or last more than six months; the argument is its end."""


class NotHolder(ProgrammeError):
    """The conversation is not in this counsellor's hands, or not any more."""


class CardNotFound(ProgrammeError):
    """There is nothing of this name to send, or its time is over."""


class FigureNotFound(ProgrammeError):
    """There is no figure of this name; the argument is the name."""


class AbsenceNotFound(ProgrammeError):
    """No absence has this id."""


class AbsenceDatesWrong(ProgrammeError):
    """An absence would end before it starts, or is over already; the arguments are both days."""


class AbsenceOverlaps(ProgrammeError):
    """They are away on one of these days already."""


class DeputyNotPossible(ProgrammeError):
    """This member of the staff cannot answer the young people of the one who is away."""


class ReviewNotFound(ProgrammeError):
    """There is no such message of a person, or it is not one that the team may read."""


class CorrectionNotFound(ProgrammeError):
    """No correction has this id."""


class CorrectionDecided(ProgrammeError):
    """An author has decided on it already; the argument is what it has become."""


class TopicUnknown(ProgrammeError):
    """Nothing is learned under this name."""


class PhraseWrong(ProgrammeError):
    """There is nothing in the phrase, or more than what one phrase is; the argument is how long it may be."""


class PhraseKnown(ProgrammeError):
    """The data has it already, or nearly; the arguments are the topic, and the phrase that stands there."""


class LinkOver(ProgrammeError):
    """The link that sets a password was used, replaced, or is too old."""


class PasswordRefused(ProgrammeError):
    """A new password is too weak; the argument says why (`accounts.Weakness`)."""


class PasswordWrong(ProgrammeError):
    """It is not the password of this account, or the account is locked."""


class CodeWrong(ProgrammeError):
    """It is no code of this account's second factor, it was used before, or the account is locked."""


class AddressWrong(ProgrammeError):
    """It is no e-mail address; the argument is what was given."""


class AddressTaken(ProgrammeError):
    """Somebody of the staff has this e-mail address; the argument is the address."""


class OwnAccount(ProgrammeError):
    """Nobody shuts themselves out, nor takes away their own role."""


class ReferenceRefused(ProgrammeError):
    """A row of the reference data may not become so; the message says why in French, and what to do."""
