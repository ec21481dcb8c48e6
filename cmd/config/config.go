// Package config reads the configuration of vgit strictly and fetches the values that it only names.
//
// Load reads a whole file and reports every mistake in it at once, each with its line and, where a word was misspelt, the nearest known
// one. What it returns is complete: defaults are filled in, `like` is followed, the [network] of each remote is worked out, paths are
// absolute. Nothing is run, asked or connected to by Load; that is the work of a Resolver, which turns a Value into a Secret when a remote is used.
//
// The package knows no remote, no repository and no terminal. Begin reading with schema.go: one row for each key.
package config

import (
	"path/filepath"
	"time"
)

// Kind is what the items of a vdir are.
type Kind string

// The kinds of a vdir.
const (
	Calendar Kind = "calendar"
	Contacts Kind = "contacts"
)

// Type is the protocol of a remote.
type Type string

// The types of remotes that this version speaks.
const (
	CalDAV  Type = "caldav"
	CardDAV Type = "carddav"
)

// Auth says how a remote logs in.
type Auth string

// The ways to log in that this version knows.
const (
	AuthAuto   Auth = "auto"   // what the server's 401 asks for
	AuthBasic  Auth = "basic"  // name and password with the first request
	AuthDigest Auth = "digest" // name and password, but the password itself is never sent
	AuthBearer Auth = "bearer" // Remote.Token with the first request
)

// Create says what becomes of a new local directory that has no collection on the remote yet.
type Create string

// The answers to a new local directory.
const (
	CreateAsk Create = "ask" // a held step
	CreateYes Create = "yes" // made there
	CreateNo  Create = "no"  // left alone
)

// WeakETag says how to write to a server that gives no strong etags.
type WeakETag string

// The ways to write without a strong etag.
const (
	WeakCheck  WeakETag = "check"  // read again before writing
	WeakRefuse WeakETag = "refuse" // do not write
)

// DirectoryNames says what the directory of a newly found collection is named after.
type DirectoryNames string

// The sources of directory names.
const (
	ByDisplayName DirectoryNames = "displayname"
	ByID          DirectoryNames = "id"
)

// Config is one file, checked and complete. It may be read by several goroutines; nobody changes it after Load.
type Config struct {
	Path     string // absolute path of the file
	Sync     Sync
	Network  Network // what remotes have that say nothing else
	VDirs    []VDir  // in the order of the file
	Remotes  map[string]*Remote
	Warnings []string // for stderr, one line each, in the order of the file; never holds a secret

	guard  limitRows // complete
	tables []table   // what Render shows
}

// VDir returns the vdir of that name, nil if there is none.
func (c *Config) VDir(name string) *VDir {
	for i := range c.VDirs {
		if c.VDirs[i].Name == name {
			return &c.VDirs[i]
		}
	}
	return nil
}

// Sync is the [sync] table.
type Sync struct {
	Parallel          int           // collections in work at once, at least 1
	Wait              time.Duration // for another vgit in the same repository; 0 does not wait
	FullListing       time.Duration // how old the last complete listing of a collection may be
	StrictPermissions bool          // Load has refused a file with secrets that others can read
	BeforeSync        []string      // a program with its arguments, as written; empty: none. It is run once in a sync
	AfterSync         []string      // likewise
	Notify            []string      // likewise, but only if there is something new to tell
	HookTimeout       time.Duration // for each call of one of the programs, and of those of a vdir; never 0
}

// Network is how one remote is spoken to: its own keys, else those of [network], else the defaults.
type Network struct {
	Timeout     time.Duration // never 0
	Connections int           // at least 1
	Retries     int           // 0 tries once
	Proxy       Value         // zero: as the environment says; "none": no proxy; else a URL
	UserAgent   Value         // zero: vgit and its version
}

// VDir is one [vdir.NAME].
type VDir struct {
	Name           string
	Path           string // absolute; may not exist yet, is never a file
	Kind           Kind
	Single         bool     // Path itself is the one collection
	Extension      string   // ".ics", ".vcf" or the user's, with the dot
	Remotes        []string // each is a key of Config.Remotes
	Settling       Settling // of remotes that say nothing else; Config.Settling knows
	Addresses      []string // the user's own, of mail
	Metadata       []string // properties of collections that are synced
	DirectoryNames DirectoryNames
	Ignore         []string // file patterns that are not items, besides the built-in ones
	AfterWrite     []string // a program with its arguments, as written; empty: none. It is run for each file that was written
	BeforeDelete   []string // likewise, for each file that is about to be deleted
	Line           int      // of its table in the file

	guard limitRows // of its remotes; Config.Guard knows
}

// Remote is one [remote.NAME] after `like`. Its Login fetches what a Value only names.
type Remote struct {
	Name         string
	Type         Type
	URL          Value // never zero
	Username     Value // zero if and only if Password is, unless Auth is bearer
	Password     Value
	Auth         Auth
	Token        Value // not zero when Auth is bearer
	Trust        Trust
	Socket       string   // path of a unix socket that leads to the host of URL; "": the network does
	Origins      []string // scheme://host[:port], lower case, without default ports
	HTTP2        bool
	InsecureHTTP bool
	WeakETag     WeakETag
	Collections  Selection
	Create       Create
	Carried      Carried
	Network      Network
	Line         int // of its table in the file
	conflict     way // Config.Settling has it with the vdir's
	guard        limitRows
}

// Kind is the kind of vdir that the remote fits.
func (t Type) Kind() Kind {
	if t == CardDAV {
		return Contacts
	}
	return Calendar
}

// Find tells which file to read: the flag, else $VGIT_CONFIG, else vgit/config.toml in $XDG_CONFIG_HOME (~/.config where that is unset or
// relative). It does not look whether the file is there.
func Find(flag string, env func(string) string) (string, error) {
	for _, path := range []string{flag, env("VGIT_CONFIG")} {
		if path != "" {
			return filepath.Abs(path)
		}
	}
	dir, err := baseDir(env, "XDG_CONFIG_HOME", ".config")
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "vgit", "config.toml"), nil
}
