# Copyright (c) 2026 the kvm.fleet maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel of a KVM host, on a made-up machine: what is written for the next boot, done at once, or told to wait."""

from __future__ import annotations

import os
import pathlib
import shutil
import typing as t

import pytest

from ansible_collections.kvm.fleet.plugins.module_utils.errors import FleetError, InvalidOption
from ansible_collections.kvm.fleet.plugins.module_utils.host.kernel.files import KernelFiles
from ansible_collections.kvm.fleet.plugins.module_utils.host.kernel.setup import SPEC, plan_kernel
from ansible_collections.kvm.fleet.plugins.module_utils.paths import HEADER
from ansible_collections.kvm.fleet.plugins.modules.host_kernel import MODULE

MACHINES = pathlib.Path(__file__).parent / "fixtures"
PARAMETERS = {
    "kvm_amd": "nested:Nested (int)\navic:bool\n",
    "kvm_intel": "nested:bool\n",
    "kvm": "ignore_msrs:bool\nhalt_poll_ns:uint\n",
    "zram": "",
}
KVM_AMD = "sys/module/kvm_amd"
PAGES, LARGE = (f"sys/kernel/mm/hugepages/hugepages-{size}kB" for size in (2048, 1048576))
NODES = "sys/devices/system/node"
GRUB = "etc/default/grub.d/zz-kvm-fleet-host.cfg"


