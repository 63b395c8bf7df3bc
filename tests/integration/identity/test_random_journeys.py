"""Random sequences of journeys, compared with a small model of the rules (`tests/services/rules.py`)."""

import itertools
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.addresses import parse_address
from identity_service.identity.challenge_secrets import Purpose
from identity_service.identity.challenges import EmailCode, LinkToken
from identity_service.identity.errors import AttemptsExhausted, CredentialsRejected, ProofRejected, UserSuspended
from identity_service.identity.invite import InviteCommand
from identity_service.identity.passwords import PasswordRefused
from identity_service.identity.start_email_change import EmailChangeCommand
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.storage.tables import users
from tests.services.household import CODE, LINK, Household
from tests.services.rules import Mail, Person, Rules

ADA = "ada@example.com"
EMAILS = st.sampled_from([ADA, "bob@example.com", "eve@example.com"])
MOSTLY = st.sampled_from([True, True, False])
PASSWORDS = st.sampled_from(["fjord-quilt-ember-42", "plumb-otter-canyon-7", "vivid-maple-harbor-9"])
NOTHING = "000000"
_numbers = itertools.count()


class Journeys(RuleBasedStateMachine):
    """One tenant of a household, from its beginning."""

    household: Household  # set by the test

    def __init__(self) -> None:
        super().__init__()
        self.tenant = f"random-{next(_numbers)}"
        self.household.add_tenant(self.tenant)
        self.rules = Rules()
        self.now = self.household.clock.stand()

    def call(self):
        """A call a second after the one before, so that no two things happen at once."""
        self.household.clock.turn(seconds=1)
        self.now = self.household.clock.stand()
        return self.household.call(tenant=self.tenant)

    def post(self, purpose: Purpose, email: str, notification_id, password: str = "", person: Person | None = None):
        """Deliver, and remember what the mail carries; a decoy carries nothing."""
        self.household.post()
        text = self.household.text_of(notification_id)
        if text is None:
            return
        token, code = LINK.search(text), CODE.search(text)
        mail = Mail(purpose, email, token.group(1) if token else "", code.group(1) if code else "", self.now)
        mail.password, mail.person = password, person
        self.rules.mails.append(mail)

    @initialize(password=PASSWORDS)
    def begin_with_a_user(self, password):
        registered = self.household.register(ADA, self.call(), password=password)
        self.post(Purpose.VERIFY_EMAIL, ADA, registered.notification_id, password)
        mail = self.rules.mails[0]
        self._verify(mail, LinkToken(mail.token), self.call())

    # Registration

    @rule(email=EMAILS, password=PASSWORDS)
    def register(self, email, password):
        registered = self.household.register(email, self.call(), password=password)
        if email in self.rules.people:
            self.household.post()
            assert LINK.search(self.household.text_of(registered.notification_id)) is None
        else:
            self.post(Purpose.VERIFY_EMAIL, email, registered.notification_id, password)

    @rule(data=st.data())
    def verify_by_link(self, data):
        mail = self._draw(data, Purpose.VERIFY_EMAIL)
        if mail is not None:
            self._verify(mail, LinkToken(mail.token), self.call())

    @rule(data=st.data(), is_right=MOSTLY)
    def verify_by_code(self, data, is_right):
        drawn = self._draw(data, Purpose.VERIFY_EMAIL)
        if drawn is None:
            return
        call, code = self.call(), drawn.code if is_right else NOTHING
        proof = EmailCode(parse_address(drawn.email), code)
        if not self.rules.spend_try(drawn.purpose, drawn.email, self.now):
            with pytest.raises(AttemptsExhausted):
                self.household.journeys.verify_email(call, proof)
            return
        met = self.rules.met_by_code(drawn.purpose, drawn.email, code, self.now)
        self._verify(met, proof, call)

    def _verify(self, mail, proof, call):
        if mail is None or not self.rules.proves(mail, self.now):
            with pytest.raises(ProofRejected):
                self.household.journeys.verify_email(call, proof)
            return
        user = self.household.journeys.verify_email(call, proof).user
        self.rules.use_up(mail.purpose, mail.email)
        self.rules.people[mail.email] = Person(user.id, mail.email, mail.password)

    # Sign-in

    @rule(email=EMAILS)
    def request_code(self, email):
        asked = self.household.journeys.request_code(self.call(), email)
        self.post(Purpose.SIGN_IN, email, asked.notification_id, person=self.rules.people.get(email))

    @rule(data=st.data(), is_right=MOSTLY)
    def sign_in_by_code(self, data, is_right):
        drawn = self._draw(data, Purpose.SIGN_IN)
        if drawn is not None:
            self._sign_in(drawn, drawn.code if is_right else NOTHING)

    def _sign_in(self, drawn, code):
        call = self.call()
        if not self.rules.spend_try(drawn.purpose, drawn.email, self.now):
            with pytest.raises(AttemptsExhausted):
                self.household.journeys.verify_code(call, drawn.email, code)
            return
        met = self.rules.met_by_code(drawn.purpose, drawn.email, code, self.now)
        if met is None or not self.rules.proves(met, self.now):
            with pytest.raises(ProofRejected):
                self.household.journeys.verify_code(call, drawn.email, code)
            return
        self._opened(met.email, self.household.journeys.verify_code(call, drawn.email, code))
        self.rules.use_up(met.purpose, met.email)

    @rule(email=EMAILS, password=PASSWORDS)
    def sign_in_by_password(self, email, password):
        person, call = self.rules.people.get(email), self.call()
        if person is None or not person.is_active or person.password != password:
            with pytest.raises(CredentialsRejected):
                self.household.journeys.sign_in(call, email, password)
            return
        self._opened(email, self.household.journeys.sign_in(call, email, password))

    def _opened(self, email, signed_in):
        token = signed_in.tokens.access_token
        session = self.household.journeys.verify_access_token(self.tenant, token).session
        self.rules.people[email].sessions[session.id] = self.now

    # Passwords

    @rule(email=EMAILS, method=st.sampled_from(ResetMethod))
    def start_reset(self, email, method):
        asked = self.household.journeys.start_password_reset(self.call(), email, method)
        self.post(Purpose.RESET_PASSWORD, email, asked.notification_id, person=self.rules.people.get(email))

    @rule(data=st.data(), password=PASSWORDS, is_right=MOSTLY)
    def reset(self, data, password, is_right):
        drawn = self._draw(data, Purpose.RESET_PASSWORD)
        if drawn is not None:
            self._answer_reset(drawn, drawn.code if is_right else NOTHING, password)

    def _answer_reset(self, drawn, code, password):
        call = self.call()
        if drawn.token:
            self._reset(drawn, LinkToken(drawn.token), call, password)
            return
        proof = EmailCode(parse_address(drawn.email), code)
        if not self.rules.spend_try(drawn.purpose, drawn.email, self.now):
            with pytest.raises(AttemptsExhausted):
                self.household.journeys.confirm_password_reset(call, proof, password)
            return
        met = self.rules.met_by_code(drawn.purpose, drawn.email, code, self.now)
        self._reset(met, proof, call, password)

    def _reset(self, mail, proof, call, password):
        if mail is None or not self.rules.proves(mail, self.now):
            with pytest.raises(ProofRejected):
                self.household.journeys.confirm_password_reset(call, proof, password)
            return
        self.household.journeys.confirm_password_reset(call, proof, password)
        person = mail.person
        person.password, person.password_set_at = password, self.now
        person.sessions.clear()
        self.rules.use_up(mail.purpose, mail.email)

    @precondition(lambda self: self.rules.people)
    @rule(data=st.data(), current=PASSWORDS, new=PASSWORDS, keeps_one=st.booleans())
    def change_password(self, data, current, new, keeps_one):
        person = data.draw(st.sampled_from(list(self.rules.people.values())))
        kept = max(person.sessions, default=None) if keeps_one else None
        change = partial(self.household.journeys.change_password, self.call(), person.id, current, new, kept)
        if not person.is_active or person.password != current:
            with pytest.raises(CredentialsRejected):
                change()
        elif new == current:
            with pytest.raises(PasswordRefused):
                change()
        else:
            change()
            person.password, person.password_set_at = new, self.now
            person.sessions = {key: opened for key, opened in person.sessions.items() if key == kept}

    # Addresses and invitations

    @precondition(lambda self: self.rules.people)
    @rule(data=st.data(), new_email=EMAILS)
    def start_email_change(self, data, new_email):
        person = data.draw(st.sampled_from(list(self.rules.people.values())))
        command = EmailChangeCommand(person.id, person.password, new_email)
        start = partial(self.household.journeys.start_email_change, self.call(), command)
        if not person.is_active:
            with pytest.raises(CredentialsRejected):
                start()
            return
        asked = start()
        if self.rules.people.get(new_email) in (None, person):
            self.post(Purpose.CHANGE_EMAIL, new_email, asked.notification_id, person=person)

    @rule(data=st.data())
    def confirm_email_change(self, data):
        mail = self._draw(data, Purpose.CHANGE_EMAIL)
        if mail is not None:
            self._confirm_email_change(mail)

    def _confirm_email_change(self, mail):
        confirm = partial(self.household.journeys.confirm_email_change, self.call(), LinkToken(mail.token))
        if not self.rules.proves(mail, self.now):
            with pytest.raises(ProofRejected):
                confirm()
            return
        confirm()
        self.rules.use_up(mail.purpose, mail.email)
        self.rules.move(mail.person, mail.email)

    @precondition(lambda self: self.rules.people)
    @rule(data=st.data(), email=EMAILS)
    def invite(self, data, email):
        person = data.draw(st.sampled_from(list(self.rules.people.values())))
        invite = partial(self.household.journeys.invite, self.call(), InviteCommand(person.id, email, "user"))
        if not person.is_active:
            with pytest.raises(UserSuspended):
                invite()
            return
        invited = invite()
        if email not in self.rules.people:
            self.post(Purpose.INVITATION, email, invited.notification_id, person=person)

    @rule(data=st.data(), password=PASSWORDS)
    def accept(self, data, password):
        mail = self._draw(data, Purpose.INVITATION)
        if mail is not None:
            self._accept(mail, password)

    def _accept(self, mail, password):
        accept = partial(self.household.journeys.accept_invitation, self.call(), AcceptCommand(mail.token, password))
        if not self.rules.proves(mail, self.now):
            with pytest.raises(ProofRejected):
                accept()
            return
        user = accept().user
        self.rules.use_up(mail.purpose, mail.email)
        self.rules.people[mail.email] = Person(user.id, mail.email, password)

    # What people mostly do

    @precondition(lambda self: self.rules.mails)
    @rule(password=PASSWORDS)
    def answer_the_newest_mail(self, password):
        good = [mail for mail in self.rules.mails if self.rules.proves(mail, self.now)]
        mail = (good or self.rules.mails)[-1]
        match mail.purpose:
            case Purpose.VERIFY_EMAIL:
                self._verify(mail, LinkToken(mail.token), self.call())
            case Purpose.SIGN_IN:
                self._sign_in(mail, mail.code)
            case Purpose.RESET_PASSWORD:
                self._answer_reset(mail, mail.code, password)
            case Purpose.CHANGE_EMAIL:
                self._confirm_email_change(mail)
            case Purpose.INVITATION:
                self._accept(mail, password)

    @rule(email=EMAILS, password=PASSWORDS, method=st.sampled_from(ResetMethod), forgot=st.booleans())
    def ask_for_a_mail_and_answer_it(self, email, password, method, forgot):
        before = len(self.rules.mails)
        if forgot:
            self.start_reset(email, method)
        else:
            self.request_code(email)
        if len(self.rules.mails) > before:
            self.answer_the_newest_mail(password)

    @precondition(lambda self: self.rules.people)
    @rule(data=st.data())
    def sign_in_properly(self, data):
        person = data.draw(st.sampled_from(list(self.rules.people.values())))
        self.sign_in_by_password(person.email, person.password)

    # Operators, and the end

    @precondition(lambda self: self.rules.people)
    @rule(data=st.data())
    def suspend_or_reinstate(self, data):
        person = data.draw(st.sampled_from(list(self.rules.people.values())))
        accounts = self.household.journeys.user_accounts
        if person.is_active:
            accounts.suspend(self.call(), person.id, "")
            person.sessions.clear()
        else:
            accounts.reinstate(self.call(), person.id)
        person.is_active = not person.is_active

    @precondition(lambda self: self.rules.people)
    @rule(data=st.data(), password=PASSWORDS)
    def delete(self, data, password):
        person = data.draw(st.sampled_from(list(self.rules.people.values())))
        if not person.is_active or person.password != password:
            with pytest.raises(CredentialsRejected):
                self.household.journeys.delete_account(self.call(), person.id, password)
            return
        self.household.journeys.delete_account(self.call(), person.id, password)
        self.rules.forget(person)

    @rule(minutes=st.sampled_from([1, 11, 61, 25 * 60]))
    def wait(self, minutes):
        self.household.clock.turn(minutes=minutes)
        self.now = self.household.clock.stand()

    # What always holds

    @invariant()
    def the_users_are_those_of_the_model(self):
        rows = [row for row in self.household.rows(users) if row["tenant_id"] == self.tenant]
        found = {row["email"]: (row["id"], row["state"] == "active") for row in rows}
        assert found == {email: (person.id, person.is_active) for email, person in self.rules.people.items()}

    @invariant()
    def the_living_sessions_are_those_of_the_model(self):
        for person in self.rules.people.values():
            page = self.household.journeys.sessions.page(
                self.tenant, person.id, with_ended=False, before=None, size=100
            )
            assert {session.id for session in page} == person.living_sessions(self.now)

    def _draw(self, data, purpose) -> Mail | None:
        mails = [mail for mail in self.rules.mails if mail.purpose is purpose]
        """One of that purpose; mostly one of the newest."""
        return data.draw(st.sampled_from(mails[-2:] * 3 + mails)) if mails else None


@pytest.mark.timeout(300)
def test_random_journeys_keep_to_the_rules(database_url: str, tmp_path: Path):
    with Household(database_url, tmp_path) as household:

        class OnThisDatabase(Journeys):
            pass

        OnThisDatabase.household = household
        run_state_machine_as_test(
            OnThisDatabase,
            settings=settings(
                max_examples=12,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
