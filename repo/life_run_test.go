package repo_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk"
	"vgit/repo/disk/disktest"
)

// life is one script that is being lived: a server or two, devices with a vdir and a repository each, and the model beside them.
type life struct {
	t       testing.TB // helpers want one; what is wrong goes into broken
	temper  temper     // of all servers together
	hosts   []*host
	devices []*device

	mu     sync.Mutex // what happens in the middle of a sync comes from the server's goroutines
	now    time.Time
	model  *model
	doing  string
	broken []string // what was found
	tally  tally

	answers bool  // holds are answered, not allowed by a number
	before  sides // what was where before the sync that is under way
	amid    bool  // others do something while that asks
}

// host is one server.
type host struct {
	life   *life
	name   string // of the remote that it is on every device
	temper temper
	server *davtest.Server
	url    string
	colls  map[string]*davtest.Collection
	backup *backup
}

// hostNames are those of the servers, in the order in which a vdir has them as remotes, and actors those of who edits there in a script.
var (
	hostNames = []string{"server", "other"}
	actors    = []string{"there", "yonder"}
)

// tally counts what happened.
type tally struct{ steps, syncs, faults, wiped int }

// backup is what a collection held, and what it was kept as.
type backup struct {
	kept *davtest.Backup
	held map[key]slots
}

// device is one vdir of the account.
type device struct {
	life   *life
	name   string
	root   string
	logins []*dav.Remote
	stop   func()            // tells the sync that is under way to end
	report *repo.Report      // of the last sync, nil if it told nothing
	whole  map[string][]byte // by path: what a file was before a crash spoilt it
	seen   map[string]string // blobs that a sync recorded or fetched, and what they are
	missed bool              // the last sync was disturbed
	chosen repo.Chosen       // what the next sync may do; nil: all
	took   map[key]bool      // items that waited, and of which the user took the other side; true: and edited it
}

const password = "pa55-canary"

// live lives a script below a directory and returns what was found to be wrong.
func live(t testing.TB, dir string, s script) ([]string, tally) {
	l := &life{t: t, temper: s.temper(), model: newModel(), now: time.Now(), answers: len(s.servers) > 1}
	for i, kind := range s.servers {
		h := &host{life: l, name: hostNames[i], temper: tempers()[kind], colls: map[string]*davtest.Collection{}}
		h.server = davtest.New(append([]davtest.Option{davtest.Clock(l.clock)}, h.temper.opts...)...)
		h.server.AddUser("ada", password)
		for _, name := range []string{"work", "home"} {
			h.colls[name] = h.server.AddCalendar("ada", name, davtest.Props{})
		}
		url, stop := h.server.Start()
		defer stop()
		h.url = url
		l.hosts = append(l.hosts, h)
	}
	for _, name := range s.devices() {
		d := &device{life: l, name: name, root: filepath.Join(dir, name), whole: map[string][]byte{}, seen: map[string]string{}, took: map[key]bool{}}
		if err := os.MkdirAll(d.root, 0o700); err != nil {
			return []string{err.Error()}, l.tally
		}
		d.login()
		defer d.logout()
		l.devices = append(l.devices, d)
	}
	for i, st := range s.steps {
		l.doing = fmt.Sprintf("step %d, %s", i+1, st)
		l.do(st)
		l.tally.steps++
		if len(l.broken) > 0 {
			return l.broken, l.tally
		}
	}
	l.end()
	return l.broken, l.tally
}

func (l *life) clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

func (l *life) pass(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.now.Add(d)
}

// wrong notes what must not be. The first word tells kinds of faults apart.
func (l *life) wrong(kind, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = append(l.broken, kind+": "+fmt.Sprintf(format, args...)+" ("+l.doing+")")
}

// do does one step.
func (l *life) do(st step) {
	l.pass(time.Second)
	switch st.arg(0) {
	case "time":
		n, _ := strconv.Atoi(st.arg(1))
		l.pass(time.Duration(n) * time.Second)
	case "there", "yonder":
		l.there(st)
	default:
		d := l.devices[st[0][0]-'A']
		if st.arg(1) == "sync" {
			d.disturbed(st[2:])
		} else {
			d.here(st)
		}
	}
}

