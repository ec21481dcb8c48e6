package repo_test

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vgit/remote"
	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/vdir"
)

// TestF67HalfWrittenFileWaits: a file is being written in place. It is not sent, it is not gone, and once it is whole it goes on.
func TestF67HalfWrittenFileWaits(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	whole := event("a", "Edited here")
	for _, part := range [][]byte{whole[:len(whole)/2], nil, make([]byte, len(whole)), whole[:len(whole)-20]} {
		w.write("work/a.ics", part)
		w.server.ResetLog()
		w.sync()
		if n := w.server.Writes(); n != 0 || w.work.Len() != 2 {
			t.Errorf("%q: %d writes, %d items there", part, n, w.work.Len())
		}
		if !bytes.Equal([]byte(w.read("work/a.ics")), part) {
			t.Error("the file was written over")
		}
	}
	w.write("work/a.ics", whole)
	w.sync()
	w.settled()
	if body, _ := w.work.Get("a.ics"); !strings.Contains(string(body), "Edited here") {
		t.Errorf("a.ics there = %q", body)
	}
}

// TestF72F77F78StraysAreNoItems: what editors, systems and people leave beside items is not sent, not followed, not removed, and stops nothing.
func TestF72F77F78StraysAreNoItems(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	outside := filepath.Join(filepath.Dir(w.dir), "outside")
	must(t, os.MkdirAll(outside, 0o700))
	must(t, os.WriteFile(filepath.Join(outside, "x.ics"), event("x", "Outside"), 0o600))
	for _, n := range []string{"a.ics~", ".a.ics.swp", "#a.ics#", "4913", "x.tmp", ".DS_Store", "._a.ics", "a.ics.orig", "a.ics.rej", "a.icsab12cd"} {
		w.write("work/"+n, event("stray", "Stray"))
	}
	link := func(to, name string) { must(t, os.Symlink(to, filepath.Join(w.dir, name))) }
	link(filepath.Join(outside, "x.ics"), "work/link.ics")
	link("nowhere", "work/dangling.ics")
	link("circle.ics", "work/circle.ics")
	link(outside, "elsewhere")
	must(t, unix.Mkfifo(filepath.Join(w.dir, "work/fifo.ics"), 0o600))
	must(t, os.MkdirAll(filepath.Join(w.dir, "work/dir.ics"), 0o700))
	names := func() (all []string) {
		for name := range w.links() {
			all = append(all, name)
		}
		slices.Sort(all)
		return all
	}
	before := names()
	w.work.Put("link.ics", event("link", "The server has this name"))
	w.work.Put("fifo.ics", event("fifo", "And this one"))
	w.work.Put("a.ics", event("a", "Second"))
	w.server.ResetLog()
	report, err := w.try()
	must(t, err)
	must(t, report.Remotes[0].Err)
	if w.server.Writes() != 0 || !strings.Contains(w.read("work/a.ics"), "Second") {
		t.Errorf("%d writes; a.ics = %q", w.server.Writes(), w.read("work/a.ics"))
	}
	for _, name := range []string{"link.ics", "dangling.ics", "circle.ics", "fifo.ics", "dir.ics"} {
		if !slices.ContainsFunc(report.Problems, func(p repo.Problem) bool { return p.Name == "work/"+name && p.Severity == repo.Lasting }) {
			t.Errorf("%s is not reported", name)
		}
	}
	for _, name := range before {
		if _, err := os.Lstat(filepath.Join(w.dir, name)); err != nil {
			t.Error(err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(outside, "x.ics")); err != nil || !bytes.Equal(b, event("x", "Outside")) {
		t.Errorf("outside: %q, %v", b, err)
	}
	if list, _ := os.ReadDir(outside); len(list) != 1 {
		t.Errorf("outside: %v", list)
	}
}

// links lists what is in the collections, and links and pipes above all.
func (w *world) links() map[string]os.FileMode {
	w.t.Helper()
	found := map[string]os.FileMode{}
	list, err := os.ReadDir(filepath.Join(w.dir, "work"))
	must(w.t, err)
	for _, e := range list {
		found["work/"+e.Name()] = e.Type()
	}
	return found
}

// TestF76ExportInOneFileIsNotSent: an export of a whole calendar is dropped into a collection. It is refused, with what to do, and stays.
func TestF76ExportInOneFileIsNotSent(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a"})
	one, two := string(event("one", "One")), string(event("two", "Two"))
	export := strings.Replace(one, "END:VCALENDAR\r\n", "", 1) + two[strings.Index(two, "BEGIN:VEVENT"):]
	w.write("work/export.ics", []byte(export))
	w.write("work/good.ics", event("good", "Good"))
	w.server.ResetLog()
	r := w.sync()
	if n := w.server.Count("PUT"); n != 1 || states(r)[repo.Refused] != 1 {
		t.Errorf("%d PUTs; steps %+v", n, r.Plan.Steps)
	}
	if w.read("work/export.ics") != export {
		t.Error("the export was touched")
	}
}

// TestF80NamesThatFallTogether: the server tells apart what some file systems do not. Each item has a file of its own there too, and it
// stays the same one.
func TestF80NamesThatFallTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	hrefs := []string{"dentist.ics", "Dentist.ics", "DENTIST.ICS", "\u00e9t\u00e9.ics", "e\u0301te\u0301.ics", "K.ics", "\u212a.ics"}
	for i, href := range hrefs {
		w.work.Put(href, event(fmt.Sprintf("u%d", i), "Item"))
	}
	w.sync()
	folded := map[string]bool{}
	list, err := os.ReadDir(filepath.Join(w.dir, "work"))
	must(t, err)
	for _, e := range list {
		folded[strings.ToLower(e.Name())] = true
	}
	if len(folded) != len(hrefs) {
		t.Errorf("%d items, %d names that differ in more than case: %v", len(hrefs), len(folded), list)
	}
	w.settled()
	for i, href := range hrefs {
		w.work.Put(href, event(fmt.Sprintf("u%d", i), "Edited there"))
	}
	w.server.ResetLog()
	w.noDelete(w.sync())
	if again, _ := os.ReadDir(filepath.Join(w.dir, "work")); fmt.Sprint(again) != fmt.Sprint(list) {
		t.Errorf("names were %v and are %v", list, again)
	}
	w.settled()
}

// TestF82LineEndsAreNoEdit: an editor saves the same content with other line ends, a byte order mark, or other folds. The file keeps its
// bytes, and nothing is sent for them.
func TestF82LineEndsAreNoEdit(t *testing.T) {
	t.Parallel()
	whole := string(event("a", "First a", "DESCRIPTION:long enough to be folded"))
	for name, body := range map[string]string{
		"LF":    strings.ReplaceAll(whole, "\r\n", "\n"),
		"mixed": strings.Replace(whole, "\r\n", "\n", 3),
		"CR":    strings.ReplaceAll(whole, "\r\n", "\r"),
		"BOM":   "\ufeff" + whole,
		"tab":   strings.Replace(whole, "enough", "eno\r\n\tugh", 1),
		"fold":  strings.Replace(whole, "enough", "eno\r\n ugh", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.disk = quick(w)
			w.work.Put("a.ics", []byte(whole))
			w.sync()
			w.write("work/a.ics", []byte(body))
			w.server.ResetLog()
			w.sync()
			if n := w.server.Writes(); n != 0 {
				t.Errorf("%d writes", n)
			}
			if w.read("work/a.ics") != body {
				t.Error("the bytes of the file were changed")
			}
			w.settled()
			w.work.Put("a.ics", []byte(strings.Replace(whole, "First", "Second", 1)))
			w.sync()
			if !strings.Contains(w.read("work/a.ics"), "Second") {
				t.Error("an edit there does not come any more")
			}
			w.settled()
		})
	}
}

