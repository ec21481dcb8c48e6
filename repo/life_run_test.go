package repo_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/disk/disktest"
)

// life is one script that is being lived: a server, two devices with a vdir and a repository each, and the model beside them.
type life struct {
	t      testing.TB // helpers want one; what is wrong goes into broken
	temper temper
	server *davtest.Server
	url    string
	colls  map[string]*davtest.Collection
	both   []*device

	mu     sync.Mutex // what happens in the middle of a sync comes from the server's goroutines
	now    time.Time
	model  *model
	backup *backup
	doing  string
	broken []string // what was found
	tally  tally
}

// tally counts what happened.
type tally struct{ steps, syncs, faults int }

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
	client *dav.Remote
	report *repo.RemoteReport // of the last sync, nil if it told nothing
	whole  map[string][]byte  // by path: what a file was before a crash spoilt it
	seen   map[string]string  // blobs that a sync recorded or fetched, and what they are
	met    map[string]bool    // item and version: what was both here and on the server after a good sync
	missed bool               // the last sync was disturbed
}

const password = "pa55-canary"

// live lives a script below a directory and returns what was found to be wrong.
func live(t testing.TB, dir string, s script) ([]string, tally) {
	l := &life{t: t, temper: tempers()[s.server], model: newModel(), colls: map[string]*davtest.Collection{}, now: time.Now()}
	l.server = davtest.New(append([]davtest.Option{davtest.Clock(l.clock)}, l.temper.opts...)...)
	l.server.AddUser("ada", password)
	for _, name := range []string{"work", "home"} {
		l.colls[name] = l.server.AddCalendar("ada", name, davtest.Props{})
	}
	url, stop := l.server.Start()
	defer stop()
	l.url = url
	for _, name := range []string{"A", "B"} {
		d := &device{life: l, name: name, root: filepath.Join(dir, name), whole: map[string][]byte{}, seen: map[string]string{}, met: map[string]bool{}}
		if err := os.MkdirAll(d.root, 0o700); err != nil {
			return []string{err.Error()}, l.tally
		}
		d.login()
		defer func() { d.client.Close() }()
		l.both = append(l.both, d)
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
	case "there":
		l.there(st)
	default:
		d := l.both[0]
		if st.arg(0) == "B" {
			d = l.both[1]
		}
		if st.arg(1) == "sync" {
			d.disturbed(st[2:])
		} else {
			d.here(st)
		}
	}
}

func (d *device) login() {
	d.client = dav.New(dav.Options{
		URL: d.life.url, Kind: remote.Calendar, User: "ada", Auth: "basic", UserAgent: "vgit/test", Retries: -1,
		Password: func(context.Context) (string, error) { return password, nil },
		Sleep:    func(_ context.Context, t time.Duration) error { d.life.pass(t); return nil },
	})
}

func (d *device) vdir() string { return filepath.Join(d.root, "calendars") }

// sync is one sync on a disk that arm may break, and tells what became of it. allow lets all deletions pass.
func (d *device) sync(allow bool, arm func(*disktest.Disk)) error {
	l := d.life
	l.tally.syncs++
	device := disktest.New(d.root)
	if arm != nil {
		arm(device)
	}
	many := 1
	if l.temper.parallel {
		many = 4
	}
	r := repo.Remote{
		Name: "server", Type: "caldav", URL: l.url, Kind: remote.Calendar, Client: d.client, Create: "ask", Connections: many, FullListing: 7 * 24 * time.Hour,
		Choose: func(info remote.Info, _ []string, _ func(string) bool) (string, bool) {
			return info.ID, !info.Generated && !info.Subscribed
		},
	}
	q := repo.Request{Remotes: []repo.Remote{r}}
	if allow {
		q.AllowDeletes = 1000
	}
	opened, err := repo.Open(repo.Options{
		Path: d.vdir(), Layout: repo.Layout{Ext: ".ics"}, Kind: remote.Calendar, Extension: ".ics", Parallel: many, StateDir: filepath.Join(d.root, "state"),
		Now: l.clock, Sleep: func(_ context.Context, t time.Duration) error { l.pass(t); return nil }, Disk: device.Open,
	}, false)
	d.report = nil
	if err != nil {
		return err
	}
	report, err := opened.Sync(context.Background(), q)
	if report != nil {
		d.report = report.Remotes[0]
		err = errors.Join(err, d.report.Err)
	}
	return errors.Join(err, opened.Close())
}

