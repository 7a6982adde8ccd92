"""The sender's identity belongs to the account: made once, whoever asks, and what SES says of it is told."""

import os
from secrets import token_hex
from typing import Any

import boto3
import pytest

from infra.mail import Sender, find_sender, make_sender


def ses() -> Any:
    make: Any = boto3.client
    return make("sesv2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="eu-west-3")


def test_it_is_made_once_whoever_asks() -> None:
    address = f"{token_hex(6)}@example.com"
    first = make_sender(ses(), address)
    assert ses().get_email_identity(EmailIdentity=address)["IdentityType"] == "EMAIL_ADDRESS"
    assert make_sender(ses(), address) == first


class Race:
    """SES where another deployment makes the identity between the question and the answer."""

    def __init__(self) -> None:
        self.real = ses()
        self.exceptions = self.real.exceptions

    def get_email_identity(self, **which: str) -> Any:
        raise self.exceptions.NotFoundException({"Error": {"Code": "NotFoundException"}}, "GetEmailIdentity")

    def create_email_identity(self, **which: str) -> None:
        error = {"Error": {"Code": "AlreadyExistsException"}}
        raise self.exceptions.AlreadyExistsException(error, "CreateEmailIdentity")

    def get_account(self) -> Any:
        return {"ProductionAccessEnabled": False}


def test_one_that_exists_is_no_failure() -> None:
    race: Any = Race()
    unknown = Sender("a@example.com", "a@example.com", is_verified=False, is_in_sandbox=True)
    assert make_sender(race, "a@example.com") == unknown


@pytest.mark.parametrize("subdomain", ["", "mail."])
def test_a_verified_domain_is_good_for_its_addresses(subdomain: str) -> None:
    domain = f"{token_hex(6)}.example"
    address = f"no-reply@{subdomain}{domain}"
    assert not find_sender(ses(), address).is_verified
    ses().create_email_identity(EmailIdentity=domain)
    found = make_sender(ses(), address)
    assert (found.identity, found.is_verified) == (domain, True)
    with pytest.raises(ses().exceptions.NotFoundException):
        ses().get_email_identity(EmailIdentity=address)


def test_what_keeps_mail_from_being_sent_is_told() -> None:
    unverified, sandbox = Sender("a@example.com", "a@example.com", is_verified=False, is_in_sandbox=True).warnings()
    assert "sends nothing from a@example.com until its owner opens the link" in unverified
    assert "sandbox" in sandbox
    assert Sender("a@example.com", "example.com", is_verified=True, is_in_sandbox=False).warnings() == []
