"""Hands the day's orders to bookkeeping."""

import csv
import io
from datetime import date

import settings


def export(day: date) -> str:
    orders = settings.session().resource("dynamodb").Table("orders")
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";")
    for order in orders.query(IndexName="by-day", KeyConditionExpression=settings.day_is(day))["Items"]:
        writer.writerow([order["id"], order["total"], order["store"]])
    name = f"orders-{day.isoformat()}.csv"
    settings.session().client("s3").put_object(Bucket=settings.BUCKET, Key=name, Body=buffer.getvalue())
    return name