// disturbed is a sync with the fault that the words tell of.
func (d *device) disturbed(words []string) {
	l := d.life
	allow := len(words) > 0 && words[0] == "allow"
	if allow {
		words = words[1:]
	}
	recorded := d.lying()
	l.server.ResetLog()
	if len(words) == 0 {
		err := d.sync(allow, nil)
		if err != nil && !busy(err) {
			l.wrong("error", "a sync without any fault: %v", err)
		}
		d.remember(recorded)
		d.check(err == nil)
		return
	}
	n, _ := strconv.Atoi(words[1])
	struck := false
	err := d.sync(allow, d.arm(words, n, &struck))
	l.server.ClearFaults()
	if struck {
		l.tally.faults++
		d.client.Close()
		d.login()
	} else if err != nil && !busy(err) {
		l.wrong("error", "a sync whose fault did not strike: %v", err)
	}
	if words[0] != "disk" {
		d.remember(recorded)
	}
	d.check(!struck && err == nil)
}

// busy tells whether the server was left alone, since it had said in an earlier run that it has too much to do.
func busy(err error) bool { return strings.Contains(err.Error(), "asks to wait") }

// arm prepares a fault; struck is set when it happens.
func (d *device) arm(words []string, n int, struck *bool) func(*disktest.Disk) {
	l := d.life
	then := func() { *struck = true }
	if i := slices.Index(words, ":"); i >= 0 {
		then = func() {
			*struck = true
			if inner := step(words[i+1:]); inner.arg(0) == "there" {
				l.there(inner)
			} else {
				d.here(inner)
			}
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
				case "kill":
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
	return func(disk *disktest.Disk) {
		l.server.On(davtest.Match{N: n}).Before().Call(then)
		breakRequest(l.server, n, words[2], disk)
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

// there does what a second client does on the server.
func (l *life) there(st step) {
	switch coll := l.colls[st.arg(2)]; st.arg(1) {
	case "etags":
		coll.NewETags()
	case "tokens":
		coll.ForgetTokens()
	case "reimport":
		coll.Reimport()
	case "backup":
		l.backup = &backup{kept: coll.Backup(), held: l.held(coll)}
	case "restore":
		l.restore(coll)
	default:
		l.editThere(st)
	}
}

// held is what a collection holds now.
func (l *life) held(coll *davtest.Collection) map[key]slots {
	held := map[key]slots{}
	for _, name := range coll.List() {
		body, _ := coll.Get(name)
		if uid, s, ok := decompose(body); ok {
			held[key{coll.ID(), uid}] = s
		}
	}
	return held
}

// restore puts the backup back, as an administrator does who knows what sync tokens are: none of the old ones is good, and no
// etag comes a second time. What differs from today is meant so.
func (l *life) restore(coll *davtest.Collection) {
	if l.backup == nil {
		return
	}
	today := l.held(coll)
	coll.Restore(l.backup.kept)
	for range 200 {
		coll.Put("restored.ics", compose("restored", slots{}))
		coll.Delete("restored.ics")
	}
	coll.ForgetTokens()
	for k, s := range today {
		old, ok := l.backup.held[k]
		switch {
		case !ok:
			l.model.remove(k, s.version())
		case old.version() != s.version():
			l.model.put(k, old, s.version())
		}
	}
	for k, old := range l.backup.held {
		if _, ok := today[k]; !ok {
			l.model.put(k, old)
		}
	}
}

// find looks for an item on the server.
func (l *life) find(uid string) (coll *davtest.Collection, name string, s slots) {
	for _, id := range []string{"work", "home"} {
		coll := l.colls[id]
		for _, name := range coll.List() {
			body, _ := coll.Get(name)
			if u, s, ok := decompose(body); ok && u == uid {
				return coll, name, s
			}
		}
	}
	return nil, "", nil
}

// editThere changes one item on the server.
func (l *life) editThere(st step) {
	uid := st.arg(2)
	coll, name, s := l.find(uid)
	n, _ := strconv.Atoi(st.arg(4))
	if st.arg(1) == "create" {
		if coll == nil {
			s := slots{"SUMMARY": n, "X-SLOT": n}
			l.model.put(key{st.arg(3), uid}, s)
			l.colls[st.arg(3)].Put("of-"+uid+".ics", compose(uid, s))
		}
		return
	}
	if coll == nil {
		return
	}
	k, seen := key{coll.ID(), uid}, s.version()
	switch st.arg(1) {
	case "edit":
		s[st.arg(3)] = n
		l.model.put(k, s, seen)
		coll.Edit(name, func(b []byte) []byte { return fill(b, st.arg(3), n) })
	case "delete":
		l.model.remove(k, seen)
		coll.Delete(name)
	case "move":
		if to := l.colls[st.arg(3)]; to != coll {
			l.model.put(key{to.ID(), uid}, s)
			l.model.remove(k, seen)
			coll.Move(name, to, name)
		}
	}
}
