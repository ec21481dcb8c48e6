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

// TestP66PicturesStayWhole: on a server that cuts the pictures of stored vCards 4.0 for who reads 3.0 (Cyrus), a card of 4.0 with a picture comes to
// phones whole, and back whole from one that knows 3.0 only. The file keeps its version and its bytes, nothing is sent twice, and syncs become quiet.
func TestP66PicturesStayWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, davtest.CutsPictures)
	w.disk = quick(w)
	w.kind = remote.Contacts
	w.set = func(o *repo.Options) {
		o.Layout, o.Kind, o.Extension = repo.Layout{Ext: ".vcf"}, remote.Contacts, ".vcf"
	}
	r := dav.New(dav.Options{
		URL: w.url, Kind: remote.Contacts, User: "ada", Auth: "basic",
		Password: func(context.Context) (string, error) { return "secret", nil },
		Sleep:    func(context.Context, time.Duration) error { return nil },
	})
	t.Cleanup(func() { r.Close() })
	w.client = r
	book := w.server.AddAddressBook("ada", "friends", davtest.Props{})
	photo := strings.Repeat("QUJDREVG", 400)
	card := "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:eve\r\nFN:Eve\r\nN:;Eve;;;\r\nTITLE:Spy\r\nKIND:individual\r\nRELATED;TYPE=friend:urn:uuid:1\r\nPHOTO:data:image/jpeg;base64," + photo + "\r\nEND:VCARD\r\n"
	other := strings.NewReplacer("eve", "bob", "Eve", "Bob", "PHOTO:data:image/jpeg;base64,", "PHOTO;ENCODING=b;TYPE=JPEG:", "VERSION:4.0", "VERSION:3.0", "RELATED;TYPE=friend:urn:uuid:1\r\n", "").Replace(card)
	book.Put("bob.vcf", []byte(other))
	for _, name := range strings.Fields("a b c d e f g h") { // by these it is learned that bytes are kept
		w.write("friends/"+name+".vcf", []byte("BEGIN:VCARD\r\nVERSION:4.0\r\nUID:"+name+"\r\nFN:"+name+"\r\nEND:VCARD\r\n"))
	}
	w.sync()
	w.write("friends/eve.vcf", []byte(card))
	w.write("friends/bob.vcf", []byte(strings.Replace(w.read("friends/bob.vcf"), "TITLE:Spy", "TITLE:Agent", 1)))
	w.sync()
	w.quiet()
	w.quiet()
	w.write("friends/dan.vcf", []byte(strings.NewReplacer("eve", "dan", "Eve", "Dan").Replace(card)))
	w.sync()
	w.quiet()
	if got := w.read("friends/eve.vcf"); got != card {
		t.Errorf("the file is %.400q", got)
	}
	for _, name := range book.List() {
		stored, _ := book.Get(name)
		if len(stored) < len(photo) {
			continue
		}
		if text := strings.ReplaceAll(string(stored), "\r\n ", ""); !strings.Contains(text, "VERSION:3.0") || !strings.Contains(text, "PHOTO;ENCODING=b;TYPE=JPEG:"+photo) {
			t.Errorf("%s is stored as %.400q", name, text)
		}
		book.Put(name, []byte(strings.NewReplacer("TITLE:Spy", "TITLE:Doctor", "TITLE:Agent", "TITLE:Doctor").Replace(string(stored))))
	}
	before := w.server.Writes()
	w.sync()
	w.quiet()
	for _, name := range []string{"eve", "bob"} {
		if got := strings.ReplaceAll(w.read("friends/"+name+".vcf"), "\r\n ", ""); !strings.Contains(got, photo) || !strings.Contains(got, "TITLE:Doctor") {
			t.Errorf("%s is %.400q", name, got)
		}
	}
	if n := w.server.Writes() - before; n != 0 {
		t.Errorf("%d writes for what a phone did", n)
	}
}
