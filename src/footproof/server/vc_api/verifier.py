"""Verifies credentials and presentations of anybody: form, signature, whose key it is, validity and status.

VCALM 1.0 §3.3, VCDM 2.0 §7.1. `verified` is true only where a signature holds under a key of the issuer (of the holder,
for a presentation) and everything asked for was found good. What was not looked at is named in a warning.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from footproof.credential import jose
from footproof.credential.contexts import Contexts
from footproof.credential.did_key import PublicKey
from footproof.credential.documents import Documents, verification_key
from footproof.credential.integrity import verify_proofs
from footproof.credential.presentation import (
    Held,
    Holder,
    Presented,
    verify_contents,
    verify_presentation,
    verify_sd_presentation,
)
from footproof.credential.status_list import StatusList, entries_of, look_up
from footproof.credential.terms import own_types
from footproof.credential.vcdm import (
    ENVELOPED_CREDENTIAL,
    ENVELOPED_PRESENTATION,
    require_holder,
    validate_credential,
    validate_presentation,
)
from footproof.errors import FootproofError, ProofRejected, Where
from footproof.server.vc_api.options import PROOF, STATUS, VerifyOptions

Json = Mapping[str, Any]
FindList = Callable[[str], Json | StatusList]
_Verify = Callable[[object, VerifyOptions, list[FootproofError]], None]

_ENVELOPES = {"data:application/vp+jwt": verify_presentation, "data:application/vp+sd-jwt": verify_sd_presentation}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verification found.

    Args:
        verified: Whether a signature holds and nothing asked for is wrong.
        checks: What was checked.
        warnings: What was not looked at, or is unusual.
        errors: Why it is refused.
    """

    verified: bool
    checks: tuple[str, ...]
    warnings: tuple[FootproofError, ...] = ()
    errors: tuple[FootproofError, ...] = ()


