package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"vgit/cmd/config"
	"vgit/merge"
	"vgit/remote"
	"vgit/remote/dav"
	"vgit/repo"
	"vgit/repo/store"
)

// options is what the configuration of a vdir becomes.
func (s *session) options(v *config.VDir) repo.Options {
	return repo.Options{
		Path: v.Path, Kind: remote.Kind(v.Kind), Extension: v.Extension, Ignore: v.Ignore, Properties: v.Metadata,
		Layout:   repo.Layout{Single: v.Single, Name: v.Name, Ext: v.Extension},
		Parallel: s.cfg.Sync.Parallel, StateDir: s.stateDir(), Remotes: v.Remotes, Machine: s.Machine,
		Now: s.Now, Sleep: s.Sleep, Disk: s.Disk, At: s.At, Hooks: s.fileHooks(v),
	}
}

// wanted are the remotes of a vdir, or the one that was asked for.
func (s *session) wanted(v *config.VDir, only string) []*config.Remote {
	var all []*config.Remote
	for _, name := range v.Remotes {
		if only == "" || name == only {
			all = append(all, s.cfg.Remotes[name])
		}
	}
	return all
}

// connect logs in nowhere yet, but fetches all that a login takes: programs are run and people are asked now.
func (s *session) connect(ctx context.Context, v *config.VDir, r *config.Remote) (*account, error) {
	login, err := r.Login(ctx, s.resolver)
	if err != nil {
		return nil, err
	}
	client := dav.New(s.davOptions(r, login))
	return &account{Remote: client, Closer: client, vdir: v, from: r, url: address(login.Address), user: login.Username}, nil
}

// address is that of an account as a URL: of a host alone that of its root, whatever its records say.
func address(a config.Address) string {
	if a.URL == nil {
		return "https://" + a.Host + "/"
	}
	return a.URL.String()
}

// lookedUp is the address for the client, which looks a host alone up by its records.
func lookedUp(a config.Address) string {
	if a.URL == nil {
		return a.Host
	}
	return a.URL.String()
}

func (s *session) davOptions(r *config.Remote, login *config.Login) dav.Options {
	o := dav.Options{
		URL: lookedUp(login.Address), Kind: remote.Kind(r.Type.Kind()), User: login.Username, Auth: string(r.Auth),
		InsecureHTTP: r.InsecureHTTP, Origins: r.Origins, HTTP2: r.HTTP2, WeakETag: string(r.WeakETag),
		Connections: r.Network.Connections, Retries: r.Network.Retries, Timeout: r.Network.Timeout,
		Proxy: login.Proxy.Reveal(), Socket: r.Socket, UserAgent: login.UserAgent, Now: s.Now, Sleep: s.Sleep, Env: s.Env, Resolver: s.Resolver,
		NoScheduleReply: r.Type == config.CalDAV && !r.Carried.ScheduleReply,
		TLS:             &tls.Config{RootCAs: login.Roots}, Pins: r.Trust.Fingerprints, Unverified: !r.Trust.Verify,
	}
	o.Hide = []string{login.Password.Reveal(), login.Token.Reveal()}
	if login.Own != nil {
		o.TLS.Certificates = []tls.Certificate{*login.Own}
	}
	if o.Retries == 0 {
		o.Retries = -1 // there, 0 is the default
	}
	if o.UserAgent == "" {
		o.UserAgent = "vgit/" + version()
	}
	if !login.Password.Empty() {
		o.Password = func(context.Context) (string, error) { return login.Password.Reveal(), nil }
	}
	if !login.Token.Empty() {
		o.Token = func(context.Context) (string, error) { return login.Token.Reveal(), nil }
	}
	if s.trace {
		o.Trace = s.tracer(r.Name)
	}
	return o
}

