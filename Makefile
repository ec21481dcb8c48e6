# What a person types. Variables may be set on the command line: make test RACE=1, make fuzz FUZZTIME=5m.
SHELL       = bash
.SHELLFLAGS = -euo pipefail -c
VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
PREFIX     ?= /usr/local
COUNT      ?= 10
BENCHTIME  ?= 1s
BENCH      ?= .
OUT        ?= bench.txt
FUZZTIME   ?= 30s
SOAKTIME   ?= 1000h
SOAKLIVES  ?=
SOAKFROM   ?= $(shell date +%s)
LAWS       ?= 20000
LAWS_RACE  ?= 200
LAWS_FUZZ  ?= 1000000
SERVERS     = radicale xandikos cyrus-caldav cyrus-imapd cyrus-admin sasl2-bin php-sabre-dav php-cli php-sqlite3 \
              davical php-pgsql php-curl php-xml php-mbstring postgresql sogo memcached python3-venv

.PHONY: build test soak lint bench fuzz demo install test-servers test-clients
build:        ## bin/vgit, static
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.release=$(VERSION)' -o bin/vgit ./cmd/vgit
test:         ## all tests, offline; RACE=1 looks for races too
	VGIT_LAWS=$(if $(RACE),$(LAWS_RACE),$(LAWS)) go test -timeout 30m $(if $(RACE),-race) ./...
soak:         ## random lives of two devices, until told to stop or for SOAKTIME=1h, or SOAKLIVES=10000 months with two servers
	@if [[ -z $${TMPDIR:-} && -w /dev/shm ]]; then export TMPDIR=/dev/shm; fi; \
	  $(if $(SOAKLIVES),VGIT_MONTHS=$(SOAKLIVES) VGIT_FROM=$(SOAKFROM),VGIT_SOAK=$(SOAKTIME)) go test -timeout 0 -count 1 -run '^Test(Life|Month)Soak$$' ./repo -v
lint:         ## tools that are not installed are left out, and it says so
	@bad=$$(gofmt -l cmd history merge remote repo); test -z "$$bad" || { echo "gofmt would change: $$bad" >&2; exit 1; }
	go vet ./... && go vet -tags servers,clients ./...
	@if command -v staticcheck; then staticcheck -tags servers,clients ./...; else echo 'staticcheck: not installed, left out'; fi
	@if command -v govulncheck; then out=$$(govulncheck ./... 2>&1) || { echo "$$out"; [[ $$out == *'fetching vulnerabilities'* ]] && \
	  echo 'govulncheck: its database cannot be reached, left out'; }; else echo 'govulncheck: not installed, left out'; fi
	@if command -v mandoc; then mandoc -Tlint -Wwarning docs/*.[15]; else echo 'mandoc: not installed, left out'; fi
bench:        ## ten runs, to a file for benchstat
	go test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) -count $(COUNT) -timeout 0 ./... | tee $(OUT)
fuzz:         ## every fuzz target in turn, and the laws of merging on LAWS_FUZZ=1000000 cases
	VGIT_LAWS=$(LAWS_FUZZ) go test -timeout 0 -count 1 -run '^(TestLaws|TestLawsOfCorpus|TestConvergence|TestWaiting|TestM14Corpus|TestWholeItemsDifferAsItemsDo)$$' ./merge
	@for p in $$(go list ./...); do for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
	  echo "== $$p $$f"; go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p; done; done
demo: build   ## a server, two devices, edits on both, syncs and their history, in a temporary directory
	bin/vgit demo
install: build
	install -D -m 755 bin/vgit $(DESTDIR)$(PREFIX)/bin/vgit
	for n in 1 5; do for f in docs/*.$$n; do install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/man/man$$n/$${f##*/}; done; done
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions zsh/site-functions fish/vendor_completions.d)
	bin/vgit completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/vgit
	bin/vgit completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_vgit
	bin/vgit completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/vgit.fish
test-servers: ## real servers, installed from Debian and PyPI where missing, driven by the built command
	{ .ci/packages $(SERVERS) && .ci/venv bin/servers radicale xandikos; } || { test -z "$${CI:-}" && echo 'not all installed, so what is missing is left out'; }
	go test -tags servers -count 1 -timeout 20m -v -run '^TestServer' ./remote/realtest ./remote/dav
	go test -tags servers -count 1 -timeout 40m -v -parallel 6 -run '^TestServer' ./cmd/vgit # most of it waits
test-clients: ## vdirsyncer, python-caldav, khal, khard, todoman: from PyPI into bin/clients, then on our server and our files
	.ci/venv bin/clients -r .ci/clients.txt || { test -z "$${CI:-}" && echo 'not installed, so what follows is left out'; }
	go test -tags clients -count 1 -timeout 10m -v -run '^TestClient' ./remote/davtest ./cmd/vgit
