"""A made-up Mission locale to look at: five real programmes, sixty-odd invented young people, a season of dates.

All of its rows are marked and can be taken out again; `declic workshops load` does so before it puts in the Mission
locale's own. Its slugs begin with « demo- », so that none of these is taken for it. Dates are relative to the day on
which it is loaded. Each March-to-October season begins a demonstration anew: it opens in November.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from programme import (
    bookings,
    cohorts,
    companies,
    consents,
    conventions,
    demonstration_talks,
    needs,
    outcomes,
    path,
    profiles,
    sharing,
    structures,
)
from programme.content import CONTENT_DIR, read_yaml
from programme.event_file import EventFile, load_events, parse_events
from programme.models import (
    AgeBand,
    Booking,
    BookingStatus,
    BreakReason,
    CameBy,
    Cohort,
    Company,
    CompanySize,
    ConsentPurpose,
    ContractKind,
    EmployerStatus,
    Enrolment,
    EventDate,
    GroupBooking,
    Need,
    NeedKind,
    Organisation,
    OrganisationKind,
    PathStage,
    Person,
    Programme,
    Role,
    SchoolStatus,
    Series,
    Site,
    Teller,
    TensionNote,
    Territory,
    Univers,
    Urgency,
    WorkContract,
)
from programme.practice.persona import Family
from programme.recurrence import last_known_school_day

FOLDER = CONTENT_DIR / "demonstration"
# of last season's club, as it really went in one of the five: 55 places, 64 takers, 16 % minors, 20 % QPV
TAKERS, MINORS, QPV = 64, 10, 13
LAST_CLUB = "demo-club-derniere-saison"
SEASON = ((3, 1), (10, 31))
CONSENT = ("demonstration-1", "J'accepte que la Mission locale garde ce que je dis pour m'accompagner.")
SHARING = ("demonstration-1", "J'accepte que ce réseau voie mon prénom, mon niveau et où j'en suis.")
# which of the young people, by rank, each network sees; none of them is a minor
SHARED = {"demo-cap-orientation": range(10, 14), "demo-point-jeunes": range(15, 19)}
# where the young people stand: how many of each, in the order of the list
STAGES = (
    (PathStage.PROJET, 9),
    (PathStage.PROJET_VALIDE, 11),
    (PathStage.ECOLE_TROUVEE, 9),
    (PathStage.EMPLOYEUR_EN_VUE, 6),
    (PathStage.ENTRETIEN, 6),
    (PathStage.PROMESSE, 3),
    (PathStage.CONTRAT_SIGNE, 3),
    (PathStage.EN_CONTRAT, 8),
    (PathStage.RUPTURE, 3),
    (PathStage.POST_ALTERNANCE, 2),
    (PathStage.AUTRE_SOLUTION, 2),
    (PathStage.DEUX_ANS, 2),
)
# what became of three of them, and of others: kind, diploma, family (of the company as well), years
CONTRACTS = (
    (ContractKind.PROFESSIONNALISATION, "titre de secrétaire médicale", Family.SECRETARIAT_MEDICAL, 1),
    (ContractKind.APPRENTISSAGE, "bac pro cuisine", Family.CUISINE, 3),
    (ContractKind.APPRENTISSAGE, "bac pro maintenance des systèmes énergétiques", Family.MAINTENANCE_ENERGETIQUE, 2),
    (ContractKind.APPRENTISSAGE, "CAP boulanger", Family.BOULANGERIE, 2),
    (ContractKind.APPRENTISSAGE, "CAP mécanique automobile", Family.GARAGE, 2),
)
BREAKS = (BreakReason.TRIAL_PERIOD, BreakReason.TRANSPORT_OR_HOUSING, BreakReason.TRADE_NOT_LIKED)


def load(session: Session, *, zone: ZoneInfo, now: datetime) -> int:
    """Put the demonstration in, or bring its dates up to today; how many young people it has.

    Loading it again changes nothing while each series has a date to come; in another season all of it is made anew.

    Raises:
        CommuneTaken: one of its communes is already served by a territory of one's own.
        ContentError: a file of the demonstration is wrong.
    """
    today = now.astimezone(zone).date()
    if _is_of_another_season(session, today):
        remove(session)
    network: Mapping[str, Any] = read_yaml(FOLDER / "network.yml")
    staff = _structures(session, network)
    _companies(session, network, staff, today=today, now=now)
    load_events(
        session, _without_dates_to_come(session, _season(today), now), zone=zone, today=today, demonstration=True
    )
    if not session.scalar(select(func.count()).select_from(Person).where(Person.demonstration)):
        people = _people(session, network, staff, today=today, now=now)
        _last_season(session, people, zone=zone, today=today, now=now)
        _outcomes(session, people, today=today, now=now)
        _sharing(session, people, today=today, now=now)
        _cohort(session, today=today, now=now)
        demonstration_talks.load(session, now=now, today=today)
    _full_date(session, now=now)
    _class(session, now=now)
    session.flush()
    return session.scalar(select(func.count()).select_from(Person).where(Person.demonstration)) or 0


def remove(session: Session) -> None:
    """Take all of it out again, with what was booked, signed or noted in it."""
    series = select(Series.id).where(Series.demonstration)
    session.execute(delete(Person).where(Person.demonstration))
    session.execute(delete(EventDate).where(EventDate.series_id.in_(series)))
    for table in (Series, Cohort, Programme, Company, TensionNote, Organisation, Territory):
        session.execute(delete(table).where(table.demonstration))


def season_of(today: date) -> tuple[date, date]:
    """March to October: the season that goes on today, or else the next one."""
    year = today.year + (today > date(today.year, *SEASON[1]))
    return date(year, *SEASON[0]), date(year, *SEASON[1])


def _last_season_of(today: date) -> tuple[date, date]:
    first, last = season_of(today)
    return first.replace(year=first.year - 1), last.replace(year=last.year - 1)


def _is_of_another_season(session: Session, today: date) -> bool:
    """Or of the days when it had other slugs."""
    if session.scalar(select(Person.id).where(Person.demonstration).limit(1)) is None:
        return False
    began = session.scalar(select(Programme.starts_on).where(Programme.slug == LAST_CLUB))
    return began != _last_season_of(today)[0]


def _without_dates_to_come(session: Session, season: EventFile, now: datetime) -> EventFile:
    """Days counted from today only where nothing is to come: else each load would add some."""
    coming = set(
        session.scalars(
            select(Series.slug)
            .join(EventDate)
            .where(Series.demonstration, EventDate.closes_at > now, EventDate.cancelled_at.is_(None))
        )
    )
    series = tuple(each.model_copy(update={"dates": ()}) if each.slug in coming else each for each in season.series)
    return season.model_copy(update={"series": series})


def _season(today: date) -> EventFile:
    """The file of the season with its days put in."""
    path_ = FOLDER / "season.yml"
    entries = read_yaml(path_)
    days = {"current": season_of(today), "last": _last_season_of(today)}
    for programme in entries["programmes"]:
        programme["starts_on"], programme["ends_on"] = days[programme.pop("season")]
    for series in entries["series"]:
        if every := series.get("every"):
            every["first"], every["last"] = days[every.pop("season")]
            # beyond the published calendar of schools a demonstration goes on in the holidays
            every["school_holidays"] = every["school_holidays"] or every["last"] > last_known_school_day()
    return parse_events(entries, str(path_))


def _structures(session: Session, network: Mapping[str, Any]) -> dict[str, int]:
    """The id of each member of the staff, by address."""
    territories = {
        each["slug"]: structures.save_territory(session, **each, demonstration=True) for each in network["territories"]
    }
    organisations = {
        each["slug"]: structures.save_organisation(
            session, slug=each["slug"], kind=OrganisationKind(each["kind"]), name=each["name"], demonstration=True
        )
        for each in network["organisations"]
    }
    teams = {
        each["name"]: structures.save_team(
            session,
            organisation_id=organisations[each["organisation"]],
            name=each["name"],
            territory_id=territories[each["territory"]],
        )
        for each in network["teams"]
    }
    return {
        each["email"]: structures.save_staff(
            session, email=each["email"], team_id=teams[each["team"]], role=Role(each["role"]), name=each["name"]
        )
        for each in network["staff"]
    }


def _companies(
    session: Session, network: Mapping[str, Any], staff: Mapping[str, int], *, today: date, now: datetime
) -> None:
    animator_id = staff["maelle@demo.exemple.fr"]
    organisation_id = session.scalars(select(Organisation.id).where(Organisation.slug == "demo-mission-locale")).one()
    known = set(session.scalars(select(Company.slug).where(Company.demonstration)))
    for each in network["companies"]:
        if each["slug"] in known:
            continue
        company_id = companies.save_company(
            session,
            slug=each["slug"],
            name=each["name"],
            sector=each["sector"],
            univers=Univers(each["univers"]) if "univers" in each else None,
            size=CompanySize(each["size"]),
            animator_id=animator_id,
            demonstration=True,
        )
        site_id = companies.save_site(
            session,
            company_id=company_id,
            name=each["name"],
            commune=each["commune"],
            receives_visits=each.get("visits", False),
        )
        name, role = each["contact"]
        companies.save_contact(session, company_id=company_id, name=name, role=role)
        need = each["need"]
        needs.declare(
            session,
            site_id=site_id,
            kind=NeedKind(need["kind"]),
            family=Family(need["family"]),
            trade=need["trade"],
            words=need["words"],
            urgency=Urgency(need["urgency"]),
            declared_on=today - timedelta(days=5),
            needed_by=today + timedelta(days=need["days"]) if "days" in need else None,
            min_level=need.get("level"),
            adults_only=need.get("adults", False),
        )
        if each.get("convention"):
            conventions.save_convention(
                session,
                company_id=company_id,
                organisation_id=organisation_id,
                objectives="Faire connaître le métier et accueillir deux jeunes dans l'année.",
                commitments="Deux visites, une table ronde, une immersion par trimestre.",
                follow_up="Un point par trimestre avec l'animatrice.",
                criteria="Jeunes reçus, immersions faites, contrats signés, tenus six mois après.",
                starts_on=today - timedelta(days=120),
                ends_on=today + timedelta(days=245),
                signed_on=today - timedelta(days=120),
                signatories={name: role, "Karim Oudot": "Mission locale des Acacias"},
            )
            companies.note_visit(
                session,
                site_id=site_id,
                staff_id=animator_id,
                visited_on=today - timedelta(days=40),
                notes="Atelier visité, accueil chaleureux.",
            )
    if "demo-labo-verane" in known:
        return
    tension = network["tension"]
    needs.note_tension(
        session,
        family=Family(tension["family"]),
        trade=tension["trade"],
        offers=tension["offers"],
        blocks=tension["blocks"],
        source=tension["source"],
        observed_on=today - timedelta(days=30),
        now=now,
        territory_id=session.scalars(select(Territory.id).where(Territory.slug == "demo-dijon")).one(),
        demonstration=True,
    )


def _people(
    session: Session, network: Mapping[str, Any], staff: Mapping[str, int], *, today: date, now: datetime
) -> list[int]:
    """The young people, each with the least data, a consent, a counsellor and the steps of their path; their ids."""
    communes = network["territories"][0]["communes"]
    first_day, _ = _last_season_of(today)
    stages = [stage for stage, count in STAGES for _ in range(count)]
    counsellors = (staff["sofia@demo.exemple.fr"], staff["karim@demo.exemple.fr"])
    ids: list[int] = []
    for number, name in enumerate(network["first_names"]):
        minor = number % 6 == 2 and number // 6 < MINORS
        joined = _noon(first_day - timedelta(days=20) + timedelta(days=number % 60), now)
        person = Person(
            created_at=joined,
            external_ref=f"demo-{number + 1:03}",
            display_name=name,
            # minors throughout last season, and until the end of the next one
            birth_month=date(first_day.year - 16, 12, 1) if minor else None,
            age_band=AgeBand.FROM_15
            if minor
            else (AgeBand.FROM_18, AgeBand.FROM_21, AgeBand.FROM_18, AgeBand.FROM_26)[number % 4],
            commune=structures.known_commune(session, communes[number % len(communes)]),
            qpv=number % 5 == 1 and number // 5 < QPV,
            # at fifteen or sixteen, no diploma yet
            level=None if minor else (3, 4, 4, 5, 6)[number % 5],
            languages="fr" if number % 3 else "fr,ar",
            came_by=CameBy.FRIEND if number % 7 == 0 else CameBy.MISSION_LOCALE,
            came_by_person_id=ids[number - 1] if number % 7 == 0 and ids else None,
            demonstration=True,
        )
        session.add(person)
        session.flush()
        ids.append(person.id)
        structures.assign(session, person.id, counsellor_id=counsellors[number % 2])
        consents.give(
            session, person.id, ConsentPurpose.PROFILE, text_version=CONSENT[0], text_shown=CONSENT[1], now=joined
        )
        if minor:
            profiles.save_guardian(
                session,
                person.id,
                name=f"Parent de {name}",
                relation="parent",
                phone="01 99 00 00 00",
                on=today,
                now=joined,
            )
            consents.give(
                session, person.id, ConsentPurpose.GUARDIAN, text_version=CONSENT[0], text_shown=CONSENT[1], now=joined
            )
        _walk(session, person.id, stages[number], start=joined, now=now)
    return ids


def _walk(session: Session, person_id: int, stage: PathStage, *, start: datetime, now: datetime) -> None:
    """The steps that lead to a stage, a month apart, each told by the counsellor or the young person."""
    employer = {
        PathStage.EMPLOYEUR_EN_VUE: EmployerStatus.IN_VIEW,
        PathStage.ENTRETIEN: EmployerStatus.INTERVIEW,
        PathStage.PROMESSE: EmployerStatus.PROMISED,
    }
    signed = stage in (PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT, PathStage.RUPTURE, PathStage.POST_ALTERNANCE)
    at = start
    if stage is PathStage.PROJET:
        return
    path.set_stage(session, person_id, PathStage.PROJET_VALIDE, teller=Teller.STAFF, now=at)
    if stage in (PathStage.PROJET_VALIDE, PathStage.AUTRE_SOLUTION, PathStage.DEUX_ANS):
        if stage is not PathStage.PROJET_VALIDE:
            path.set_stage(session, person_id, stage, teller=Teller.STAFF, now=min(at + timedelta(days=90), now))
        return
    path.set_school(session, person_id, SchoolStatus.FOUND, teller=Teller.PERSON, now=min(at + timedelta(days=30), now))
    if stage in employer:
        path.set_employer(
            session, person_id, employer[stage], teller=Teller.PERSON, now=min(at + timedelta(days=60), now)
        )
    if signed:
        path.set_employer(
            session, person_id, EmployerStatus.SIGNED, teller=Teller.PERSON, now=min(at + timedelta(days=75), now)
        )
        if stage is not PathStage.CONTRAT_SIGNE:
            path.set_stage(session, person_id, stage, teller=Teller.SYSTEM, now=min(at + timedelta(days=120), now))
        if stage in (PathStage.RUPTURE, PathStage.POST_ALTERNANCE):
            path.set_employer(
                session,
                person_id,
                EmployerStatus.SEARCHING,
                teller=Teller.PERSON,
                now=min(at + timedelta(days=121), now),
            )


def _last_season(session: Session, people: list[int], *, zone: ZoneInfo, today: date, now: datetime) -> None:
    """Who took part in the club that is over, and who came: several Tuesdays each, never more than there were seats."""
    programme_id = session.scalars(select(Programme.id).where(Programme.slug == LAST_CLUB)).one()
    dates = session.scalars(
        select(EventDate)
        .join(EventDate.series)
        .where(Series.slug == LAST_CLUB, EventDate.ends_at < now)
        .order_by(EventDate.starts_at)
    ).all()
    first_day, _ = _last_season_of(today)
    for number, person_id in enumerate(people):
        session.add(
            Enrolment(
                programme_id=programme_id, person_id=person_id, enrolled_on=first_day + timedelta(days=number % 40)
            )
        )
    if not dates:
        return
    each_comes = min(4, dates[0].seats * len(dates) // len(people))
    for turn in range(each_comes * len(people)):
        booked = dates[turn % len(dates)]
        status = BookingStatus.ABSENT if turn % 9 == 4 else BookingStatus.PRESENT
        session.add(
            Booking(
                event_date_id=booked.id,
                person_id=people[turn % len(people)],
                status=BookingStatus.EXCUSED if turn % 31 == 7 else status,
                requested_at=booked.starts_at - timedelta(days=6),
                status_at=booked.ends_at,
            )
        )
    session.flush()


def _outcomes(session: Session, people: list[int], *, today: date, now: datetime) -> None:
    with_contract = session.scalars(
        select(Person)
        .where(
            Person.id.in_(people),
            Person.stage.in_((PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT, PathStage.RUPTURE)),
        )
        .order_by(Person.stage != PathStage.EN_CONTRAT, Person.id)
    ).all()
    employers = {
        family: (company_id, name)
        for family, company_id, name in session.execute(
            select(Need.family, Company.id, Company.name)
            .join(Site, Site.id == Need.site_id)
            .join(Company, Company.id == Site.company_id)
            .where(Company.demonstration)
        )
    }
    _, season_ends = _last_season_of(today)
    breaks = iter(BREAKS)
    for number, person in enumerate(with_contract):
        kind, diploma, family, years = CONTRACTS[number % len(CONTRACTS)]
        company_id, company = employers[family.value]
        # in September; a contract that is signed begins in the coming weeks
        begins = season_ends.replace(month=9, day=1)
        if person.stage is PathStage.CONTRAT_SIGNE:
            begins = today + timedelta(days=20)
        outcomes.announce_contract(
            session,
            person.id,
            kind=kind,
            employer=company,
            company_id=company_id,
            school="CFA du Rivage",
            diploma=diploma,
            family=family.value,
            signed_on=begins - timedelta(days=30),
            starts_on=begins,
            ends_on=begins + relativedelta(years=years, days=-1),
            teller=Teller.STAFF,
            now=now,
        )
        if person.stage is PathStage.RUPTURE:
            outcomes.announce_break(
                session,
                person.id,
                reason=next(breaks),
                broken_on=min(begins + timedelta(days=30), today),
                teller=Teller.PERSON,
                now=now,
            )
    session.execute(update(WorkContract).where(WorkContract.person_id.in_(people)).values(demonstration=True))


def _sharing(session: Session, people: list[int], *, today: date, now: datetime) -> None:
    """Some of them let another network see a little of their profile, for six months."""
    fields = [sharing.SharedField.DISPLAY_NAME, sharing.SharedField.LEVEL, sharing.SharedField.STAGE]
    networks = {
        each.slug: each.id for each in session.scalars(select(Organisation).where(Organisation.slug.in_(SHARED)))
    }
    for slug, number in ((slug, number) for slug, numbers in SHARED.items() for number in numbers):
        sharing.share(
            session,
            people[number],
            networks[slug],
            fields=fields,
            on=today,
            ends_on=today + timedelta(days=180),
            text_version=SHARING[0],
            text_shown=SHARING[1],
            now=now,
        )


def _cohort(session: Session, *, today: date, now: datetime) -> None:
    first, last = _last_season_of(today)
    everybody = cohorts.Rule(programme=LAST_CLUB, enrolled_from=first, enrolled_until=last)
    cohort_id = cohorts.save(
        session, slug="demo-club", name="Club, saison passée", rule=everybody, now=now, demonstration=True
    )
    cohorts.freeze(session, cohort_id, now=now, on=today)


def _full_date(session: Session, *, now: datetime) -> None:
    """The next training in calling is full, and four wait."""
    date_id = _next_date(session, "demo-appels", now)
    if date_id is None:
        return
    people = session.scalars(select(Person.id).where(Person.demonstration).order_by(Person.id).limit(10)).all()
    for person_id in people:
        bookings.request_place(session, person_id=person_id, event_date_id=date_id, now=now)


def _class(session: Session, *, now: datetime) -> None:
    """A class plays the escape game."""
    date_id = _next_date(session, "demo-jeu-evasion", now)
    if date_id is None or session.scalar(select(GroupBooking.id).where(GroupBooking.event_date_id == date_id)):
        return
    school = session.scalars(select(Organisation.id).where(Organisation.slug == "demo-lycee-tilleuls")).one()
    bookings.hold_group(
        session, event_date_id=date_id, organisation_id=school, seats=24, contact="Mme Vidal, professeure", now=now
    )


def _next_date(session: Session, slug: str, now: datetime) -> int | None:
    return session.scalar(
        select(EventDate.id)
        .join(EventDate.series)
        .where(Series.slug == slug, EventDate.closes_at > now, EventDate.cancelled_at.is_(None))
        .order_by(EventDate.starts_at)
        .limit(1)
    )


def _noon(day: date, now: datetime) -> datetime:
    return min(datetime(day.year, day.month, day.day, 11, tzinfo=now.tzinfo), now)