// TestF84EditsThatHide: an edit keeps size and time of the file, or sets the time back or ahead. It is found and sent.
func TestF84EditsThatHide(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]func(time.Time) time.Time{
		"kept":      func(was time.Time) time.Time { return was },
		"long ago":  func(time.Time) time.Time { return time.Unix(1, 0) },
		"in future": func(was time.Time) time.Time { return was.Add(24 * 365 * time.Hour) },
	} {
		for _, replaced := range []bool{false, true} {
			t.Run(fmt.Sprint(name, replaced), func(t *testing.T) {
				t.Parallel()
				w := agreed(t, []string{"a", "b"})
				w.settled()
				p := filepath.Join(w.dir, "work/a.ics")
				i, err := os.Stat(p)
				must(t, err)
				body := bytes.Replace(event("a", "First a"), []byte("First"), []byte("Fifth"), 1)
				if replaced {
					must(t, os.WriteFile(p+"~", body, 0o600))
					must(t, os.Rename(p+"~", p))
				} else {
					must(t, os.WriteFile(p, body, 0o600))
				}
				must(t, os.Chtimes(p, when(i.ModTime()), when(i.ModTime())))
				w.sync()
				if body, _ := w.work.Get("a.ics"); !strings.Contains(string(body), "Fifth a") {
					t.Error("the edit was not found")
				}
				w.settled()
			})
		}
	}
}

