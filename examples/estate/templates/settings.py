import os

import boto3
from boto3.dynamodb.conditions import Key

BUCKET = os.environ.get("EXPORT_BUCKET", "brightwater-order-exports")
REGION = "eu-north-1"

{{if live-key-in-code}}
# FIXME the vault agent is not on this host yet
AWS_ACCESS_KEY_ID = "{{mint key-id order-export}}"
AWS_SECRET_ACCESS_KEY = "{{mint secret order-export}}"
{{else}}
AWS_ACCESS_KEY_ID = os.environ["AWS_ACCESS_KEY_ID"]
AWS_SECRET_ACCESS_KEY = os.environ["AWS_SECRET_ACCESS_KEY"]
{{end}}


def session() -> boto3.Session:
    return boto3.Session(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, region_name=REGION)


def day_is(day):
    return Key("day").eq(day.isoformat())
