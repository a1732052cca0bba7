"""What is known of a person that changes what an answer says: age, contract, where they stand."""

from datetime import date
from enum import StrEnum

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, ConfigDict

# law: adulthood, and the first age at which the general rule of apprenticeship ends (art. L6222-1, Code du travail)
ADULT_FROM = 18
GENERAL_AGE_ENDS = 30


class Contract(StrEnum):
    APPRENTISSAGE = "apprentissage"
    PROFESSIONNALISATION = "professionnalisation"


class DiplomaHeld(StrEnum):
    """What decides between the two rates of a contrat pro (D6325-15)."""

    SANS_BAC_PRO = "sans_bac_pro"
    BAC_GENERAL = "bac_general"
    BAC_TECHNOLOGIQUE = "bac_technologique"
    BAC_PRO_OU_PLUS = "bac_pro_ou_plus"


class Stage(StrEnum):
    SANS_EMPLOYEUR = "sans-employeur"
    ECOLE_TROUVEE = "ecole-trouvee"
    CONTRAT_SIGNE = "contrat-signe"
    EN_CONTRAT = "en-contrat"
    RUPTURE = "rupture"


class Audience(StrEnum):
    """For whom an answer has a version of its own. When several fit, the one that comes first here is said."""

    MINOR = "minor"
    OVER_29 = "over_29"
    AFTER_A_BREAK = "after_a_break"
    IN_CONTRACT = "in_contract"
    PROFESSIONNALISATION = "professionnalisation"
    WITHOUT_EMPLOYER = "without_employer"
    ADULT = "adult"


class Profile(BaseModel):
    """What the person said of themselves; None is not known."""

    # a later version may have kept more: what is not known any more is left out
    model_config = ConfigDict(frozen=True, extra="ignore")

    age: int | None = None
    # the last day of the month of birth: the day itself is not kept, and nobody is taken for older than they are
    born_on: date | None = None
    contract: Contract | None = None
    starts_on: date | None = None
    contract_months: int | None = None
    diploma_held: DiplomaHeld | None = None
    stage: Stage | None = None

    @property
    def audiences(self) -> list[Audience]:
        """The audiences that the person belongs to, in the order in which their versions are tried."""
        fits = {
            Audience.MINOR: self.age is not None and self.age < ADULT_FROM,
            Audience.OVER_29: self.age is not None and self.age >= GENERAL_AGE_ENDS,
            Audience.AFTER_A_BREAK: self.stage is Stage.RUPTURE,
            Audience.IN_CONTRACT: self.stage in (Stage.CONTRAT_SIGNE, Stage.EN_CONTRAT),
            Audience.PROFESSIONNALISATION: self.contract is Contract.PROFESSIONNALISATION,
            Audience.WITHOUT_EMPLOYER: self.stage in (Stage.SANS_EMPLOYEUR, Stage.ECOLE_TROUVEE),
            Audience.ADULT: self.age is not None and self.age >= ADULT_FROM,
        }
        return [audience for audience in Audience if fits[audience]]


def month_end(day: date) -> date:
    return day + relativedelta(day=31)


# the topics that say where the person stands
_STAGES_TOLD = {
    "no_employer": Stage.SANS_EMPLOYEUR,
    "school_found": Stage.ECOLE_TROUVEE,
    "contract_signed": Stage.CONTRAT_SIGNE,
    "contract_broken": Stage.RUPTURE,
}


def stage_told(topic: str, *, before: Stage | None) -> Stage | None:
    """Where the person stands by what they now say; None when the topic says nothing of it.

    Without an employer after a break is still after a break, which keeps longer rights (art. L6222-18-2).
    """
    told = _STAGES_TOLD.get(topic)
    return before if told is Stage.SANS_EMPLOYEUR and before is Stage.RUPTURE else told
