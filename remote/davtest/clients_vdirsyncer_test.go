//go:build clients

package davtest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/remote/realtest"
)

// twoSides is a directory and an account that vdirsyncer keeps in step.
type twoSides struct {
	t      *testing.T
	server *davtest.Server
	url    string
	book   bool // cards, not events
	ext    string
	dir    string
	sync   *realtest.Client
}

func newTwoSides(t *testing.T, book bool, auth string, opts ...davtest.Option) *twoSides {
	t.Helper()
	s := davtest.New(opts...)
	s.AddUser("alice", "alicepw")
	url, stop := s.Start()
	t.Cleanup(stop)
	home := t.TempDir()
	w := &twoSides{t: t, server: s, url: url, book: book, ext: ".ics", dir: filepath.Join(home, "vdir")}
	protocol, metadata := "caldav", `"color", "displayname", "description", "order"`
	if book {
		w.ext, protocol, metadata = ".vcf", "carddav", `"displayname", "description"`
	}
	config := fmt.Sprintf(`[general]
status_path = "~/status/"
[pair both]
a = "here"
b = "there"
collections = ["from a", "from b"]
metadata = [%s]
[storage here]
type = "filesystem"
path = %q
fileext = %q
[storage there]
type = %q
url = %q
username = "alice"
password = "alicepw"
auth = %q
`, metadata, w.dir, w.ext, protocol, url, auth)
	file := filepath.Join(home, "config")
	w.write(file, config)
	w.sync = realtest.NewClient(t, "vdirsyncer", home, "VDIRSYNCER_CONFIG="+file)
	return w
}

func (w *twoSides) write(file, text string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// collection is one of the server's.
func (w *twoSides) collection(id string) *davtest.Collection {
	w.t.Helper()
	c := w.server.Collection("alice", id)
	if c == nil {
		w.t.Fatalf("no collection %q on the server", id)
	}
	return c
}

// put writes an item on the server.
func (w *twoSides) put(id, uid, title string) {
	w.t.Helper()
	w.collection(id).Put(uid+w.ext, []byte(w.item(uid, title)))
}

// save writes an item into the directory.
func (w *twoSides) save(id, uid, title string) {
	w.t.Helper()
	w.write(filepath.Join(w.dir, id, uid+w.ext), w.item(uid, title))
}

func (w *twoSides) item(uid, title string) string {
	if w.book {
		return "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:" + title + "\r\nN:" + title + ";;;;\r\nEND:VCARD\r\n"
	}
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:" + uid +
		"\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\nSUMMARY:" + title + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

var titleLine = regexp.MustCompile(`(?m)^(?:SUMMARY|FN):([^\r\n]*)`)

// titles are those of a set of bodies, in order.
func titles(bodies ...[]byte) string {
	var all []string
	for _, b := range bodies {
		if m := titleLine.FindSubmatch(b); m != nil {
			all = append(all, string(m[1]))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func (w *twoSides) here(id string) string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, id, "*"+w.ext))
	if err != nil {
		w.t.Fatal(err)
	}
	var bodies [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			w.t.Fatal(err)
		}
		bodies = append(bodies, b)
	}
	return titles(bodies...)
}

func (w *twoSides) there(id string) string {
	w.t.Helper()
	c := w.collection(id)
	var bodies [][]byte
	for _, name := range c.List() {
		b, _ := c.Get(name)
		bodies = append(bodies, b)
	}
	return titles(bodies...)
}

// both looks that the two sides have these titles, and that another sync writes nothing.
func (w *twoSides) both(id, want string) {
	w.t.Helper()
	w.sync.Run("sync")
	if here, there := w.here(id), w.there(id); here != want || there != want {
		w.t.Errorf("%s: %q here and %q there, want %q", id, here, there, want)
	}
	w.server.ResetLog()
	w.sync.Run("sync")
	if n := w.server.Writes(); n != 0 {
		w.t.Errorf("a sync with nothing to do wrote %d times", n)
	}
}

// vdirsyncer creates, edits and deletes on both sides, on our server as it is and on the likenesses of some others.
func TestClientVdirsyncer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ profile, auth, kind string }{
		{"correct", "basic", "calendar"}, {"correct", "basic", "contacts"}, {"radicale", "basic", "calendar"}, {"xandikos", "basic", "contacts"},
		{"nextcloud", "basic", "calendar"}, {"baikal", "digest", "contacts"}, {"sogo", "basic", "calendar"},
	} {
		t.Run(c.profile+"/"+c.kind, func(t *testing.T) {
			t.Parallel()
			option, err := davtest.Profile(c.profile)
			if err != nil {
				t.Fatal(err)
			}
			bothWays(newTwoSides(t, c.kind == "contacts", c.auth, option))
		})
	}
}

