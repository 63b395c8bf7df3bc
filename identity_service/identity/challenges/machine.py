"""Makes challenges, counts the tries, checks the proofs, uses them up."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from identity_service.calls.call import Call
from identity_service.calls.once import Once
from identity_service.calls.refusals import Refusals
from identity_service.clock import Clock
from identity_service.identity.addresses import Address
from identity_service.identity.challenge_secrets import Purpose, challenge_id_of, code_proves, token_proves
from identity_service.identity.challenges.proofs import EmailCode, LinkToken, Proof
from identity_service.identity.challenges.purposes import BUDGETS, LIFETIMES, PROVES
from identity_service.identity.errors import AttemptsExhausted, ProofRejected
from identity_service.identity.limits import Limiter, Rule, network_of
from identity_service.ids import new_id
from identity_service.secret_keys import KeyRing
from identity_service.storage.database import Database, Transaction
from identity_service.storage.queries import attempts
from identity_service.storage.queries import challenges as queries
from identity_service.storage.queries.attempts import LiveChallenge
from identity_service.storage.rows import Challenge


def new_challenge(
    tenant_id: str,
    purpose: Purpose,
    address: Address,
    *,
    key_id: str,
    now: datetime,
    subject_id: UUID | None,
    user_id: UUID | None,
) -> Challenge:
    """A challenge whose proofs are derived with that key."""
    return Challenge(
        tenant_id=tenant_id,
        id=new_id(),
        purpose=purpose,
        address_key=address.key,
        key_id=key_id,
        subject_id=subject_id,
        user_id=user_id,
        created_at=now,
        expires_at=now + LIFETIMES[purpose],
    )


class Challenges:
    """Challenges of one database, made and checked with one key ring."""

    def __init__(
        self,
        database: Database,
        key_ring: KeyRing,
        clock: Clock,
        *,
        limiter: Limiter,
        refusals: Refusals,
        once: Once,
    ) -> None:
        self._database = database
        self._key_ring = key_ring
        self._now = clock
        self._limiter = limiter
        self._refusals = refusals
        self._once = once

    def new(
        self,
        tenant_id: str,
        purpose: Purpose,
        address: Address,
        *,
        subject_id: UUID | None = None,
        user_id: UUID | None = None,
    ) -> Challenge:
        """A challenge that lives as long as its purpose allows. One that belongs to nobody can never be met."""
        return new_challenge(
            tenant_id,
            purpose,
            address,
            key_id=self._key_ring.active.id,
            now=self._now(),
            subject_id=subject_id,
            user_id=user_id,
        )

    def proved(self, call: Call, purpose: Purpose, proof: Proof) -> LiveChallenge:
        """The live challenge that `proof` meets. Raises `ProofRejected`, or `LimitExceeded` for codes, and records it.

        It is not used up yet: `use` does that, in the transaction of what the proof allows, inside of `refusals_of`.
        """
        if isinstance(proof, LinkToken):
            return self._proved_by_token(call, purpose, proof.token)
        self.admit_code(call)
        return self.proved_by_admitted(call, purpose, proof)

    def admit_code(self, call: Call) -> None:
        """Count a code, before its address is looked up. Raises `LimitExceeded`, and records it."""
        self._limiter.hit_all(call, (Rule.CODE_NETWORK, network_of(call.ip_address)))

    def proved_by_admitted(self, call: Call, purpose: Purpose, proof: EmailCode) -> LiveChallenge:
        """Like `proved`, for a code that `admit_code` has counted."""
        live = self._attempted(call, purpose, proof)
        met = [entry for entry in live if self._is_met(entry.challenge, purpose, proof.code)]
        if not met:
            newest = live[0].challenge if live else None
            self._refuse(call, purpose, about=proof.address.key, challenge=newest)
            raise ProofRejected()
        return met[0]

    @contextmanager
    def refusals_of(self, call: Call, challenge: Challenge) -> Iterator[None]:
        """Record it when what follows the proof raises `ProofRejected`: somebody else was first, or no user may enter.

        Around the transaction, not inside of it: what is written there is rolled back.
        """
        try:
            yield
        except ProofRejected:
            self._refuse(call, Purpose(challenge.purpose), challenge=challenge)
            raise

    def use(self, transaction: Transaction, challenge: Challenge) -> None:
        """Use up the challenge, and all others of its purpose and address. One caller wins, others: `ProofRejected`."""
        if not queries.use(transaction.connection, challenge, self._now()):
            raise ProofRejected()

    def _proved_by_token(self, call: Call, purpose: Purpose, token: str) -> LiveChallenge:
        challenge_id = challenge_id_of(token)
        with self._database.connect() as connection:
            found = queries.by_id(connection, call.tenant_id, challenge_id) if challenge_id else None
        challenge = found or self._nobodys(call.tenant_id, purpose)
        authentic = token_proves(self._key_ring, challenge.key_id, purpose, challenge.id, token)
        if not (authentic and challenge.purpose == purpose and self._is_live(challenge)):
            self._refuse(call, purpose, challenge=found if authentic else None)
            raise ProofRejected()
        return LiveChallenge(challenge, None)

    def _attempted(self, call: Call, purpose: Purpose, proof: EmailCode) -> list[LiveChallenge]:
        """What a code may meet. The attempt is counted and committed before: no rollback and no crash gives it back."""
        budget, now = BUDGETS[purpose], self._now()
        with self._database.connect() as connection:
            counted, live = attempts.count(
                connection,
                call.tenant_id,
                purpose,
                proof.address.key,
                subject_id=proof.subject_id,
                user_id=proof.user_id,
                now=now,
                window_ends_at=now + budget.window,
            )
        if counted.count > budget.attempts:
            self._refuse_further(call, purpose, proof, counted.count - budget.attempts)
            raise AttemptsExhausted(counted.window_ends_at - now)
        return live

    def _refuse_further(self, call: Call, purpose: Purpose, proof: EmailCode, beyond: int) -> None:
        """Only the first try beyond the budget of a window is recorded: there may be any number of them."""
        self._once.end_if_overtaken(call)
        if beyond == 1:
            self._refusals.record(call, PROVES[purpose], AttemptsExhausted.reason, about=proof.address.key)

    def _refuse(self, call: Call, purpose: Purpose, *, about: str = "", challenge: Challenge | None = None) -> None:
        self._once.end_if_overtaken(call)
        self._refusals.record(
            call,
            PROVES[purpose],
            ProofRejected.reason,
            about=about,
            user_id=challenge.user_id if challenge else None,
            subject_id=challenge.id if challenge else None,
        )

    def _is_met(self, challenge: Challenge, purpose: Purpose, given: str) -> bool:
        right = code_proves(self._key_ring, challenge.key_id, purpose, challenge.id, given)
        return right and (challenge.user_id or challenge.subject_id) is not None

    def _is_live(self, challenge: Challenge) -> bool:
        return challenge.used_at is None and self._now() < challenge.expires_at

    def _nobodys(self, tenant_id: str, purpose: Purpose) -> Challenge:
        """Stands in for one that does not exist, so that its check takes as long."""
        return self.new(tenant_id, purpose, Address("", ""))