// remote is an account as a sync needs it.
func (a *account) remote(s *session) repo.Remote {
	a.locals = localDirs(a.vdir.Path)
	return repo.Remote{
		Conflict: s.policy(a.vdir, a.from), Me: a.me(), Host: host(a.url),
		Name: a.from.Name, Type: string(a.from.Type), URL: a.url, Kind: remote.Kind(a.vdir.Kind), Client: a, Create: string(a.from.Create),
		Guard:  limits(s.cfg.Guard(a.vdir, a.from.Name)),
		Choose: a.choose, Placed: a.placed, Wanted: a.wanted, NewID: a.newID, Named: a.named, FullListing: s.cfg.Sync.FullListing, Connections: a.from.Network.Connections,
		OneWay: oneWay(a.from.Carried), Filter: filter(a.from.Carried, s.Now()),
	}
}

// oneWay is what the configuration does not let go.
func oneWay(c config.Carried) repo.OneWay {
	w := repo.OneWay{Edits: repo.OneWayEdits(c.OneWayEdits), StayHere: !c.PullDeletions, StayThere: !c.PushDeletions}
	if c.Direction != config.BothWays {
		w.Direction = repo.Direction(c.Direction)
	}
	return w
}

// filter is the view of a remote on a day.
func filter(c config.Carried, now time.Time) repo.Filter {
	return repo.Filter{Components: c.Components, Since: c.Since.On(now), Until: c.Until.On(now)}
}

// limits are those of the guard, as a sync needs them. To hold from none on is to hold from one on; nothing but zeros would be that nobody
// chose any.
func limits(g config.Guard) repo.GuardLimits {
	g.PushDeletions.Least = max(g.PushDeletions.Least, 1)
	return repo.GuardLimits{
		PushDeletions: repo.Limit(g.PushDeletions), PushChanges: repo.Limit(g.PushChanges),
		PullDeletions: repo.Limit(g.PullDeletions), PullChanges: repo.Limit(g.PullChanges),
		PullRollback: repo.Limit(g.PullRollback),
		Additions:    repo.Limit(g.Additions), Attendees: repo.Limit(g.Attendees),
	}
}

// me are the mail addresses of the user that are known.
func (a *account) me() []string {
	all := a.vdir.Addresses
	if at := strings.Index(a.user, "@"); at > 0 && strings.Contains(a.user[at:], ".") {
		all = append(all[:len(all):len(all)], a.user)
	}
	return all
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// policy is how conflicts with a remote are settled.
func (s *session) policy(v *config.VDir, r *config.Remote) (p repo.Policy) {
	switch set := s.cfg.Settling(v, r.Name); set.Conflict {
	case config.ConflictLocal:
		p.Take = merge.Local
	case config.ConflictRemote:
		p.Take = merge.Remote
	case config.ConflictNewer:
		p.Take = merge.Newer
	case config.ConflictBoth:
		p.Both = true
	case config.ConflictCommand:
		p.Command = s.settler(v, set.Program)
	}
	return p
}

// stranger is a remote for commands that ask nobody: its address is told only if the configuration says it in plain text
// or through a program, since a person is not asked for it. No program is run to settle a conflict.
func (s *session) stranger(ctx context.Context, v *config.VDir, r *config.Remote) repo.Remote {
	a := &account{vdir: v, from: r}
	quiet := s.cfg.Resolver(s.Env, s.Environ) // without a prompt
	if r.URL.Source() == config.Plain {
		if l, err := (&config.Remote{Name: r.Name, URL: r.URL, InsecureHTTP: true}).Login(ctx, quiet); err == nil {
			a.url = address(l.Address)
		}
	}
	if r.Username.Source() == config.Plain {
		a.user = r.Username.String()
	}
	as := a.remote(s)
	as.Conflict.Command = nil
	return as
}

// patiently runs a piece of work on a vdir again while another vgit is at work there, for as long as the configuration says.
func (s *session) patiently(ctx context.Context, work func() error) error {
	const pause = 200 * time.Millisecond
	left := s.cfg.Sync.Wait
	if s.inHook() {
		left = 0
	}
	for ; ; left -= pause {
		err := work()
		var locked *store.LockedError
		if left <= 0 || !errors.As(err, &locked) || locked.Holder == "" {
			return err
		}
		if err := s.Sleep(ctx, min(pause, left)); err != nil {
			return err
		}
	}
}

// closeAll closes what has been connected.
func closeAll[C io.Closer](all []C) {
	for _, c := range all {
		_ = c.Close() // idle connections only
	}
}
