"""From options to a client of boto3."""

from typing import TYPE_CHECKING, Any

from photomill.plugin import OpenContext
from photomill_s3.guard import AddressGuard
from photomill_s3.options import S3Options

if TYPE_CHECKING:
    from botocore.config import Config

_CONNECTIONS = 32


def make_client(options: S3Options, context: OpenContext) -> Any:
    """Make a client, which connects when it is first used.

    :raises ValueError: the endpoint is no address.
    """
    from boto3.session import Session

    session = Session(
        aws_access_key_id=options.access_key or None,
        aws_secret_access_key=options.secret_key or None,
        region_name=options.region or None,
    )
    client = session.client(
        "s3",
        endpoint_url=options.endpoint or None,
        region_name=session.region_name or "us-east-1",
        config=_config(options),
    )
    if options.guarded:
        AddressGuard(context.fetch.allow).watch(client)
    return client


def _config(options: S3Options) -> "Config":
    from botocore.config import Config

    addressing = options.addressing
    if addressing == "auto":
        addressing = "path" if options.endpoint else "virtual"
    return Config(
        signature_version="s3v4",
        connect_timeout=options.connect_timeout,
        read_timeout=options.read_timeout,
        retries={"mode": "standard", "total_max_attempts": options.attempts},
        max_pool_connections=_CONNECTIONS,
        request_checksum_calculation=options.checksums,
        response_checksum_validation=options.checksums,
        ignore_configured_endpoint_urls=True,
        # A proxy would be connected to, and resolve the name, in our place.
        proxies={} if options.guarded else None,
        s3={"addressing_style": addressing},
    )