class Verifier:
    """Verifies at one moment.

    Args:
        contexts: Contexts at hand.
        documents: Where keys are looked up.
        lists: Gives a verified status list by its address.
        now: The moment to ask about.
    """

    def __init__(self, contexts: Contexts, documents: Documents, lists: FindList, now: datetime) -> None:
        self._contexts = contexts
        self._documents = documents
        self._lists = lists
        self._now = now

    def credential(self, value: object, options: VerifyOptions) -> Outcome:
        """Verify a credential, enveloped or with embedded proofs.

        Args:
            value: As received.
            options: Of the request.
        """
        return self._outcome(self._credential, value, options)

    def presentation(self, value: object, options: VerifyOptions) -> Outcome:
        """Verify a presentation and every credential in it.

        Args:
            value: As received.
            options: Of the request.
        """
        return self._outcome(self._presentation, value, options)

    def verified(self, value: object) -> Json:
        """Return what a credential says, once it holds; its status is not looked at.

        Args:
            value: As received.

        Raises:
            FootproofError: Whatever is wrong with it.
        """
        validate_credential(value, self._contexts, self._now, allow_v1=True)
        if not _is_secured(value):
            raise ProofRejected("E-DI-MISSING", Where("credential", field="$.proof"))
        (held,) = verify_contents({"verifiableCredential": [value]}, self._key, Holder(None), at=self._now)
        return self._content(held)

    def _outcome(self, verify: _Verify, value: object, options: VerifyOptions) -> Outcome:
        """Return what a verification found; a signature is checked, whether asked for or not."""
        checks = (PROOF, STATUS) if options.asks(STATUS) else (PROOF,)
        warnings: list[FootproofError] = []
        try:
            verify(value, options, warnings)
        except FootproofError as problem:
            return Outcome(False, checks, tuple(warnings), (problem,))
        return Outcome(True, checks, tuple(warnings))

    def _credential(self, value: object, options: VerifyOptions, warnings: list[FootproofError]) -> None:
        found = self.verified(value)
        _refuse_purpose(options, jose.ASSERTION)
        if options.challenge is not None or options.domain is not None:
            if found is not value:
                raise ProofRejected("E-VCAPI-UNBOUND", Where("credential"))
            verify_proofs(found, self._key, at=self._now, challenge=options.challenge, domain=options.domain)
        self._judge(found, options, warnings)

    def _presentation(self, value: object, options: VerifyOptions, warnings: list[FootproofError]) -> None:
        validate_presentation(value, self._contexts, self._now)
        assert isinstance(value, dict)  # noqa: S101  # the data model saw to it
        _refuse_purpose(options, jose.AUTHENTICATION)
        if ENVELOPED_PRESENTATION in own_types(value):
            shown = self._opened(value["id"], options)
            document = dict(shown.presentation)
            validate_presentation(document, self._contexts, self._now)
            require_holder(document)
            held: Sequence[Held] = shown.credentials
        else:
            held = self._embedded(value, options, warnings)
        for one in held:
            self._judge(self._content(one), options, warnings)

    def _opened(self, url: str, options: VerifyOptions) -> Presented:
        """Return what an enveloped presentation shows."""
        form, _, token = url.partition(",")
        if form not in _ENVELOPES:
            raise ProofRejected("E-PRES-UNREAD", found=form[:80], needed=", ".join(_ENVELOPES))
        return _ENVELOPES[form](
            token.encode("ascii"), self._key, nonce=options.challenge, audience=options.domain, at=self._now
        )

    def _embedded(
        self, document: dict[str, Any], options: VerifyOptions, warnings: list[FootproofError]
    ) -> tuple[Held, ...]:
        """Return the credentials that a presentation with proofs of its holder shows."""
        proofs = verify_proofs(
            document,
            self._key,
            purpose=jose.AUTHENTICATION,
            at=self._now,
            challenge=options.challenge,
            domain=options.domain,
            contexts=self._contexts,
        )
        stated = document["proof"]
        if options.challenge is None and any("challenge" in proof for proof in _listed(stated)):
            warnings.append(FootproofError("E-VCAPI-REPLAY"))
        holder = jose.party_of(document, jose.PRESENTATION)
        if holder is not None and all(proof.controller != holder for proof in proofs):
            raise ProofRejected("E-CRED-ISSUER", kid=proofs[0].method, issuer=holder)
        method = next((each.method for each in proofs if each.controller == holder), proofs[0].method)
        who = Holder(holder, method, self._key(method, jose.AUTHENTICATION))
        # The rest are the holder's own words: his proof covers them, and the data model saw that he is their issuer.
        secured = [each for each in _listed(document.get("verifiableCredential", [])) if _is_secured(each)]
        return verify_contents({"verifiableCredential": secured}, self._key, who, at=self._now)

    def _content(self, held: Held) -> Json:
        """Return what a verified credential says, held against the data model as well."""
        assert held.credential is not None  # noqa: S101  # no partial answer was asked for
        if held.form != "embedded":
            validate_credential(held.credential, self._contexts, self._now)
        return held.credential

    def _judge(self, credential: Json, options: VerifyOptions, warnings: list[FootproofError]) -> None:
        """Refuse a credential whose status is set; name what is not looked at."""
        if "credentialStatus" in credential:
            if not options.asks(STATUS):
                warnings.append(FootproofError("E-VCAPI-NOT-ASKED", found="credentialStatus"))
            else:
                self._refuse_set(credential)
        unread = [name for name in ("credentialSchema", "evidence", "termsOfUse") if name in credential]
        warnings += [FootproofError("E-VCAPI-NOT-READ", found=name) for name in unread]

    def _refuse_set(self, credential: Json) -> None:
        issuer = jose.party_of(credential, jose.CREDENTIAL)
        for entry in entries_of(credential):
            status = look_up(entry, self._lists, self._now, issuer=issuer)
            if status.set and entry.purpose not in ("message", "refresh"):
                raise ProofRejected("E-VCAPI-STATUS", purpose=entry.purpose, as_of=status.as_of or "—")

    def _key(self, url: str, purpose: str) -> PublicKey:
        return verification_key(self._documents, url, purpose, self._now)


def _refuse_purpose(options: VerifyOptions, usual: str) -> None:
    if options.purpose is not None and options.purpose != usual:
        where = Where("request", field="$.options.expectedProofPurpose")
        raise ProofRejected("E-DI-PURPOSE", where, found=usual, needed=options.purpose[:80])


def _is_secured(credential: object) -> bool:
    return isinstance(credential, dict) and ("proof" in credential or ENVELOPED_CREDENTIAL in own_types(credential))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