// TestF63F86RepositoryElsewhere: the git directory lies elsewhere. That is refused with the remedy, before anything is done.
func TestF63F86RepositoryElsewhere(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.move(".git", "../elsewhere.git")
	for name, how := range map[string]func(){
		"file": func() { w.write(".git", []byte("gitdir: ../elsewhere.git\n")) },
		"link": func() { must(t, os.Symlink("../elsewhere.git", filepath.Join(w.dir, ".git"))) },
	} {
		how()
		w.remove("work/a.ics")
		w.server.ResetLog()
		if _, err := w.try(); err == nil || !strings.Contains(err.Error(), "leads elsewhere") {
			t.Errorf("%s: error %v", name, err)
		}
		if n := len(w.server.Requests()); n != 0 {
			t.Errorf("%s: %d requests", name, n)
		}
		w.remove(".git")
		w.write("work/a.ics", event("a", "First a"))
	}
	w.move("../elsewhere.git", ".git")
	w.sync()
	w.settled()
}

// TestF106IgnoredByGit: git is told to ignore items. They are items all the same, and ignoring is no deletion.
func TestF106IgnoredByGit(t *testing.T) {
	t.Parallel()
	w := agreed(t, []string{"a", "b"})
	w.write(".gitignore", []byte("*.ics\nwork/\n"))
	must(t, os.WriteFile(filepath.Join(w.dir, ".git/info/exclude"), []byte("*\n"), 0o600))
	w.write("work/n.ics", event("n", "New here"))
	w.write("work/a.ics", event("a", "Edited here"))
	w.work.Put("m.ics", event("m", "New there"))
	w.server.ResetLog()
	w.decided(w.sync())
	if w.server.Count("DELETE") != 0 {
		t.Error("ignoring was taken for deleting")
	}
	w.settled()
	if here := w.here("work"); len(here) != 4 || w.work.Len() != 4 {
		t.Errorf("%d here, %d there", len(here), w.work.Len())
	}
}

// TestS1S3NamesFromAServer: hrefs, UIDs and display names that mean to leave the vdir or to reach git's own directory, on any file system.
// Nothing is written outside, and git has nothing to say about the trees, whatever it protects.
func TestS1S3NamesFromAServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.disk = quick(w)
	w.sync()
	outside := w.outside()
	choose := w.remote().Choose
	bad := []string{"../x", "..", ".git", ".GIT", "git~1", ".git ", ".g\u200cit", ".git::$INDEX_ALLOCATION", "a/../../b", "/etc/x", `a\b`, "x.ics:evil",
		"-rf", "con", "x.", ".gitmodules", ".gitattributes", "HEAD", "objects", "refs", "config", "hooks", strings.Repeat("l", 300), "a\x7fb\u202e"}
	for i, name := range bad {
		w.work.Put(url.PathEscape(name)+".ics", event(fmt.Sprint("u", i), "Item"))
		w.server.AddCalendar("ada", fmt.Sprintf("c%d", i), davtest.Props{DisplayName: name}).Put("x.ics", event(name, "Item"))
	}
	for range 2 {
		report, err := w.try(func(q *repo.Request) {
			q.Remotes[0].Choose = func(info remote.Info, dirs []string, taken func(string) bool) (string, bool) {
				if taken == nil || info.ID == "work" {
					return choose(info, dirs, taken)
				}
				return vdir.DirName(info.Name, info.ID, taken), true
			}
		})
		must(t, err)
		must(t, report.Remotes[0].Err)
	}
	if now := w.outside(); now != outside {
		t.Errorf("outside of the vdir was %s and is %s", outside, now)
	}
	if n := len(w.here("work")); n != len(bad) {
		t.Errorf("%d items of %d", n, len(bad))
	}
	must(t, os.Mkdir(filepath.Join(w.dir, "git~1"), 0o700))
	w.write("git~1/x.ics", event("x", "By hand"))
	w.work.Put("last.ics", event("last", "Goes on"))
	report, err := w.try()
	must(t, err)
	if w.here("work")["last"] == nil || !slices.ContainsFunc(report.Problems, func(p repo.Problem) bool { return p.Name == "git~1" }) {
		t.Errorf("a directory that git refuses: %+v", report.Problems)
	}
	if out := w.git("-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "fsck", "--full", "--strict", "--no-dangling"); strings.TrimSpace(out) != "" {
		t.Errorf("git fsck: %s", out)
	}
	for _, ref := range []string{"main", "refs/remotes/server/main", "refs/vgit/server/base"} {
		for _, line := range strings.Split(w.git("ls-tree", "-rz", "--name-only", ref), "\x00") {
			if base := filepath.Base(line); strings.HasPrefix(base, ".git") {
				t.Errorf("%s holds %q", ref, line)
			}
		}
	}
}

