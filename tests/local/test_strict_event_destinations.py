"""What SES tells a topic of."""

import json
from typing import Any
from uuid import uuid4

from infra.local.strict.mail import GREETING
from tests.local.account import Account


def test_a_topic_is_greeted_once_before_it_is_told_of_mail(account: Account) -> None:
    sns, sqs, ses, name = *map(account.client, ("sns", "sqs", "sesv2")), f"set-{uuid4()}"
    topic, queue = sns.create_topic(Name=name)["TopicArn"], sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    ses.create_configuration_set(ConfigurationSetName=name)
    tells: dict[str, Any] = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": topic}}
    place = {"ConfigurationSetName": name, "EventDestinationName": "feedback", "EventDestination": tells}
    ses.create_configuration_set_event_destination(**place)
    ses.update_configuration_set_event_destination(**place)
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)["Messages"]
    assert [json.loads(each["Body"])["Message"] for each in found] == [GREETING]
