"""The page of rules and amounts."""

from collections.abc import Callable
from datetime import date

from bot.console import facts
from programme.assistant import Assistant
from programme.facts import Value
from programme.models import Role
from tests.console.conftest import Browser

ON = date(2026, 11, 23)


def test_each_series_is_there_once_and_what_has_to_be_checked_comes_first(assistant: Assistant) -> None:
    found = facts.lines(assistant.facts, assistant.answers, on=ON)
    assert {each.fact.group for each in found} == set(assistant.facts.series)
    assert len(found) == len(assistant.facts.series)
    urgent = [each.urgent for each in found]
    assert urgent == sorted(urgent, reverse=True)
    days = [each.fact.review_by for each in found if not each.urgent]
    assert days == sorted(days)


def test_the_fact_in_force_is_shown_with_the_others_of_its_series(assistant: Assistant) -> None:
    smic = next(
        each for each in facts.lines(assistant.facts, assistant.answers, on=date(2024, 6, 1))
        if each.fact.group == "smic"
    )  # fmt: skip
    assert smic.fact.id == "smic_2024_01"
    assert {"smic_2023_05", "smic_2024_11"} <= {each.id for each in smic.others}


def test_past_its_review_the_page_says_that_the_number_is_not_given_any_more(assistant: Assistant) -> None:
    found = facts.lines(assistant.facts, assistant.answers, on=date(2030, 1, 1))
    assert all(each.urgent for each in found)
    assert "n'en disent plus le chiffre" in found[0].state


def test_values_are_written_as_a_reader_expects_them() -> None:
    def said(value: int | float | str | None, unit: str) -> str:
        return facts.value_in_words(Value(name="x", value=value, unit=unit))

    assert said(11.52, "EUR/heure") == "11,52\u00a0€/heure"
    assert said(27, "% SMIC") == "27\u00a0% SMIC"
    assert said(3, "mois") == "3 mois"
    assert said("3114", "numéro") == "3114"
    assert said(None, "EUR") == "pas connu (EUR)"


def test_every_role_reads_it_with_links_to_the_official_pages(a_browser: Callable[..., Browser]) -> None:
    for role in Role:
        assert a_browser(role).get("/console/reperes").status_code == 200
    shown = a_browser().get("/console/reperes?mots=smic horaire").text
    assert 'rel="noreferrer"' in shown
    assert "service-public" in shown


def test_a_search_finds_without_accents_and_pages_keep_it(a_browser: Callable[..., Browser]) -> None:
    browser = a_browser()
    assert "Prévention du suicide" in browser.get("/console/reperes?mots=PREVENTION du").text
    assert "Aucune fiche ne correspond" in browser.get("/console/reperes?mots=zzzz").text
    first = browser.get("/console/reperes?qui=référent paie").text
    assert "apres=25" in first
    assert "Page précédente" in browser.get("/console/reperes?qui=référent paie&apres=25").text
    assert browser.get("/console/reperes?apres=999999").status_code == 200