class Made(KernelFiles):
    """An AMD machine below a folder. ``modprobe`` works on it as on a real one; ``ran`` has what changed something."""

    def __init__(self, root: pathlib.Path) -> None:
        super().__init__(self.program, str(root))
        object.__setattr__(self, "folder", root)
        object.__setattr__(self, "ran", [])
        object.__setattr__(self, "fails", "")
        self.put("proc/cpuinfo", "vendor_id\t: AuthenticAMD\nflags\t\t: fpu svm\n")
        self.put("proc/cmdline", "root=/dev/vda1 quiet\n")
        self.put(f"{KVM_AMD}/parameters/nested", "0\n").chmod(0o444)
        self.put(f"{KVM_AMD}/parameters/avic", "N\n").chmod(0o444)
        self.put(f"{KVM_AMD}/refcnt", "0\n")
        self.put("sys/module/kvm/parameters/ignore_msrs", "N\n").chmod(0o644)
        for path in (PAGES, LARGE, *(f"{NODES}/node{n}/hugepages/hugepages-2048kB" for n in (0, 1))):
            self.put(f"{path}/nr_hugepages", "0\n")
            self.put(f"{path}/free_hugepages", "0\n")
        for name, number in (("run", 0), ("pages_to_scan", 100), ("sleep_millisecs", 20)):
            self.put(f"sys/kernel/mm/ksm/{name}", f"{number}\n")
        self.put("usr/sbin/update-grub", "")

    def put(self, path: str, text: str) -> pathlib.Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(text)
        return target

    def set_control(self, path: str, value: t.Any) -> None:
        """Pages that are reserved are free; those in use stay so."""
        control = path.lstrip("/")
        free = control.replace("/nr_", "/free_")
        used = int(self.read(control) or 0) - int(self.read(free) or 0) if "/nr_" in control else 0
        super().set_control(path, value)
        if "/nr_" in control:
            self.put(free, f"{value - used}\n")

    def says(self, path: str) -> str | None:
        """What a file of ours says below its header."""
        text = self.read(path)
        assert text is None or text.startswith(HEADER)
        return text and text[len(HEADER) :]

    def program(self, command: t.Sequence[str]) -> tuple[int, str]:
        if command[0] == "modinfo":
            known = command[-1] in PARAMETERS or command[-1] == "loop"
            what = "(builtin)" if command[-1] == "loop" else "/lib/modules/x.ko"
            return int(not known), PARAMETERS.get(command[-1], "") if command[1] == "-F" else what
        self.ran.append(" ".join(command))
        if command[0] == self.fails:
            return 1, "it is busy"
        if command[0] == "modprobe" and command[1] != "-r":
            (self.folder / "sys/module" / command[1]).mkdir(parents=True, exist_ok=True)
            for file in sorted((self.folder / "etc/modprobe.d").glob("*")):
                for line in file.read_text().splitlines():
                    for word in line.split()[2:] if line.startswith(f"options {command[1]} ") else ():
                        name, value = word.split("=")
                        self.put(f"sys/module/{command[1]}/parameters/{name}", value + "\n")
        return 0, ""

    def all(self) -> dict[str, str]:
        return {str(path): path.read_text() for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def made(tmp_path: pathlib.Path) -> Made:
    return Made(tmp_path)


def options(**wanted: t.Any) -> dict[str, t.Any]:
    """The module's parameters: what is not given is not managed."""
    return {**dict.fromkeys(SPEC), **wanted}


def set_up(made: Made, wanted: dict[str, t.Any], check: bool = False) -> dict[str, t.Any]:
    return MODULE.run(made, wanted, check)


def changes(result: dict[str, t.Any]) -> list[tuple[t.Any, ...]]:
    """Option, before, after of everything that was done, in order."""
    return [tuple(field.values()) for action in result["actions"] for field in action["fields"]]


def settle(made: Made, **wanted: t.Any) -> dict[str, t.Any]:
    """Check, real run, second run: check mode touches nothing and predicts the changes, and once is enough."""
    before, ran = made.all(), list(made.ran)
    predicted = set_up(made, options(**wanted), check=True)
    assert (made.all(), made.ran) == (before, ran)
    real = set_up(made, options(**wanted))
    assert (real["actions"], real["diff"]) == (predicted["actions"], predicted["diff"])
    again = set_up(made, options(**wanted))
    assert (again["actions"], again["reboot_reasons"]) == ([], real["reboot_reasons"])
    return real


def pages(size: str, count: int, node: int | None = None) -> dict[str, t.Any]:
    return {"size": size, "count": count, "node": node}


def test_nothing_declared_changes_nothing(made):
    before = made.all()
    assert settle(made) == {
        "changed": False,
        "actions": [],
        "diff": {"prepared": ""},
        "reboot_required": False,
        "reboot_reasons": [],
    }
    assert made.all() == before


def test_nested_is_switched_on_at_once_while_no_guest_runs(made):
    outcome = settle(made, nested=True)
    assert made.says("etc/modprobe.d/kvm-fleet-nested.conf") == "options kvm_amd nested=1\n"
    assert made.read(f"{KVM_AMD}/parameters/nested") == "1\n"
    assert made.ran == ["modprobe -r kvm_amd", "modprobe kvm_amd"]
    assert outcome["reboot_reasons"] == []


def test_temporary_files_of_a_killed_run_are_removed(made, monkeypatch):
    def killed(_new: str, _file: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(os, "replace", killed)
        set_up(made, options(nested=True))
    settle(made, nested=True)
    assert [path for path in made.all() if "modprobe.d" in path] == [made.path("etc/modprobe.d/kvm-fleet-nested.conf")]


def test_nested_waits_for_a_reboot_while_a_guest_runs(made):
    made.put(f"{KVM_AMD}/refcnt", "2\n")
    outcome = settle(made, nested=True)
    assert made.says("etc/modprobe.d/kvm-fleet-nested.conf") == "options kvm_amd nested=1\n"
    assert outcome["reboot_reasons"] == ["kvm_amd has nested=0 and shall have 1: guests are running"]
    assert made.ran == []


def test_a_guest_that_starts_in_between_is_not_stopped(made):
    object.__setattr__(made, "fails", "modprobe")
    outcome = set_up(made, options(nested=True))
    assert [option for option, _before, _after in changes(outcome)] == [
        "nested"
    ]  # the file; the module stays as it was
    assert outcome["reboot_reasons"] == [
        "kvm_amd: the running kernel stays at {'nested': '0'}, and {'nested': '1'} is declared"
    ]


@pytest.mark.parametrize(
    ("machine", "module", "arguments"),
    [
        ("intel_nested", "kvm_intel", ["intel_iommu=on", "iommu=pt"]),
        ("intel_virtual_machine", "kvm_intel", ["intel_iommu=on", "iommu=pt"]),
        ("intel_module_not_loaded", "kvm_intel", ["intel_iommu=on", "iommu=pt"]),
        ("amd_bare_metal", "kvm_amd", ["iommu=pt"]),
    ],
)
def test_recorded_machines_get_the_settings_of_their_cpu_vendor(made, machine, module, arguments):
    shutil.rmtree(made.folder / "sys/module/kvm_amd")
    for folder in ("proc", "sys"):
        shutil.copytree(MACHINES / machine / folder, made.folder / folder, dirs_exist_ok=True)
    plan = plan_kernel(made, options(nested=True, iommu="passthrough"))
    assert {action.change.option: action.change.after for action in plan.actions if action.kind == "file"} == {
        "kernel_arguments": arguments,
        "nested": [f"options {module} nested=1"],
    }


def test_nested_without_the_cpus_extension_is_refused(made):
    made.put("proc/cpuinfo", "flags : fpu\n")
    with pytest.raises(InvalidOption, match="nested: this machine's CPU shows neither vmx nor svm"):
        settle(made, nested=True)
    assert settle(made, nested=False)["actions"] == []


def test_parameters_are_written_to_the_running_kernel_where_it_takes_them(made):
    settle(made, module_options={"kvm": {"ignore_msrs": True}, "kvm_amd": {"avic": True}})
    assert made.says("etc/modprobe.d/kvm-fleet-options.conf") == "options kvm ignore_msrs=1\noptions kvm_amd avic=1\n"
    assert made.read("sys/module/kvm/parameters/ignore_msrs") == "1"
    assert made.read(f"{KVM_AMD}/parameters/avic") == "1\n"


def test_parameters_of_other_modules_need_a_reboot(made):
    made.put("sys/module/kvm/parameters/halt_poll_ns", "1\n").chmod(0o444)
    made.put("sys/module/kvm/refcnt", "1\n")
    outcome = settle(made, module_options={"kvm": {"halt_poll_ns": 0}})
    assert outcome["reboot_reasons"] == [
        "kvm has halt_poll_ns=1 and shall have 0: this module is not loaded anew while the machine runs"
    ]


def test_parameters_of_a_built_in_module_are_for_the_command_line(made):
    (made.folder / KVM_AMD / "refcnt").unlink()
    outcome = settle(made, nested=True)
    assert (
        "built into the kernel, which takes kvm_amd.nested=1 on its command line only" in outcome["reboot_reasons"][0]
    )


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"module_options": {"kvm_amd": {"nestd": 1}}},
            "the module kvm_amd has no parameter nestd. The nearest is nested.",
        ),
        ({"module_options": {"kvm_adm": {"nested": 1}}}, "this kernel has no module kvm_adm."),
        ({"module_options": {"kvm": {"halt_poll_ns": "1 2"}}}, "module_options.kvm.halt_poll_ns: a module's parameter"),
        ({"module_options": {"../x": {}}}, "'../x' is not the name of a kernel module"),
        ({"modules": ["nothing"]}, "modules: this kernel has no module nothing."),
        (
            {"hugepages": [pages("4MiB", 1)]},
            "hugepages[0].size: this machine has no huge pages of this size. There are: ",
        ),
        ({"hugepages": [pages("2MiB", 1, 7)]}, "hugepages[0].node: this machine has no NUMA node 7. There are: 0, 1."),
        ({"hugepages": [pages("2MiB", 1), pages("2048KiB", 2)]}, "hugepages[1]: these pages are declared twice."),
        ({"hugepages": [pages("2MiB", 1), pages("2MiB", 2, 0)]}, "hugepages: pages of one size are either"),
        ({"hugepages": [pages("2 bananas", 1)]}, "hugepages[0].size: '2 bananas' is not a size."),
        ({"module_options": {"kvm": "nested"}}, "module_options.kvm: a module has a dictionary of parameters."),
    ],
)
def test_unknown_kernel_modules_and_parameters_are_refused(made, wanted, message):
    before = made.all()
    with pytest.raises(InvalidOption) as caught:
        set_up(made, options(**{"nested": True, **wanted}))
    assert message in str(caught.value)
    assert (made.all(), made.ran) == (before, [])


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (
            {
                "hugepages": [pages("4MiB", 1), pages("2MiB", 1, 7)],
                "modules": ["nothing", "nobody"],
                "module_options": {"kvm": {"ignore_msr": 1, "halt_pol_ns": 1}, "kvm_adm": {"nested": 1}},
                "ksm": {"enabled": True},
            },
            ["hugepages[0].size", "hugepages[1].node", *["module_options"] * 3, "modules", "modules"],
        ),
        (
            {
                "hugepages": [pages("2 MB B", 1), pages("2MiB", 1, 7), pages("2MiB", 1), pages("2048KiB", 1)],
                "modules": ["a b", "c d"],
                "module_options": {"e f": {"g": "h i"}},
            },
            ["modules", "modules", "module_options", "module_options.e f.g", "hugepages[3]", "hugepages"]
            + ["hugepages[0].size"],
        ),
    ],
)
def test_errors_of_several_options_are_reported_together(made, wanted, places):
    """Those that the machine need not be asked about, and then the others."""
    with pytest.raises(InvalidOption) as caught:
        set_up(made, options(**wanted))
    assert [error.where for error in (caught.value, *caught.value.also)] == places


