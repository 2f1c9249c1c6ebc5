"""Who the pseudonyms are: the one table that may be erased from, and from which nothing else is made."""

from dataclasses import dataclass

from footproof.server.store.models import PersonalRow


@dataclass(frozen=True, slots=True)
class Personal:
    """What is known of a person.

    Args:
        name: What people call them.
        contact: Such as an e-mail address.
    """

    name: str
    contact: str


def remember(person: str, known: Personal) -> None:
    """Say who a pseudonym is.

    Args:
        person: Pseudonym.
        known: Name and contact.
    """
    PersonalRow.objects.update_or_create(person=person, defaults={"name": known.name, "contact": known.contact})


def recall(person: str) -> Personal | None:
    """Return who a pseudonym is, None where that is not known or was erased."""
    row = PersonalRow.objects.filter(person=person).first()
    return None if row is None else Personal(row.name, row.contact)


def erase(person: str) -> bool:
    """Forget who a pseudonym is; events stay, and say nothing of the person any more.

    Args:
        person: Pseudonym.

    Returns:
        Whether anything was known.
    """
    return PersonalRow.objects.filter(person=person).delete()[0] > 0
