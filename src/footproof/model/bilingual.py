"""One text in the two languages in which certificates, rules and marks are read: zh-Hans and English."""

from dataclasses import dataclass
from typing import Literal

from footproof.errors import FootproofError


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text in Chinese and English; neither may be missing.

    Args:
        zh: Simplified Chinese.
        en: English.

    Raises:
        FootproofError: E-TEXT-MISSING where a language is empty, since half of the readers would see nothing.
    """

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not (self.zh.strip() and self.en.strip()):
            language = "en" if self.zh.strip() else "zh"
            raise FootproofError("E-TEXT-MISSING", language=language, other=self.zh or self.en)

    def say(self, language: Literal["zh", "en"]) -> str:
        """Return the text in one language.

        Args:
            language: "zh" or "en".
        """
        return self.zh if language == "zh" else self.en
