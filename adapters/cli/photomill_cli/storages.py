"""``photomill storages``: list, show, create, update, delete."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import click
from click.core import ParameterSource

from photomill import STORAGE_TYPES, Engine, InvalidInput, NotFound, StorageInfo
from photomill_cli.asking import secret
from photomill_cli.commands import Group
from photomill_cli.options import Invocation, json_option, pass_invocation
from photomill_cli.output import moment, print_details, print_json, print_table

SECRET_VARIABLE = "AWS_SECRET_ACCESS_KEY"

_RECIPIENT = ("bucket", "endpoint", "region")
"""What decides who receives requests that are signed with the secret."""

_WITH_SECRET = ("s3", "gcs")

_OPTIONS = {
    "parameters.path": "--path",
    "parameters.base_url": "--base-url",
    "parameters.bucket": "--bucket",
    "parameters.endpoint": "--endpoint",
    "parameters.region": "--region",
    "parameters.credentials.access_key": "--access-key",
    "parameters.credentials.secret_access_key": f"${SECRET_VARIABLE}",
}

_PARAMETERS = [
    click.option("--path", help="local: the folder; s3, gcs: a folder put before every key."),
    click.option("--base-url", help="web_folder: what addresses begin with."),
    click.option("--bucket", help="s3, gcs: the bucket."),
    click.option("--endpoint", help="s3: the service's address, where it is not Amazon's."),
    click.option("--region", help="s3: the region."),
    click.option(
        "--access-key",
        envvar="AWS_ACCESS_KEY_ID",
        help=f"s3, gcs: the access key; else $AWS_ACCESS_KEY_ID. The secret comes from ${SECRET_VARIABLE} or a prompt.",
    ),
]


def _parameters(function: Any) -> Any:
    for option in reversed(_PARAMETERS):
        function = option(function)
    return function


@click.group("storages", cls=Group)
def command() -> None:
    """Register storages, list and change them; those of plugins.toml are not among them."""


@command.command("create", options={**_OPTIONS, "name": "NAME"})
@click.argument("name")
@click.option(
    "--type", "kind", type=click.Choice([*STORAGE_TYPES]), required=True, help="What it leads to."
)
@click.option(
    "--owner", default="", help="Whose it is: the --owner of API keys; else every key may use it."
)
@_parameters
@json_option
@pass_invocation
def create(
    invocation: Invocation, /, name: str, kind: str, owner: str, as_json: bool, **given: Any
) -> None:
    """Register a storage, to be used as storage://NAME/…; --quiet prints its id.

    A folder of this machine is made where there is none.
    """
    parameters = _given(given, kind)
    if kind == "local":
        _set_folder(parameters)
    with invocation.engine() as engine:
        # Nobody types a secret for what is refused then, and no folder is made for it.
        likely = _with_secret(parameters, "any") if kind in _WITH_SECRET else parameters
        engine.storages.operator.check(name, kind, likely, owner=owner)
        if kind in _WITH_SECRET:
            parameters = _with_secret(parameters, _secret())
        elif kind == "local":
            _make_folder(Path(parameters["path"]))
        made = engine.storages.operator.create(name, kind, parameters, owner=owner)
    _say(invocation, made, as_json, "created")


@command.command("list")
@json_option
@pass_invocation
def list_all(invocation: Invocation, as_json: bool) -> None:
    """List the registered storages; --quiet prints their names."""
    with invocation.engine() as engine:
        found = engine.storages.operator.list_all()
    if as_json:
        print_json([_shown(each) for each in found])
    elif invocation.quiet:
        for each in found:
            click.echo(each.name)
    else:
        columns = ("Id", "Name", "Type", "Owner", "Place")
        print_table(columns, [_row(each) for each in found])


@command.command("show")
@click.argument("storage")
@json_option
@pass_invocation
def show(invocation: Invocation, storage: str, as_json: bool) -> None:
    """Show a storage by its name or id; its secret is never shown."""
    with invocation.engine() as engine:
        found = _choose(engine, storage)
    if as_json:
        print_json(_shown(found))
        return
    details: list[tuple[str, object]] = [("Id", found.id), ("Name", found.name)]
    details += [("Type", found.type), ("Owner", found.owner or _nobody(found))]
    details.append(("Created", moment(found.created)))
    for name, value in found.parameters.items():
        shown = value if isinstance(value, str) else ", ".join(f"{k}={v}" for k, v in value.items())
        details.append((name, shown))
    print_details(details)


@command.command("update", options=_OPTIONS)
@click.argument("storage")
@click.option("--name", help="Its new name.")
@click.option("--owner", help="Whose it is from now on; '' for the operator's.")
@_parameters
@click.option("--new-secret", is_flag=True, help="Give its secret anew.")
@json_option
@pass_invocation
def update(
    invocation: Invocation,
    /,
    storage: str,
    name: str | None,
    owner: str | None,
    new_secret: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Change what is given of a storage, and keep the rest.

    Another bucket, endpoint or region asks for the secret again.
    """
    with invocation.engine() as engine:
        found = _choose(engine, storage)
        asks = new_secret or any(given[each] is not None for each in _RECIPIENT)
        parameters = _given(given, found.type)
        if new_secret and found.type not in _WITH_SECRET:
            raise _of_use_with(_WITH_SECRET, found.type, "--new-secret")
        storages = engine.storages.operator
        if asks and found.type in _WITH_SECRET:
            # Nobody types a secret for what is refused then.
            likely = _with_secret(parameters, "any")
            storages.check_update(found.id, name=name, parameters=likely, owner=owner)
            parameters = _with_secret(parameters, _secret())
        changed = storages.update(found.id, name=name, parameters=parameters or None, owner=owner)
    _say(invocation, changed, as_json, "changed")


