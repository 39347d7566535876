"""Every error detcov raises on purpose: one base, one class a cause, a message to act on."""


class DetcovError(Exception):
    """Base of all. `exit_code` is what the command ends with (README, "Exit codes")."""

    exit_code = 4


class UsageError(DetcovError):
    """The command line or the configuration asks for something that isn't there."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration file is wrong; the message names the key and the nearest right one."""


class InputError(DetcovError):
    """An input can't be read."""

    exit_code = 3


class SourceError(InputError):
    """A rule source is missing or unreadable, or holds no rule."""


class HistoryError(InputError):
    """A git repository or one of its revisions can't be read, or isn't there."""


class BundleError(InputError):
    """A file isn't an ATT&CK STIX bundle, or a broken one."""


class UnknownReleaseError(UsageError):
    """No ATT&CK release of that name is at hand."""


class LayerError(InputError):
    """A file isn't a Navigator layer at all."""


class DownloadError(DetcovError):
    """A release couldn't be fetched, or what came isn't what was promised."""


class OutputError(DetcovError):
    """An output can't be written."""
