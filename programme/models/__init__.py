"""The tables of the programme database, one module per subject. Times are aware and stored in UTC."""

from programme.models.base import Base
from programme.models.people import AgeBand, Aspect, AuditLine, CameBy, Consent, ConsentPurpose, EmployerStatus, Guardian, Organisation, OrganisationKind, PathStage, Person, ProfileShare, Role, SchoolStatus, StaffMember, StageChange, Team, Teller, Territory, TerritoryCommune
from programme.models.conversations import Author, Channel, ChannelIdentity, Conversation, Document, Flag, FlagReason, Heartbeat, Knowledge, Message, MessageState, Review, ReviewReason
from programme.models.coaching import Contact, PracticeMode, PracticeRun, Urgency
from programme.models.events import Booking, BookingStatus, CalendarFeed, Enrolment, EventDate, EventKind, GroupBooking, Programme, SEATED, Series, SeriesCompany
from programme.models.companies import Company, CompanyContact, CompanySize, CompanyVisit, Convention, Need, NeedKind, Signatory, Site, TensionNote, Univers
from programme.models.outcomes import BreakReason, CheckIn, Cohort, CohortMember, ContractKind, WorkContract

__all__ = ["AgeBand", "Aspect", "AuditLine", "Author", "Base", "Booking", "BookingStatus", "BreakReason", "CalendarFeed", "CameBy", "Channel", "ChannelIdentity", "CheckIn", "Cohort", "CohortMember", "Company", "CompanyContact", "CompanySize", "CompanyVisit", "Consent", "ConsentPurpose", "Contact", "ContractKind", "Convention", "Conversation", "Document", "EmployerStatus", "Enrolment", "EventDate", "EventKind", "Flag", "FlagReason", "GroupBooking", "Guardian", "Heartbeat", "Knowledge", "Message", "MessageState", "Need", "NeedKind", "Organisation", "OrganisationKind", "PathStage", "Person", "PracticeMode", "PracticeRun", "ProfileShare", "Programme", "Review", "ReviewReason", "Role", "SEATED", "SchoolStatus", "Series", "SeriesCompany", "Signatory", "Site", "StaffMember", "StageChange", "Team", "Teller", "TensionNote", "Territory", "TerritoryCommune", "Univers", "Urgency", "WorkContract"]