func (d *device) login() {
	d.logins = nil
	for _, h := range d.life.hosts {
		d.logins = append(d.logins, dav.New(dav.Options{
			URL: h.url, Kind: remote.Calendar, User: "ada", Auth: "basic", UserAgent: "vgit/test", Retries: -1,
			Password: func(context.Context) (string, error) { return password, nil },
			Sleep:    func(_ context.Context, t time.Duration) error { d.life.pass(t); return nil },
		}))
	}
}

func (d *device) logout() {
	for _, c := range d.logins {
		c.Close()
	}
}

func (d *device) vdir() string { return filepath.Join(d.root, "calendars") }

// lines is how many requests go out side by side.
func (d *device) lines() int {
	if d.life.temper.parallel {
		return 4
	}
	return 1
}

func (d *device) remotes() (all []repo.Remote) {
	for i, h := range d.life.hosts {
		all = append(all, repo.Remote{
			Name: h.name, Type: "caldav", URL: h.url, Kind: remote.Calendar, Client: d.logins[i], Create: "ask", Connections: d.lines(), FullListing: 7 * 24 * time.Hour,
			Choose: func(info remote.Info, _ []string, _ func(string) bool) (string, bool) {
				return info.ID, !info.Generated && !info.Subscribed
			},
		})
	}
	return all
}

func (d *device) options(on func(string) (disk.Dir, error)) repo.Options {
	return repo.Options{
		Path: d.vdir(), Layout: repo.Layout{Ext: ".ics"}, Kind: remote.Calendar, Extension: ".ics", Parallel: d.lines(), StateDir: filepath.Join(d.root, "state"),
		Now: d.life.clock, Sleep: pauses(d.life.pass), Disk: on,
	}
}

// sync is one sync on a disk that arm may break, and tells what became of it. allow lets all deletions pass.
func (d *device) sync(allow bool, arm func(*disktest.Disk)) error {
	l := d.life
	l.tally.syncs++
	device := disktest.New(d.root)
	if arm != nil {
		arm(device)
	}
	q := repo.Request{Remotes: d.remotes(), Chosen: d.chosen}
	if allow {
		q.AllowDeletes = 1000
	}
	opened, err := repo.Open(d.options(device.Open), false)
	d.report = nil
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	d.stop = stop
	report, err := opened.Sync(ctx, q)
	if report != nil {
		d.report = report
		for _, r := range report.Remotes {
			err = errors.Join(err, r.Err)
		}
	}
	return errors.Join(err, opened.Close())
}

// choose looks at the plan and says yes to about half of it. The sync after it does that, whatever has changed by then.
func (d *device) choose(allow bool, seed string) {
	d.chosen = repo.Chosen{}
	q := repo.Request{Remotes: d.remotes(), DryRun: true}
	if allow {
		q.AllowDeletes = 1000
	}
	opened, err := repo.Open(d.options(nil), true)
	if err != nil {
		return
	}
	defer opened.Close()
	report, err := opened.Sync(context.Background(), q)
	if err != nil {
		return
	}
	for _, r := range report.Remotes {
		if r.Plan == nil {
			continue
		}
		for _, unit := range r.Plan.Units(repo.Do) {
			sum := sha256.Sum256([]byte(seed + unit[0].Name))
			for _, step := range unit {
				d.chosen[step.Key()] = sum[0]%2 == 0
			}
		}
	}
}

// disturbed is a sync with the fault that the words tell of.
func (d *device) disturbed(words []string) {
	l := d.life
	allow := len(words) > 0 && words[0] == "allow"
	if allow {
		words = words[1:]
	}
	choosing := len(words) > 1 && words[0] == "choose"
	if choosing {
		d.choose(allow, words[1])
		defer func() { d.chosen = nil }()
		words = words[2:]
	}
	recorded := d.lying()
	l.before, l.amid = l.look(), slices.Contains(words, ":")
	for _, h := range l.hosts {
		h.server.ResetLog()
	}
	if len(words) == 0 {
		err := d.sync(allow, nil)
		if err != nil && !busy(err) {
			l.wrong("error", "a sync without any fault: %v", err)
		}
		d.remember(recorded)
		d.check(err == nil && !choosing)
		return
	}
	n, _ := strconv.Atoi(words[1])
	var fault atomic.Bool // the server tells of it from goroutines of its own
	var machine *disktest.Disk
	arm, power := d.arm(words, n, &fault), words[2] == "power"
	after := d.root + "-after"
	if power {
		err := errors.Join(os.MkdirAll(d.vdir(), 0o700), disktest.Copy(d.root, after))
		if err != nil {
			l.wrong("copy", "%v", err)
		}
	}
	err := d.sync(allow, func(disk *disktest.Disk) { machine = disk; arm(disk) })
	for _, h := range l.hosts {
		h.server.ClearFaults()
	}
	struck := fault.Load()
	if power {
		d.reboot(machine, struck, after, uint64(n))
	}
	if struck {
		l.tally.faults++
		d.logout()
		d.login()
	} else if err != nil && !busy(err) {
		l.wrong("error", "a sync whose fault did not strike: %v", err)
	}
	if words[0] != "disk" {
		d.remember(recorded)
	}
	d.check(!struck && err == nil && !choosing)
}

