package history_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vgit/history"
	"vgit/repo"
	"vgit/repo/disk/disktest"
	"vgit/repo/store"
)

// book is a repository that a test writes commit by commit, one hour after the other.
type book struct {
	t   testing.TB
	dir string
	s   *store.Store
	now time.Time
	o   history.Options

	held *store.Stage          // commits that keep is to make durable; nil: each at once
	refs map[string]store.Hash // likewise
}

func newBook(t testing.TB) *book {
	t.Helper()
	b := &book{t: t, dir: t.TempDir(), now: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}
	s, err := store.Init(b.dir, store.Options{Dir: disktest.New(b.dir).Open}) // which need not be durable
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	b.s = s
	b.o = history.Options{Path: b.dir, Layout: repo.Layout{Ext: ".ics"}}
	return b
}

// files are the files of a commit by path.
type files map[string]string

// tree writes files and gives the tree.
func (b *book) tree(g *store.Stage, f files) store.Hash {
	b.t.Helper()
	var entries []store.Entry
	below := map[string]files{}
	for path, text := range f {
		dir, rest, deep := strings.Cut(path, "/")
		if !deep {
			entries = append(entries, store.Entry{Name: path, Mode: store.ModeFile, Hash: g.AddBlob([]byte(text))})
			continue
		}
		if below[dir] == nil {
			below[dir] = files{}
		}
		below[dir][rest] = text
	}
	for dir, f := range below {
		entries = append(entries, store.Entry{Name: dir, Mode: store.ModeDir, Hash: b.tree(g, f)})
	}
	h, err := g.AddTree(entries)
	if err != nil {
		b.t.Fatal(err)
	}
	return h
}

var vgit = store.Signature{Name: "vgit", Email: "vgit@localhost"}

// commit adds one as vgit makes them. Zero parents are left out.
func (b *book) commit(f files, parents ...store.Hash) store.Hash {
	b.t.Helper()
	b.now = b.now.Add(time.Hour)
	return b.commitAs(vgit, b.now, "any message", f, parents...)
}

func (b *book) commitAs(who store.Signature, when time.Time, message string, f files, parents ...store.Hash) store.Hash {
	b.t.Helper()
	g := b.held
	if g == nil {
		g = b.s.Stage()
	}
	who.When = when
	c := store.Commit{Tree: b.tree(g, f), Author: who, Committer: who, Message: message}
	for _, p := range parents {
		if !p.IsZero() {
			c.Parents = append(c.Parents, p)
		}
	}
	h, err := g.AddCommit(c)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.held == nil {
		b.keepAll(g)
	}
	return h
}

func (b *book) keepAll(g *store.Stage) {
	b.t.Helper()
	release, err := g.Keep(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := release(); err != nil {
		b.t.Fatal(err)
	}
}

// hold lets commits and refs wait until keep.
func (b *book) hold() { b.held, b.refs = b.s.Stage(), map[string]store.Hash{} }

func (b *book) keep() {
	b.t.Helper()
	if b.held == nil {
		return
	}
	b.keepAll(b.held)
	refs := b.refs
	b.held = nil
	for name, h := range refs {
		b.ref(name, h)
	}
	b.hold()
}

// snapshot is a commit of a tracking line.
func (b *book) snapshot(remote, made string, f files, parents ...store.Hash) store.Hash {
	b.t.Helper()
	return b.commit(f.with(".vgit/remote", "vgit remote 1\nremote\t"+remote+"\nsnapshot\t"+made+"\n"), parents...)
}

// with is a copy that has one file more, or one less if the text is "".
func (f files) with(path, text string) files {
	next := files{}
	for p, s := range f {
		next[p] = s
	}
	next[path] = text
	if text == "" {
		delete(next, path)
	}
	return next
}

func (b *book) ref(name string, h store.Hash) {
	b.t.Helper()
	if b.held != nil {
		b.refs[name] = h
		return
	}
	old, err := b.s.Ref(name)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.s.Update("test", store.RefChange{Name: name, Old: old, New: h}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) main(h store.Hash) { b.t.Helper(); b.ref(repo.MainRef, h) }
func (b *book) tracking(remote string, h store.Hash) {
	b.t.Helper()
	b.ref(repo.TrackingRef(remote), h)
}

// entries is the whole log.
func (b *book) entries(change ...func(*history.Options)) []history.Entry {
	b.t.Helper()
	o := b.o
	for _, c := range change {
		c(&o)
	}
	var all, again []history.Entry
	for _, list := range []*[]history.Entry{&all, &again} { // the second one has an index
		if err := history.Log(context.Background(), o, func(e history.Entry) bool { *list = append(*list, e); return true }); err != nil {
			b.t.Fatalf("log: %v", err)
		}
	}
	if diff := cmp.Diff(all, again, sameTime); diff != "" {
		b.t.Fatalf("the index changes the answer (-without +with):\n%s", diff)
	}
	return all
}

var sameTime = cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) && a.Format(time.RFC3339) == b.Format(time.RFC3339) })

// log is the whole log, one line an entry.
func (b *book) log(change ...func(*history.Options)) []string {
	b.t.Helper()
	var lines []string
	for _, e := range b.entries(change...) {
		lines = append(lines, line(e))
	}
	return lines
}

func line(e history.Entry) string {
	var items []string
	for _, d := range e.Items {
		was := ""
		if d.Was != "" {
			was = ", was " + repo.Plain(d.Was)
		}
		items = append(items, fmt.Sprintf("%c %s: %s%s", d.Sign, repo.Plain(d.Collection), repo.Label(d.Title, d.When, d.Name), was))
	}
	text := fmt.Sprintf("%s %s: %s", e.Kind, e.From, strings.Join(items, "; "))
	if e.Message != "" {
		text += " (" + e.Message + ")"
	}
	return text
}

// event is a task, so that its title is all there is to show.
func event(uid, summary string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:" + uid + "\r\nSUMMARY:" + summary + "\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
}

// git runs the real git, without any configuration of the machine's.
func (b *book) git(args ...string) string {
	b.t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		b.t.Skip("git is not installed: histories that it makes are not read")
	}
	cmd := exec.Command("git", append([]string{"-C", b.dir}, args...)...)
	b.now = b.now.Add(time.Hour)
	date := b.now.Format(time.RFC3339)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org",
		"GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date, "GIT_EDITOR=true", "LC_ALL=C"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// write puts a file into the vdir.
func (b *book) write(path, text string) {
	b.t.Helper()
	name := filepath.Join(b.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}