@command.command("delete")
@click.argument("storage")
@pass_invocation
def delete(invocation: Invocation, storage: str) -> None:
    """Forget a storage; what it holds stays."""
    with invocation.engine() as engine:
        found = _choose(engine, storage)
        engine.storages.operator.delete(found.id)
    click.echo(found.id if invocation.quiet else f"forgot the storage {found.name!r}")


def _given(options: dict[str, Any], kind: str) -> dict[str, Any]:
    """Parameters as the engine takes them, without a secret.

    :param kind: the storage's type.
    :raises InvalidInput: a type has no such parameter.
    """
    parameters = {key: value for key, value in options.items() if value is not None}
    access_key = parameters.pop("access_key", None)
    context = click.get_current_context()
    if access_key is not None and (
        kind in _WITH_SECRET
        or context.get_parameter_source("access_key") is not ParameterSource.ENVIRONMENT
    ):
        parameters["credentials"] = {"access_key": access_key}
    for name in parameters:
        using = [
            each for each, known in STORAGE_TYPES.items() if hasattr(attrs.fields(known), name)
        ]
        if kind not in using:
            option = "--access-key" if name == "credentials" else f"--{name.replace('_', '-')}"
            raise _of_use_with(using, kind, option)
    return parameters


def _of_use_with(kinds: Sequence[str], kind: str, option: str) -> InvalidInput:
    return InvalidInput(
        f"is of use with storages of type {' or '.join(kinds)}, not {kind}", path=option
    )


def _with_secret(parameters: dict[str, Any], given: str) -> dict[str, Any]:
    credentials = {**parameters.get("credentials", {}), "secret_access_key": given}
    return {**parameters, "credentials": credentials}


def _set_folder(parameters: dict[str, Any]) -> None:
    if "path" not in parameters:
        raise InvalidInput("say which folder", path="--path")
    parameters["path"] = str(Path(parameters["path"]).absolute())


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"{folder}: {error.strerror or error}", path="--path") from None


def _secret() -> str:
    given = os.environ.get(SECRET_VARIABLE)
    if given is not None:
        return given
    return secret("Secret access key", f"${SECRET_VARIABLE}")


def _choose(engine: Engine, reference: str) -> StorageInfo:
    found = engine.storages.operator.list_all()
    chosen = [each for each in found if each.name == reference] or [
        each for each in found if str(each.id) == reference
    ]
    if len(chosen) > 1:
        ids = ", ".join(f"{each.id} ({each.owner or 'operator'})" for each in chosen)
        raise InvalidInput(f"several storages are called {reference!r}; name one by its id: {ids}")
    if chosen:
        return chosen[0]
    if reference in engine.settings.storages:
        raise InvalidInput(f"{reference!r} is a storage of plugins.toml: change it there")
    raise NotFound(f"no storage {reference!r}; `photomill storages list` shows all")


def _say(invocation: Invocation, info: StorageInfo, as_json: bool, done: str) -> None:
    if as_json:
        print_json(_shown(info))
    elif invocation.quiet:
        click.echo(info.id)
    else:
        click.echo(f"{done} the storage {info.name!r}: storage://{info.name}/")


def _row(info: StorageInfo) -> tuple[object, ...]:
    parameters = info.parameters
    place = parameters.get("base_url") or "/".join(
        str(parameters[key]) for key in ("bucket", "path") if parameters.get(key)
    )
    return (info.id, info.name, info.type, info.owner or _nobody(info), place)


def _nobody(info: StorageInfo) -> str:
    """What stands for the owner of a storage that has none."""
    return "(all)" if info.shared else "(operator)"


def _shown(info: StorageInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "name": info.name,
        "type": info.type,
        "owner": info.owner,
        "parameters": info.parameters,
        "created": info.created,
    }