// reboot puts in place what a power loss left of a device that was copied before the sync. If there was none, the copy goes.
func (d *device) reboot(machine *disktest.Disk, struck bool, after string, seed uint64) {
	if !struck {
		os.RemoveAll(after)
		return
	}
	err := disktest.Replay(machine.Log(), seed, after)
	if err = errors.Join(err, os.RemoveAll(d.root), os.Rename(after, d.root)); err != nil {
		d.life.wrong("replay", "%v", err)
	}
}

// busy tells whether the server was left alone, since it had said in an earlier run that it has too much to do.
func busy(err error) bool { return strings.Contains(err.Error(), "asks to wait") }

// arm prepares a fault; struck is set when it happens.
func (d *device) arm(words []string, n int, struck *atomic.Bool) func(*disktest.Disk) {
	l := d.life
	then := func() { struck.Store(true) }
	if i := slices.Index(words, ":"); i >= 0 {
		then = func() {
			if inner := step(words[i+1:]); slices.Contains(actors, inner.arg(0)) {
				l.there(inner)
			} else {
				d.here(inner)
			}
			struck.Store(true)
		}
	}
	if words[0] == "disk" {
		return func(disk *disktest.Disk) {
			disk.Before(func(op disktest.Op) error {
				if op.N != n {
					return nil
				}
				then()
				switch words[2] {
				case "kill", "power":
					return disktest.Short{Err: disktest.ErrKilled}
				case "short":
					return disktest.Short{Err: syscall.ENOSPC}
				case "fail":
					return syscall.EIO
				}
				return nil
			})
		}
	}
	server := l.hosts[n%len(l.hosts)].server
	return func(disk *disktest.Disk) {
		server.On(davtest.Match{N: n}).Before().Call(then)
		if words[2] == "stop" {
			server.On(davtest.Match{N: n}).Before().Call(func() { d.stop() })
		}
		breakRequest(server, n, words[2], disk)
		if strings.HasPrefix(words[2], "kill") {
			l.deaf(server, n)
		}
	}
}

// deaf lets the other servers answer nothing to a process that was killed at the n-th request to one.
func (l *life) deaf(server *davtest.Server, n int) {
	for _, h := range l.hosts {
		if h.server == server {
			continue
		}
		server.On(davtest.Match{N: n}).Before().Call(func() { h.server.On(davtest.Match{}).Before().Drop() })
	}
}

// breakRequest makes the fault of the n-th request. A process that is killed asks nothing any more.
func breakRequest(s *davtest.Server, n int, way string, disk *disktest.Disk) {
	at := func() *davtest.Fault { return s.On(davtest.Match{N: n}).Before() }
	die := func() { disk.Before(func(disktest.Op) error { return disktest.ErrKilled }) }
	switch way {
	case "drop":
		at().Drop()
	case "drop-after":
		at().After().Drop()
	case "reset":
		at().After().Reset()
	case "kill":
		at().Call(die)
		s.On(davtest.Match{From: n}).Before().Drop()
	case "kill-after":
		at().After().Call(die)
		at().After().Drop()
		s.On(davtest.Match{From: n + 1}).Before().Drop()
	case "truncate":
		at().Truncate(-40)
	case "html":
		at().HTML()
	case "repeat":
		at().Repeat(2)
	default:
		if code, err := strconv.Atoi(way); err == nil {
			at().Status(code)
		}
	}
}