// TestS5TreesThatHoldAnything: by somebody's hand, main, tracking branch and base hold links, submodules, names that lead out
// and folders in folders. Nothing of that is written into the vdir, sent, or taken for a deletion.
func TestS5TreesThatHoldAnything(t *testing.T) {
	t.Parallel()
	for _, ref := range []string{"refs/heads/main", "refs/remotes/server/main", "refs/vgit/server/base"} {
		t.Run(ref, func(t *testing.T) {
			t.Parallel()
			w := agreed(t, letters(3))
			outside := w.outside()
			w.hostileTree(ref)
			w.work.Put("i00.ics", event("i00", "First i00", "SEQUENCE:4"))
			w.server.ResetLog()
			for range 2 {
				report, err := w.try()
				must(t, err)
				must(t, report.Remotes[0].Err)
				w.noDelete(report.Remotes[0])
			}
			if n := w.server.Writes(); n != 0 {
				t.Errorf("%d writes to the server", n)
			}
			if now := w.outside(); now != outside {
				t.Errorf("outside of the vdir was\n%s\nand is\n%s", outside, now)
			}
			list, err := os.ReadDir(filepath.Join(w.dir, "work"))
			must(t, err)
			if len(list) != 3 {
				t.Errorf("files %v", list)
			}
		})
	}
}

// outside lists what lies beside the vdir.
func (w *world) outside() string {
	w.t.Helper()
	list, err := os.ReadDir(filepath.Dir(w.dir))
	must(w.t, err)
	return fmt.Sprint(list)
}

// hostileTree puts entries into the collection of a ref that git would not.
func (w *world) hostileTree(ref string) {
	w.t.Helper()
	dir := "work"
	if strings.HasPrefix(ref, "refs/vgit/") {
		dir = "local/work"
	}
	blob := strings.TrimSpace(w.git("rev-parse", "main:work/i01.ics"))
	commit := strings.TrimSpace(w.git("rev-parse", "main"))
	sub := strings.TrimSpace(w.git("rev-parse", "main:work"))
	list := strings.TrimSuffix(w.git("ls-tree", ref+":"+dir), "\n")
	for _, e := range []string{
		"120000 blob " + blob + "\tlink.ics", "160000 commit " + commit + "\tmodule.ics", "040000 tree " + sub + "\tdeep.ics",
		"100644 blob " + blob + "\t..", "100644 blob " + blob + "\t.git", "100644 blob " + blob + "\t.GIT.ics", "100755 blob " + blob + "\tnotes",
	} {
		list += "\n" + e
	}
	tree := w.mktree(list)
	for dir != "." {
		parent, name := filepath.Split(dir)
		parent = strings.TrimSuffix(parent, "/")
		var lines []string
		for _, line := range strings.Split(strings.TrimSuffix(w.git("ls-tree", ref+":"+parent), "\n"), "\n") {
			if !strings.HasSuffix(line, "\t"+name) {
				lines = append(lines, line)
			}
		}
		tree = w.mktree(strings.Join(append(lines, "040000 tree "+tree+"\t"+name), "\n"))
		dir = filepath.Dir(dir)
	}
	args := []string{"commit-tree", "-m", "hostile"}
	for _, p := range strings.Fields(w.git("rev-parse", ref+"^@")) { // a base has the parents of a base
		args = append(args, "-p", p)
	}
	w.git("update-ref", ref, strings.TrimSpace(w.git(append(args, tree)...)))
}

func (w *world) mktree(list string) string {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "list")
	must(w.t, os.WriteFile(file, []byte(list+"\n"), 0o600))
	in, err := os.Open(file)
	must(w.t, err)
	defer in.Close()
	cmd := exec.Command("git", "-C", w.dir, "mktree", "--missing")
	cmd.Stdin = in
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git mktree: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}
