"""``photomill``: the program, and where its commands are."""

import click

from photomill import __version__
from photomill_cli.commands import Program
from photomill_cli.options import common_options

COMMANDS = {
    "quickstart": ("photomill_cli.quickstart", "Start a server to try, with images in it."),
    "serve": ("photomill_cli.serve", "Serve the HTTP APIs."),
    "import": ("photomill_cli.importing", "Import images into a collection."),
    "search": ("photomill_cli.search", "Find the images most like another, or a text."),
    "duplicates": ("photomill_cli.duplicates", "Find images that a collection holds twice."),
    "people": ("photomill_cli.people", "Find, name and forget the people on images."),
    "dropped": ("photomill_cli.dropped", "List, restore and empty what was dropped."),
    "edit": ("photomill_cli.edit", "Edit images."),
    "url": ("photomill_cli.url", "Sign the address of an edited image."),
    "group": ("photomill_cli.group", "Split images into groups by similarity."),
    "jobs": ("photomill_cli.jobs", "List, show and control jobs, and work on them."),
    "models": (
        "photomill_cli.models",
        "Weights that do not come with the installation: list, add, remove.",
    ),
    "storages": ("photomill_cli.storages", "Register, list and change storages."),
    "collections": ("photomill_cli.collections", "Create, list and delete collections."),
    "owners": ("photomill_cli.owners", "Create and list owners of groups of photos."),
    "groups": ("photomill_cli.albums", "List, show, import and delete groups of photos."),
    "keys": ("photomill_cli.keys", "Create, list and revoke API keys."),
    "catalog": ("photomill_cli.catalog", "Check the catalog, or take another one."),
    "plugins": ("photomill_cli.plugins", "Show the parts that are installed and selected."),
    "config": ("photomill_cli.config", "Check and show the configuration."),
    "completion": ("photomill_cli.completion", "Print a shell's completion script."),
}

main = Program(
    name="photomill",
    modules=COMMANDS,
    params=common_options(),
    help="""Search, edit and group photographs.

    \b
    Exit codes:
      0    done
      1    some of the items failed
      2    wrong usage or configuration
      3    no such collection, record, key, job, storage or file
      4    an image cannot be read
      5    it cannot be done as things are: a part that is needed does not
           work, a name is taken, a job has ended
      130  interrupted
    """,
    context_settings={"help_option_names": ["-h", "--help"]},
)
click.version_option(__version__, prog_name="photomill", help="Show the version and exit.")(main)
