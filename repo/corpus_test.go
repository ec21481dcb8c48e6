package repo_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/repo"
	"vgit/repo/item"
)

// corpus reads all calendar files that other projects test with, the malformed ones too.
func corpus(t *testing.T) map[string][]byte {
	t.Helper()
	dir := os.Getenv("VGIT_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "corpus")
	}
	found := map[string][]byte{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(p) == ".ics" {
			found[fmt.Sprintf("c%04d.ics", len(found))], err = os.ReadFile(p)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatalf("no corpus: %v", err)
		}
		t.Skip("the corpus is not here; VGIT_CORPUS names its folder")
	}
	return found
}

// TestCorpusFromTheServer: whatever a server holds, one item stops no other, bytes come as they are, what is broken stays out of the vdir and in
// the history, and the next sync is quiet.
func TestCorpusFromTheServer(t *testing.T) {
	t.Parallel()
	items := corpus(t)
	w := newWorld(t, davtest.EscapedCR)
	w.disk = quick(w)
	for name, body := range items {
		w.work.Put(name, body)
	}
	report, err := w.try()
	must(t, err)
	must(t, report.Remotes[0].Err)
	for name, body := range items {
		got, err := os.ReadFile(filepath.Join(w.dir, "work", name))
		// Blanks around a body do not come through XML, so they decide nothing.
		if seen := bytes.TrimSpace(body); item.Parse(seen).State() == item.Broken || item.Damaged(seen) != "" {
			if err == nil {
				t.Errorf("%s is broken and was written into the vdir", name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s did not arrive: %v", name, err)
		} else if !bytes.Equal(lines(got), lines(body)) {
			t.Errorf("%s arrived changed", name)
		}
	}
	w.sound()
	before := w.everything()
	w.server.ResetLog()
	r := w.sync()
	if n := states(r)[repo.Do]; n != 0 || w.server.Writes() != 0 {
		t.Errorf("the second sync still has %d steps, %d writes", n, w.server.Writes())
	}
	if diff := changedFiles(before, w.everything()); len(diff) > 0 {
		t.Errorf("the second sync changed %q", diff)
	}
}

// lines is a body without regard to its line ends and the blanks around it, which XML does not keep (P36).
func lines(b []byte) []byte {
	return bytes.TrimSpace(bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n")))
}

// TestCorpusFromTheVdir: whatever lies in the vdir, it is left as it is, what can be sent is sent as P85 says, and the rest is named.
func TestCorpusFromTheVdir(t *testing.T) {
	t.Parallel()
	items := corpus(t)
	w := newWorld(t)
	w.disk = quick(w)
	w.work.Put("first.ics", event("first", "First"))
	w.sync()
	old := w.now.Add(-1e12)
	for name, body := range items {
		w.write("work/"+name, body)
		must(t, os.Chtimes(filepath.Join(w.dir, "work", name), old, old))
	}
	report, err := w.try()
	must(t, err)
	r := report.Remotes[0]
	must(t, r.Err)
	for name, body := range items {
		if got := w.read("work/" + name); got != string(body) {
			t.Errorf("%s was changed in the vdir", name)
		}
	}
	sent := map[string]bool{}
	for _, v := range w.server.Stored() {
		sent[string(v.Body)] = true
	}
	named := map[string]bool{}
	for _, p := range append(r.AllProblems(), report.Problems...) {
		named[filepath.Base(p.Name)] = true
	}
	for _, s := range r.Plan.Steps {
		if s.State != repo.Do {
			named[s.Name] = true
		}
	}
	for name, body := range items {
		if !sent[string(item.ForUpload(body))] && !named[name] {
			t.Errorf("%s was neither sent nor named: %s", name, item.Parse(body).Problem())
		}
	}
	if out := w.git("fsck", "--full", "--strict", "--no-dangling"); strings.TrimSpace(out) != "" {
		t.Errorf("git fsck: %s", out)
	}
	w.server.ResetLog()
	w.sync()
	if n := w.server.Writes(); n != 0 {
		t.Errorf("the second sync sends %d more", n)
	}
}
