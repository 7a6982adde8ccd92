"""The keys at the edge: written with a signature for every region, by what several write at once."""

import os
from secrets import token_hex
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from infra.failover import sigv4a
from infra.failover.store import Changed, Store, StoreError


def test_a_key_is_derived_as_aws_says() -> None:
    """AWS's own example, of its library aws-c-auth."""
    derived = sigv4a.private_key("AKISORANDOMAASORANDOM", "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom")
    assert derived == 0x7FD3BD010C0D9C292141C2B77BFBDE1042C92E6836FFF749D1269EC890FCA1BD


@pytest.mark.parametrize("number", range(20))
def test_a_signature_is_one_of_the_key_and_the_message_alone(number: int) -> None:
    key, message = sigv4a.private_key(f"AKID{number}", "secret"), f"message {number}".encode()
    signature = bytes.fromhex(sigv4a.sign(key, message))
    public = derive_private_key(key, SECP256R1()).public_key()
    public.verify(signature, message, ECDSA(SHA256()))
    assert sigv4a.sign(key, message) == signature.hex()
    with pytest.raises(InvalidSignature):
        public.verify(signature, message + b"!", ECDSA(SHA256()))


def arn() -> str:
    make: Any = boto3.client
    cloudfront = make("cloudfront", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
    return str(cloudfront.create_key_value_store(Name=f"t{token_hex(6)}")["KeyValueStore"]["ARN"])


@pytest.fixture
def store() -> Store:
    return Store(arn(), Credentials("local", "local"), os.environ["AWS_ENDPOINT_URL"])


def test_an_empty_store_means_home_and_writes(store: Store) -> None:
    assert store.read() == {"region": "home", "writes": "on"}


def test_keys_are_written_and_read(store: Store) -> None:
    store.write(region="second", writes="off")
    assert store.read() == {"region": "second", "writes": "off"}
    store.write(writes="on")
    assert store.read() == {"region": "second", "writes": "on"}


def test_who_writes_meanwhile_is_not_overwritten_unseen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store._etag()
    store.write(region="second")
    monkeypatch.setattr(store, "_etag", iter([first, store._etag()]).__next__)
    store.write(writes="off")
    assert store.read() == {"region": "second", "writes": "off"}
    monkeypatch.setattr(store, "_etag", lambda: first)
    with pytest.raises(Changed):
        store.write(writes="on")


def test_a_store_that_is_not_there_is_named() -> None:
    gone = Store(f"{arn()}x", Credentials("local", "local"), os.environ["AWS_ENDPOINT_URL"])
    with pytest.raises(StoreError, match="answers 404"):
        gone.read()


def test_on_aws_it_is_asked_where_no_region_is() -> None:
    found = Store("arn:aws:cloudfront::123456789012:key-value-store/x", Credentials("a", "b"))
    assert found._url.startswith("https://123456789012.cloudfront-kvs.global.api.aws/key-value-stores/arn%3Aaws")
