# The one way in for developers and CI; `make` shows what there is. Every target sets up what it needs by itself.

SHELL := /bin/bash
.DEFAULT_GOAL := help
export LC_ALL := C.UTF-8
export PATH := $(CURDIR)/.cache/venv/bin:$(PATH)

HOSTS ?= 3

.PHONY: help setup demo demo-clean test unit functional test-lab e2e lint docs bench build clean lab-up lab-down

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

test: setup ## everything: lint, unit, functional, lab and end-to-end tests
	@python3 tools/check.py lint unit functional lab e2e

unit: setup ## unit tests: pure code, seconds
	@python3 tools/check.py unit

functional: setup ## every module against a real libvirtd on a private host
	@python3 tools/check.py functional

test-lab: setup ## fleets of namespace hosts over SSH, and booted KVM hosts (docs/lab.md)
	@python3 tools/check.py lab

e2e: setup ## the demo's path with a real guest, on a private host
	@python3 tools/check.py e2e

lint: setup ## all static checks, offline
	@python3 tools/check.py lint

docs: setup ## write docs/reconcile.md from the property tables
	@PYTHONPATH=.cache/collections python3 tools/reconcile_doc.py

lab-up: setup ## start HOSTS=3 namespace hosts with an inventory in .cache/lab (docs/lab.md)
	@python3 tests/lab/namespace_hosts.py up --hosts $(HOSTS)

lab-down: ## end them
	@python3 tests/lab/namespace_hosts.py down

bench: ## measure against peers: all rows, or ROW=noop_100 (docs/performance.md)
	@tools/setup.sh bench
	@python3 -m tests.bench $(ROW)

build: setup ## the collection's tarball, in build/
	@tools/export.sh .cache/export
	@ansible-galaxy collection build --force --output-path build .cache/export

clean: lab-down ## remove everything that make made here, but not the demo's guest
	rm -rf .cache build .ansible