func bothWays(w *twoSides) {
	add := w.server.AddCalendar
	if w.book {
		add = w.server.AddAddressBook
	}
	add("alice", "one", davtest.Props{DisplayName: "One & <only>"})
	for _, uid := range []string{"a", "b", "c", "d"} {
		w.put("one", uid, "Item "+uid)
	}
	w.sync.Answer(strings.Repeat("y\n", 9), "discover")
	w.both("one", "Item a, Item b, Item c, Item d")
	w.save("one", "e", "New here")
	w.put("one", "f", "New there")
	w.save("one", "a", "Item a, edited here")
	w.put("one", "b", "Item b, edited there")
	if err := os.Remove(filepath.Join(w.dir, "one", "c"+w.ext)); err != nil {
		w.t.Fatal(err)
	}
	w.collection("one").Delete("d" + w.ext)
	w.both("one", "Item a, edited here, Item b, edited there, New here, New there")
}

// What vdirsyncer makes and names on one side has that name on the other.
func TestClientVdirsyncerCollections(t *testing.T) {
	t.Parallel()
	for kind, opts := range map[string][]davtest.Option{"calendar": nil, "contacts": nil,
		"contacts in one home": {davtest.MixedHome(true), davtest.Prefix("/dav")}} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newTwoSides(t, strings.HasPrefix(kind, "contacts"), "basic", opts...)
			made, property := davtest.Calendar, "color"
			if w.book {
				made, property = davtest.AddressBook, "description"
			}
			w.save("made here", "a", "Item a")
			w.write(filepath.Join(w.dir, "made here", "displayname"), "Made <here> & named")
			w.write(filepath.Join(w.dir, "made here", property), "#11aa33")
			w.sync.Answer(strings.Repeat("y\n", 9), "discover")
			w.sync.Run("metasync")
			w.both("made here", "Item a")
			if got := w.collection("made here").Kind(); got != made {
				t.Errorf("the collection is of kind %v", got)
			}
			body := w.properties("made here")
			for _, text := range []string{"<d:displayname>Made &lt;here&gt; &amp; named</d:displayname>", ">#11aa33</"} {
				if !strings.Contains(body, text) {
					t.Errorf("no %s in %s", text, body)
				}
			}
			w.collection("made here").SetProps(davtest.Props{DisplayName: "Named ›there‹", Color: "#445566", Description: "#445566"})
			w.sync.Run("metasync")
			for name, want := range map[string]string{"displayname": "Named ›there‹", property: "#445566"} {
				got, err := os.ReadFile(filepath.Join(w.dir, "made here", name))
				if err != nil || string(got) != want {
					t.Errorf("%s is %q %v, want %q", name, got, err, want)
				}
			}
		})
	}
}

// properties is what the server says of a collection.
func (w *twoSides) properties(id string) string {
	w.t.Helper()
	at, err := url.Parse(w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := http.NewRequest("PROPFIND", "http://"+at.Host+w.collection(id).Path(),
		strings.NewReader(`<d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>`))
	if err != nil {
		w.t.Fatal(err)
	}
	maps.Copy(r.Header, http.Header{"Depth": {"0"}, "Accept-Encoding": {"identity"}})
	r.SetBasicAuth("alice", "alicepw")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var b strings.Builder
	if err := resp.Write(&b); err != nil {
		w.t.Fatal(err)
	}
	return b.String()
}
