# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that run from code that the host keeps.

For each task of each run Ansible packs what a module imports, its own part and ours, some 300 files, and the host
compiles them: more than half a second before anything is looked at. Here the host keeps them, compiled. What is sent
is the launcher, ``modules/kvm_fleet_kept_code.py``, with the task's options in it: it finds the code by its digest and
runs the module from there. Where there is none it says so, and is sent an archive (``archive.py``). A module is run
this way by an action plugin that is a ``KeptCodeAction`` (``action.py``); the module itself knows nothing of it.

Nothing depends on it: whatever is not as expected, the module goes the ordinary way, and ``-v`` says why.

These are the parts of ansible-core that are private, or of which nothing is promised, and that this uses. They are used
nowhere else for this purpose. "Since" is the first ansible-core that has them like that, of 2.16 and newer.

================================  =============================================================================  =====
what                              why                                                                            since
================================  =============================================================================  =====
``ActionBase._execute_module``    sends the launcher and runs it, as any action plugin runs a module             2.16
``ActionBase._make_tmp_path``     makes the folder on the host that the archive is put in                        2.16
``ActionBase._transfer_data``     sends the archive; documented for text, and takes bytes                        2.16
``ActionBase._fixup_perms2``      lets the user that is become read the archive                                  2.16
``_connection._shell``            ``tmpdir`` and ``join_path``: where that folder is                             2.16
``_task.async_val``               whether the task runs in the background                                        2.16
``module_loader.add_directory``   makes the launcher known, as Ansible does with a role's modules                2.16
``<<INCLUDE_ANSIBLE_MODULE_…>>``  puts options into the launcher, as JSON in the ``legacy`` encoding             2.16
``module_stdout``, ``_stderr``    what a result that Ansible cannot read has in it                               2.16
``ansible.module_utils``          is a folder of Python files, in which is all that a module imports of Ansible  2.16
``basic._ANSIBLE_ARGS``           where a module finds its options, as bytes of JSON                             2.16
``basic._ANSIBLE_PROFILE``        how they are encoded; older ones do not look                                   2.19
``basic._load_params``            shows whether they are looked for there                                        2.16
================================  =============================================================================  =====

``make test-ansible`` runs all of this with every supported ansible-core (README.md has what came of it).
"""