def test_modules_are_loaded_now_and_at_boot(made):
    settle(made, modules=["zram", "loop"])  # the second is built in
    assert made.says("etc/modules-load.d/kvm-fleet.conf") == "zram\nloop\n"
    assert made.ran == ["modprobe zram"]


def test_settings_of_an_earlier_run_are_removed(made):
    settle(
        made, modules=["zram"], module_options={"kvm": {"ignore_msrs": 1}}, ksm={"enabled": True}, iommu="passthrough"
    )
    settle(made, hugepages=[pages("2MiB", 8), pages("1GiB", 1)])
    assert len([path for path in made.all() if "/etc/" in path]) == 5
    settle(made, modules=[], module_options={}, ksm={}, hugepages=[], iommu="default")
    assert [path for path in made.all() if "/etc/" in path] == []
    assert (made.read(f"{PAGES}/nr_hugepages"), made.read(f"{LARGE}/nr_hugepages")) == ("0", "0")


def test_pages_are_reserved_now_and_at_boot(made):
    settle(made, hugepages=[pages("2MiB", 64)])
    assert made.read(f"{PAGES}/nr_hugepages") == "64"
    assert made.says("etc/tmpfiles.d/kvm-fleet-hugepages.conf") == f"w /{PAGES}/nr_hugepages - - - - 64\n"
    assert not (made.folder / GRUB).exists()


