# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Ansible side of every module: what it was given, and what it lets out. The only AnsibleModule there is."""

from __future__ import annotations

import contextlib
import sys
import typing as t

from ansible.module_utils.basic import AnsibleModule

from .echo import Paths, Spec, echo, scrubbed
from .errors import FleetError
from .misfit import misfit
from .xml.types import HIDDEN

if t.TYPE_CHECKING:
    from .resources.base import Kind


class FleetModule(AnsibleModule):
    """An AnsibleModule that writes nothing to the system's log, and shows nothing that may be secret.

    :arg secret: the paths of options that are shown to nobody, beside those that are ``no_log``. That would not do for
        them: it masks every word of a cloud-init document everywhere.
    :arg elements: by option the kind that the elements of the list are of, and are checked as later.
    :arg large: nobody reads a thousand guests' options again, but with ``-vvv``.
    :arg rules: AnsibleModule's, between options.
    """

    def __init__(
        self,
        spec: Spec,
        secret: Paths = frozenset(),
        elements: t.Optional[t.Mapping[str, Kind]] = None,
        large: bool = False,
        **rules: t.Any,
    ) -> None:
        self._secret, self._elements, self._large = secret, elements or {}, large
        self._given: t.Optional[t.Mapping[str, t.Any]] = {}  # as long as it is not known whether the options fit
        try:
            super().__init__(dict(spec), supports_check_mode=True, **rules)
        except TypeError as exc:  # Ansible looks for options in a number
            self.fail_json(str(exc))
        wrong = misfit(self.argument_spec, self._given)
        if wrong is not None:  # Ansible has made something else of it
            self.fail_json(str(wrong))
        self._given = None

    def _load_params(self) -> None:
        super()._load_params()
        # An option without a value says nothing: Ansible would not know how to make a list of it.
        self.params: t.Dict[str, t.Any] = {name: one for name, one in self.params.items() if one is not None}
        self._given = dict(self.params)  # Ansible makes options of texts, and reports them under unknown names

    def log(self, msg: t.Any, log_args: t.Any = None) -> None:
        """Nothing is logged: Ansible would write all arguments to the log of the system, secrets too.

        Its own ``no_log`` for modules does not help, since each task sets it anew.
        """

    def _log_invocation(self) -> None:
        """It would look through all arguments for what to log."""

    def hide(self, values: t.Iterable[str]) -> None:
        """Mask secrets in whatever is returned."""
        self.no_log_values.update(values)

    @contextlib.contextmanager
    def failing_plainly(self) -> t.Iterator[None]:
        """Turns our errors into one message without a traceback; bugs keep theirs."""
        try:
            yield
        except FleetError as exc:
            self.fail_json(str(exc))

    def program(self, argv: t.Sequence[str]) -> t.Tuple[int, str]:
        """Run a program of the host: its exit status, and its output, or what it says of why it failed."""
        status, output, errors = self.run_command(list(argv))
        return status, output if status == 0 else errors or output

    def exit_json(self, **result: t.Any) -> None:
        echoed = {} if self._large and self._verbosity < 3 else self._echo(self.params)
        self.no_log_values.discard(HIDDEN)  # declared, it is no secret, but the placeholder of one
        super().exit_json(**dict(result, invocation={"module_args": echoed}))

    def fail_json(self, msg: str, **result: t.Any) -> None:
        given = self.params if self._given is None else self._given
        wrong = None if self._given is None else misfit(self.argument_spec, given)
        spec, secret = self._known()
        message = scrubbed(str(wrong or msg), spec, given, secret)
        error = sys.exc_info()[1]
        if isinstance(error, FleetError):  # Ansible may be configured to show it as well, with all that led to it
            error.what, error.where, error.remedy, error.also = message.rstrip("."), None, None, ()
            error.__cause__, error.__suppress_context__ = None, True
        self.no_log_values.discard(HIDDEN)
        super().fail_json(message, **dict(result, invocation={"module_args": self._echo(given)}))

    def _echo(self, params: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
        spec, secret = self._known()
        return echo(spec, params, secret)

    def _known(self) -> t.Tuple[Spec, Paths]:
        """The whole argument spec, and the paths of what is secret in it."""
        spec, secret = dict(self.argument_spec), set(self._secret)
        for option, kind in self._elements.items():
            if option in spec:
                spec[option] = dict(spec[option], options=kind.argument_spec())
                secret.update(f"{option}.{path}" for path in kind.secret_options())
        return spec, secret
