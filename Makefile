# The one way in for developers and CI; `make` shows what there is. Every target sets up what it needs by itself.

SHELL := /bin/bash
.DEFAULT_GOAL := help
export LC_ALL := C.UTF-8
export PATH := $(CURDIR)/.cache/venv/bin:$(PATH)

HOSTS ?= 3

.PHONY: help setup demo demo-clean test test-hosts test-all lint unit functional test-adoption test-ansible test-faults test-lab test-guest test-molecule docs \
	durations bench build clean clean-cache lab-up lab-down

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what tests and lint need (system packages, a virtual environment)
	@tools/setup.sh dev

demo: ## make this machine a KVM host and start a guest on it, twice
	@tools/setup.sh demo
	@python3 tools/demo.py

demo-clean: ## remove what the demo made
	@tools/setup.sh demo
	@python3 tools/demo.py --clean

test: setup ## lint, unit, functional, faults, lab and guest: 15 to 20 minutes (docs/testing.md)
	@python3 tools/check.py lint unit functional faults lab guest

test-hosts: setup ## booted KVM hosts: all scenarios, or SCENARIO="storage drift" (docs/lab.md)
	@python3 tools/check.py hosts

test-molecule: setup ## a role is tested on two Debians that Molecule has made (docs/molecule.md)
	@python3 tools/check.py molecule

test-all: setup ## all three, and pylint
	@python3 tools/check.py lint pylint unit functional faults lab guest
	@python3 tools/check.py molecule
	@python3 tools/check.py hosts

lint: setup ## all static checks, offline; those that have passed on this very tree are not run again
	@python3 tools/check.py lint pylint

unit: setup ## pure code, in seconds
	@python3 tools/check.py unit

functional: setup ## every module against a real libvirtd on a private host
	@python3 tools/check.py functional

test-faults: setup ## kill every module at every moment of its run (docs/reliability.md)
	@tests/private_host.sh pytest --no-header --every-moment tests/faults

test-adoption: setup ## tell and make anew all definitions of libvirt's tests, or EVERY=10th (docs/adoption.md)
	@python3 -m tests.adoption --every $(or $(EVERY),1)

test-ansible: setup ## every supported ansible-core, or VERSION="2.16 2.21" (docs/testing.md)
	@python3 tools/test_ansible.py $(VERSION)

test-lab: setup ## a fleet of namespace hosts over SSH
	@python3 tools/check.py lab

test-guest: setup ## the demo and a small guest, seen from inside
	@python3 tools/check.py guest

durations: setup ## write down what each test file takes, for the shards of later runs
	@PYTEST_ADDOPTS=--record python3 tools/check.py unit functional

docs: setup ## write docs/reconcile.md and docs/rules.md, and what modules say alike of what they return
	@PYTHONPATH=.cache/collections python3 tools/reference.py
	@python3 tools/returns.py

lab-up: setup ## start HOSTS=3 namespace hosts with an inventory in .cache/lab (docs/lab.md)
	@python3 tests/lab/namespace_hosts.py up --hosts $(HOSTS)

lab-down: ## end them
	@python3 tests/lab/namespace_hosts.py down

bench: ## measure against peers: all rows, or ROW=noop_100 (docs/performance.md)
	@tools/setup.sh bench
	@python3 -m tests.bench $(ROW)

build: ## the collection's tarball, in build/
	@tools/setup.sh demo
	@tools/export.sh .cache/export
	@ansible-galaxy collection build --force --output-path build .cache/export

clean: lab-down ## remove everything that make made here, but not the demo's guest
	rm -rf .cache build .ansible

clean-cache: ## remove the machine's cache of images (tools/cache.py)
	@python3 tools/cache.py clean
