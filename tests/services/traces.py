"""Somebody whose life in the service leaves traces, to be found or to be erased."""

import pytest

from identity_service.calls.call import Call
from identity_service.identity.errors import CredentialsRejected, ProofRejected
from identity_service.identity.users import UserProfile
from identity_service.ids import new_id
from tests.services.household import Household

ADA = "ada.lovelace@example.com"
NAMES = {"given_name": "Augusta", "family_name": "Byronic"}
IP = "203.0.113.77"
AGENT = "Analytical-Engine/1.0"
TRACES = ("ada.lovelace", "Augusta", "Byronic", IP, AGENT)


def leave_traces(household: Household) -> UserProfile:
    """Ada lives through the frequent journeys, each with a request id, from her device."""

    def call(rpc: str) -> Call:
        return household.call(request_id=new_id(), ip=IP, agent=AGENT, rpc=rpc)

    registered = household.register(ADA, call("RegisterUser"), **NAMES)
    household.journeys.resend_verification.to_user(call("Resend"), registered.user_id)
    link = household.letter(registered.notification_id).link
    user = household.journeys.verify_email(call("VerifyEmail"), link).user
    household.register(ADA, call("RegisterUser"), **NAMES)
    household.sign_in(ADA, call("VerifyOtp"))
    with pytest.raises(CredentialsRejected):
        household.journeys.sign_in(call("SignIn"), ADA, "wrong-quilt-ember-42")
    household.journeys.request_code(call("RequestOtp"), ADA)
    with pytest.raises(ProofRejected):
        household.journeys.verify_code(call("VerifyOtp"), ADA, "000000")
    return user