def test_pages_move_from_all_nodes_to_one_and_back(made):
    settle(made, hugepages=[pages("2MiB", 64)])
    settle(made, hugepages=[pages("2MiB", 8, 0), pages("2MiB", 4, 1)])
    node = f"{NODES}/node{{0}}/hugepages/hugepages-2048kB/nr_hugepages"
    assert [made.read(node.format(number)) for number in (0, 1)] == ["8", "4"]
    settle(made, hugepages=[pages("2MiB", 8, 0)])
    assert [made.read(node.format(number)) for number in (0, 1)] == ["8", "0"]
    settle(made, hugepages=[pages("2MiB", 64)])
    made.put(node.format(1), "32\n")
    made.put(node.format(1).replace("/nr_", "/free_"), "32\n")
    settle(made, hugepages=[pages("2MiB", 8, 0)])
    assert [made.read(node.format(number)) for number in (0, 1)] == ["8", "0"]


def test_pages_of_others_are_left_alone(made):
    made.put(f"{LARGE}/nr_hugepages", "3\n")
    settle(made, hugepages=[pages("2MiB", 1)])
    settle(made, hugepages=[])
    assert made.read(f"{LARGE}/nr_hugepages") == "3\n"


def test_pages_that_guests_use_stay(made):
    settle(made, hugepages=[pages("2MiB", 8)])
    made.put(f"{PAGES}/free_hugepages", "3\n")
    outcome = settle(made, hugepages=[pages("2MiB", 2)])
    assert made.read(f"{PAGES}/nr_hugepages") == "5"
    assert outcome["reboot_reasons"] == [
        "hugepages[2048kB]: 5 pages are in use, and 2 are declared; they are freed when their guests end"
    ]
    made.put(f"{PAGES}/free_hugepages", "4\n")  # such a guest ends
    assert changes(set_up(made, options(hugepages=[pages("2MiB", 2)]), check=True)) == [("hugepages[2048kB]", 5, 2)]


def test_pages_that_cannot_be_had_are_a_reason_to_reboot(made, monkeypatch):
    set_control = Made.set_control

    def fragmented(self, path, value):
        set_control(self, path, value)
        if path.endswith("1048576kB/nr_hugepages"):
            for name in ("nr", "free"):
                self.put(f"{LARGE}/{name}_hugepages", "1\n")

    monkeypatch.setattr(Made, "set_control", fragmented)
    wanted = options(hugepages=[pages("1GiB", 3)])
    reason = "hugepages[1048576kB]: the running kernel stays at 1, and 3 is declared"
    first, second = (set_up(made, wanted) for _time in range(2))
    assert (first["reboot_reasons"], second["reboot_reasons"], second["actions"]) == ([reason], [reason], [])
    assert 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX hugepagesz=1G hugepages=3"' in made.says(GRUB)


