package repo_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
	"vgit/repo"
)

// TestF55OtherVCardVersion: the version that cards are asked for in is changed in the configuration, on a server that converts and keeps the etag. The
// bodies come once, nothing is sent, and nobody is asked.
func TestF55OtherVCardVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.ConvertsVCards)
	w.disk = quick(w)
	w.set = func(o *repo.Options) {
		o.Layout, o.Kind, o.Extension = repo.Layout{Ext: ".vcf"}, remote.Contacts, ".vcf"
	}
	book := w.server.AddAddressBook("ada", "friends", davtest.Props{})
	for i := range 3 {
		book.Put(letters(3)[i]+".vcf", []byte(strings.Replace(string(davtest.Card(1, i)), "VERSION:3.0", "VERSION:4.0", 1)))
	}
	as := func(version string) func(*repo.Request) {
		r := dav.New(dav.Options{
			URL: w.url, Kind: remote.Contacts, User: "ada", Auth: "basic", VCard: version,
			Password: func(context.Context) (string, error) { return "secret", nil },
			Sleep:    func(context.Context, time.Duration) error { return nil },
		})
		t.Cleanup(func() { r.Close() })
		return func(q *repo.Request) {
			q.Remotes[0].Client, q.Remotes[0].Kind, q.Remotes[0].Type = r, remote.Contacts, "carddav"
		}
	}
	w.sync(as("4.0"))
	for _, version := range []string{"3.0", "keep"} {
		w.server.ResetLog()
		w.decided(w.sync(as(version)))
		if n := w.bodies(); n != 3 || w.server.Writes() != 0 {
			t.Errorf("%s: %d bodies, %d writes", version, n, w.server.Writes())
		}
		want := map[string]string{"3.0": "VERSION:3.0", "keep": "VERSION:4.0"}[version]
		if got := w.git("show", tracking+":friends/i00.vcf"); !strings.Contains(got, want) {
			t.Errorf("%s: %q", version, got)
		}
		before := w.everything()
		w.server.ResetLog()
		w.sync(as(version))
		if n := len(w.server.Requests()); n != 1 || len(changedFiles(before, w.everything())) > 0 {
			t.Errorf("%s: the run after makes %d requests", version, n)
		}
	}
	w.sound()
}
