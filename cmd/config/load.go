package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxFile is more than any configuration needs.
const maxFile = 1 << 20

// Load reads and checks a file. Its error is Problems with every mistake of the file; errors.Is(err, fs.ErrNotExist) tells that there is
// no file. Load runs no program, asks nobody and connects to nothing; it looks at the permissions of the files that hold secrets and at the
// kind of what is at the paths of the vdirs.
func Load(path string, env func(string) string) (*Config, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, Problems{{File: path, What: "cannot tell where this is", Err: err}}
	}
	data, err := readAll(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, Problems{{File: path, What: "there is no such file; vgit init writes a first one", Err: err}}
	case err != nil:
		return nil, Problems{{File: path, What: "cannot be read: " + reason(err), Err: err}}
	}
	return parse(path, data, env)
}

// reason is the text of an error without the path, which the message has already.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// readAll reads a file that may not be large.
func readAll(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errors.New("larger than 1 MiB")
	}
	return data, err
}

// parse makes a configuration out of the bytes of a file.
func parse(path string, data []byte, env func(string) string) (*Config, error) {
	r := &reader{file: path, dir: filepath.Dir(path), env: env}
	root, faults := grow(data)
	for _, f := range faults {
		r.fail(f.line, "", "%s", f.what)
	}
	if len(faults) > 0 {
		return nil, r.sorted()
	}
	r.topLevel(root)
	c := &Config{Path: path, Remotes: map[string]*Remote{}}
	sync := r.single(root, "sync", syncKeys)
	network := r.single(root, "network", networkKeys)
	guard := r.single(root, "guard", guardKeys)
	r.single(root, "watch", watchKeys)
	remotes := r.remotes(root, network)
	vdirs := r.vdirs(root)
	r.relations(vdirs, remotes)
	r.settling(vdirs, remotes)
	r.places(vdirs)
	r.secrets(append([]table{network}, remotes...), vdirs, get[bool](sync.settings, "strict_permissions"))
	if len(r.problems) > 0 {
		return nil, r.sorted()
	}
	c.Sync, c.Network = newSync(sync), newNetwork(network)
	guard.complete()
	c.guard = rowsOf(guard)
	c.tables = append(c.tables, sync, network, guard)
	for _, t := range vdirs {
		c.VDirs = append(c.VDirs, newVDir(t))
	}
	for _, t := range remotes {
		remote := newRemote(t)
		c.Remotes[remote.Name] = remote
	}
	c.tables = append(append(c.tables, vdirs...), remotes...)
	slices.SortStableFunc(r.warnings, func(a, b warning) int { return cmp.Compare(a.line, b.line) })
	for _, w := range r.warnings {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s:%d: %s", filepath.Base(path), w.line, w.text))
	}
	return c, nil
}

// sorted returns the problems by line.
func (r *reader) sorted() Problems {
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return slices.CompactFunc(r.problems, func(a, b Problem) bool { return a.Error() == b.Error() })
}

func newSync(t table) Sync {
	return Sync{
		Parallel:          get[int](t.settings, "parallel"),
		Wait:              get[time.Duration](t.settings, "wait"),
		FullListing:       get[time.Duration](t.settings, "full_listing"),
		StrictPermissions: get[bool](t.settings, "strict_permissions"),
		BeforeSync:        get[[]string](t.settings, "before_sync"),
		AfterSync:         get[[]string](t.settings, "after_sync"),
		Notify:            get[[]string](t.settings, "notify"),
		HookTimeout:       get[time.Duration](t.settings, "hook_timeout"),
	}
}

func newNetwork(t table) Network {
	return Network{
		Timeout:     get[time.Duration](t.settings, "timeout"),
		Connections: get[int](t.settings, "connections"),
		Retries:     get[int](t.settings, "retries"),
		Proxy:       get[Value](t.settings, "proxy"),
		UserAgent:   get[Value](t.settings, "user_agent"),
	}
}

func newVDir(t table) VDir {
	return VDir{
		Name:           strings.TrimPrefix(t.name, "vdir."),
		Path:           get[string](t.settings, "path"),
		Kind:           Kind(get[string](t.settings, "kind")),
		Single:         get[string](t.settings, "layout") == "single",
		Extension:      get[string](t.settings, "extension"),
		Remotes:        get[[]string](t.settings, "remotes"),
		Settling:       newSettling(t),
		Addresses:      get[[]string](t.settings, "addresses"),
		Metadata:       get[[]string](t.settings, "metadata"),
		DirectoryNames: DirectoryNames(get[string](t.settings, "directory_names")),
		Ignore:         get[[]string](t.settings, "ignore"),
		AfterWrite:     get[[]string](t.settings, "after_write"),
		BeforeDelete:   get[[]string](t.settings, "before_delete"),
		Line:           t.line,
		guard:          get[limitRows](t.settings, "guard"),
	}
}

func newRemote(t table) *Remote {
	return &Remote{
		Name:         strings.TrimPrefix(t.name, "remote."),
		Type:         Type(get[string](t.settings, "type")),
		URL:          get[Value](t.settings, "url"),
		Username:     get[Value](t.settings, "username"),
		Password:     get[Value](t.settings, "password"),
		Auth:         Auth(get[string](t.settings, "auth")),
		Token:        get[Value](t.settings, "token"),
		Socket:       get[string](t.settings, "socket"),
		Origins:      get[[]string](t.settings, "origins"),
		HTTP2:        get[bool](t.settings, "http2"),
		InsecureHTTP: get[bool](t.settings, "insecure_http"),
		WeakETag:     WeakETag(get[string](t.settings, "weak_etag")),
		Collections:  get[Selection](t.settings, "collections"),
		Create:       Create(get[string](t.settings, "create")),
		Carried:      newCarried(t),
		Network:      newNetwork(t),
		Line:         t.line,
		conflict:     get[way](t.settings, "conflict"),
		guard:        get[limitRows](t.settings, "guard"),
		Trust: Trust{
			Verify:       get[bool](t.settings, "tls_verify"),
			Fingerprints: get[[]string](t.settings, "tls_fingerprint"),
			CA:           get[string](t.settings, "tls_ca"),
			SystemCA:     get[bool](t.settings, "tls_system_ca"),
			ClientCert:   get[string](t.settings, "tls_client_cert"),
			ClientKey:    get[string](t.settings, "tls_client_key"),
		},
	}
}