@pytest.mark.parametrize(
    ("vendor", "iommu", "arguments"),
    [
        ("GenuineIntel", "enabled", "intel_iommu=on"),
        ("GenuineIntel", "passthrough", "intel_iommu=on iommu=pt"),
        ("AuthenticAMD", "enabled", None),
        ("AuthenticAMD", "passthrough", "iommu=pt"),
    ],
)
def test_iommu_arguments_need_a_reboot(made, vendor, iommu, arguments):
    made.put("proc/cpuinfo", f"vendor_id\t: {vendor}\n")
    outcome = settle(made, iommu=iommu)
    assert (made.says(GRUB) or "").partition("$GRUB_CMDLINE_LINUX ")[2] == (f'{arguments}"\n' if arguments else "")
    assert made.ran == (["update-grub"] if arguments else [])
    words = arguments.split() if arguments else []
    assert outcome["reboot_reasons"] == [f"the kernel argument {word} is not in effect yet" for word in words]
    made.put("proc/cmdline", f"root=/dev/vda1 {arguments}\n")
    assert settle(made, iommu=iommu)["reboot_reasons"] == []


def test_a_removed_argument_is_reported_until_the_reboot(made):
    settle(made, iommu="passthrough")
    made.put("proc/cmdline", "root=/dev/vda1 iommu=pt\n")
    outcome = settle(made, iommu="default")
    assert outcome["reboot_reasons"] == ["the kernel argument iommu=pt is in effect until then"]
    assert settle(made, iommu="passthrough")["reboot_reasons"] == []  # changed one's mind: it is in effect
    settle(made, iommu="default")
    made.put("proc/cmdline", "root=/dev/vda1\n")
    (made.folder / "run/kvm-fleet/taken-arguments").unlink()  # as a boot does
    assert settle(made, iommu="default")["reboot_reasons"] == []


def test_the_arguments_of_one_option_leave_those_of_another(made):
    settle(made, iommu="passthrough", hugepages=[pages("1GiB", 2)])
    assert '"$GRUB_CMDLINE_LINUX hugepagesz=1G hugepages=2 iommu=pt"' in made.says(GRUB)
    settle(made, hugepages=[])
    assert '"$GRUB_CMDLINE_LINUX iommu=pt"' in made.says(GRUB)


def test_arguments_go_through_grubby_where_that_is(made):
    made.put("usr/sbin/grubby", "")
    settle(made, iommu="passthrough")
    settle(made, iommu="default")
    assert made.ran == [
        "grubby --update-kernel=ALL --args=iommu=pt",
        "grubby --update-kernel=ALL --remove-args=iommu=pt",
    ]
    assert not (made.folder / GRUB).exists()


def test_error_without_a_known_boot_loader_names_the_arguments(made):
    (made.folder / "usr/sbin/update-grub").unlink()
    with pytest.raises(InvalidOption, match="Boot with iommu=pt by the means of this distribution"):
        settle(made, iommu="passthrough")
    made.put("proc/cmdline", "root=/dev/vda1 iommu=pt\n")
    assert settle(made, iommu="passthrough")["actions"] == []


def test_a_boot_loader_that_fails_is_tried_again(made):
    object.__setattr__(made, "fails", "update-grub")
    with pytest.raises(FleetError, match="'update-grub' failed: it is busy"):
        set_up(made, options(iommu="passthrough"))
    assert not (made.folder / GRUB).exists()


def test_ksm_sets_the_declared_numbers_and_keeps_the_others(made):
    settle(made, ksm={"enabled": True, "pages_to_scan": 500, "sleep_millisecs": None})
    assert [made.read(f"sys/kernel/mm/ksm/{name}") for name in ("run", "pages_to_scan", "sleep_millisecs")] == [
        "1",
        "500",
        "20\n",
    ]
    assert made.says("etc/tmpfiles.d/kvm-fleet-ksm.conf") == (
        "w /sys/kernel/mm/ksm/pages_to_scan - - - - 500\nw /sys/kernel/mm/ksm/run - - - - 1\n"
    )
