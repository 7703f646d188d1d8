"""A function for AWS Lambda."""


def handle(event: dict, context: object) -> dict:
    return {"greeting": f"Hello, {event['name']}"}
