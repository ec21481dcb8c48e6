module vgit

go 1.26.0

// What the command needs at run time, each in one place.
require (
	github.com/aymanbagabas/go-udiff v0.4.1 // the lines of a patch
	github.com/emersion/go-webdav v0.7.0 // discovery; by name: "@latest" is older, and the newer main branch loses deletions of cards
	github.com/fatih/color v1.19.0 // NO_COLOR and terminals done right
	github.com/go-git/go-billy/v5 v5.9.2 // comes with go-git
	github.com/go-git/go-git/v5 v5.19.3 // git's formats, behind repo/store; never lower, each lower one has a security hole
	github.com/pelletier/go-toml/v2 v2.4.3 // the configuration
	github.com/rivo/uniseg v0.4.7 // how many columns a text takes
	github.com/schollz/progressbar/v3 v3.19.1 // progress on a terminal
	github.com/urfave/cli/v2 v2.27.7 // the command line
	github.com/zalando/go-keyring v0.2.8 // { keyring = … }
	golang.org/x/net v0.62.0 // charsets of XML documents, registrable domains, the proxies of the environment; in tests the frames of HTTP/2
	golang.org/x/sync v0.24.0 // bounded work side by side
	golang.org/x/sys v0.49.0 // renameat2, syncfs, flock
	golang.org/x/term v0.47.0 // password prompts
	golang.org/x/text v0.43.0 // normal forms, to compare names and texts
)

// What only the tests need.
require (
	github.com/creack/pty v1.1.24 // a terminal for the whole command
	github.com/emersion/go-ical v0.0.0-20250609112844-439c63cef608 // by pseudo-version: "@latest" reads RDATEs from EXDATE; repo/item has the test
	github.com/emersion/go-vcard v0.0.0-20260618161152-d854b7e0e2d3
	github.com/google/go-cmp v0.7.0
	github.com/rogpeppe/go-internal v1.16.0 // testscript
	github.com/teambition/rrule-go v1.8.2 // what our expansion of rules is compared with
	go.uber.org/goleak v1.3.0
	pgregory.net/rapid v1.3.0
)

require (
	github.com/ProtonMail/go-crypto v1.5.2 // indirect
	github.com/cloudflare/circl v1.6.3 // indirect
	github.com/cpuguy83/go-md2man/v2 v2.0.7 // indirect
	github.com/cyphar/filepath-securejoin v0.6.1 // indirect
	github.com/danieljoos/wincred v1.2.3 // indirect
	github.com/emirpasic/gods v1.18.1 // indirect
	github.com/go-git/gcfg v1.5.1-0.20230307220236-3a3c6141e376 // indirect
	github.com/godbus/dbus/v5 v5.2.2 // indirect
	github.com/jbenet/go-context v0.0.0-20150711004518-d14ea06fba99 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.22 // indirect
	github.com/mitchellh/colorstring v0.0.0-20190213212951-d06e56a500db // indirect
	github.com/pjbgf/sha1cd v0.7.0 // indirect
	github.com/russross/blackfriday/v2 v2.1.0 // indirect
	github.com/sergi/go-diff v1.3.2-0.20230802210424-5b0b94c5c0d3 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	github.com/xrash/smetrics v0.0.0-20240521201337-686a1a2994c1 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
	gopkg.in/warnings.v0 v0.1.2 // indirect
)
