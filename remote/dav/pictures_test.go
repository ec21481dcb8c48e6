package dav_test

import (
	"encoding/base64"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"vgit/remote"
	"vgit/remote/davtest"
)

// asReader reads a card as a client does that asks for a version, as unfolded lines.
func (a account) asReader(t *testing.T, name, version string) []string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, a.url+"/contacts/alice/card/"+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("alice", "alicepw")
	if version != "" {
		r.Header.Set("Accept", "text/vcard; version="+version)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status, err)
	}
	return unfold(string(body))
}

func unfold(card string) []string {
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(card, "\r\n ", ""), "\r\n"), "\r\n")
}

// cardOf is a card of vCard 4.0 with lines of its own.
func cardOf(uid string, lines ...string) string {
	card := "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:" + uid + "\r\nFN:Ada\r\nN:Lovelace;Ada;;;\r\n"
	for _, l := range lines {
		for len(l) > 70 {
			card += l[:70] + "\r\n "
			l = l[70:]
		}
		card += l + "\r\n"
	}
	return card + "END:VCARD\r\n"
}

// picture is data of so many bytes in base64.
func picture(n int) string {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return base64.StdEncoding.EncodeToString(data)
}

// TestP66PicturesAreWholeForReadersOf3: a server that cuts the pictures of stored vCards 4.0 for who reads 3.0 (Cyrus) gets such a card as 3.0. Read
// as 4.0 it is what was put, and what only 4.0 can say is in it. Others get the card as it is; which is which is asked once.
func TestP66PicturesAreWholeForReadersOf3(t *testing.T) {
	t.Parallel()
	photo := picture(20000)
	lines := []string{"KIND:org", "item1.PHOTO;PREF=1:data:image/jpeg;base64," + photo, "item1.X-ABLABEL:Portrait", "BDAY;VALUE=text:in spring",
		"ANNIVERSARY:--0203", `TEL;VALUE=uri;PREF=2;TYPE="cell,voice":tel:+1-234;ext=5`, "RELATED;TYPE=friend:urn:uuid:1", "MEMBER:urn:uuid:2"}
	for name, tt := range map[string]struct {
		opts   []davtest.Option
		asked  string
		stored string
	}{
		"cuts":     {[]davtest.Option{davtest.CutsPictures}, "PUT GET PUT GET GET", "3.0"},
		"converts": {[]davtest.Option{davtest.ConvertsVCards}, "PUT GET", "4.0"},
		"keeps":    {nil, "PUT GET", "4.0"},
		"shrinks":  {[]davtest.Option{davtest.RewritesOnPut(davtest.Drop("PHOTO")), davtest.ETagThoughRewrote}, "PUT GET", "4.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := start(t, tt.opts...)
			r := a.remote(t, remote.Contacts)
			c := a.open(t, r)
			put := func(uid string, pre remote.Precondition, lines ...string) remote.Stored {
				s, err := c.Put(t.Context(), c.NewHref(uid), pre, []byte(cardOf(uid, lines...)))
				if err != nil || s.ETag != remote.ETag(a.card.ETag(uid+".vcf")) {
					t.Fatalf("put %s: %+v, %v", uid, s, err)
				}
				return s
			}
			asked := func(want string, work func()) {
				t.Helper()
				if got := strings.Join(a.asked(work), " "); got != want {
					t.Errorf("it took %s, want %s", got, want)
				}
			}
			var s remote.Stored
			asked("PUT", func() { put("plain", remote.Precondition{Absent: true}, lines[2:]...) })
			asked(tt.asked, func() { s = put("ada", remote.Precondition{Absent: true}, lines...) })
			asked("PUT", func() { put("bob", remote.Precondition{Absent: true}, lines...) })
			asked("PUT", func() { put("ada", remote.Precondition{ETag: s.ETag}, append(lines, "NOTE:edited")...) })
			if name == "shrinks" {
				return
			}
			stored, _ := a.card.Get("bob.vcf")
			if got := unfold(string(stored))[1]; got != "VERSION:"+tt.stored {
				t.Errorf("it is stored as %s", got)
			}
			for uid, lines := range map[string][]string{"bob": lines, "ada": append(lines, "NOTE:edited")} {
				if got, want := a.asReader(t, uid+".vcf", "4.0"), unfold(cardOf(uid, lines...)); !slices.Equal(got, want) {
					t.Errorf("%s in 4.0 is\n%.1500s\nwant\n%.1500s", uid, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				for _, version := range []string{"", "3.0"} {
					if got := strings.Join(a.asReader(t, uid+".vcf", version), "\n"); !strings.Contains(got, photo) {
						t.Errorf("%s in %q is\n%.1500s", uid, version, got)
					}
				}
			}
			other := a.remote(t, remote.Contacts) // another run
			acc, err := other.Look(t.Context(), remote.Binding{Learned: r.Learned()})
			if err != nil {
				t.Fatal(err)
			}
			c = other.Open(acc.Collections[0])
			asked("PUT", func() { put("eve", remote.Precondition{Absent: true}, lines...) })
		})
	}
}

// TestP66PicturesInOtherWords: whatever stands in a card, what is read as 4.0 is what was put. What would not come back as it is goes as it is.
func TestP66PicturesInOtherWords(t *testing.T) {
	t.Parallel()
	data := picture(40)
	a := start(t, davtest.CutsPictures)
	c := a.open(t, a.remote(t, remote.Contacts))
	put := func(uid, card string) {
		t.Helper()
		if _, err := c.Put(t.Context(), c.NewHref(uid), remote.Precondition{Absent: true}, []byte(card)); err != nil {
			t.Fatal(uid, err)
		}
	}
	put("first", cardOf("first", "PHOTO:data:image/png;base64,"+data))
	photo := "PHOTO:data:image/svg+xml;base64," + data
	for name, tt := range map[string]struct {
		lines []string
		back  string // what stands in place of the last line; "" if nothing else does
		three bool
	}{
		"all four":          {[]string{"LOGO:data:image/png;base64," + data, "SOUND:data:audio/ogg;base64," + data, "KEY:data:application/pgp-keys;base64," + data, photo}, "", true},
		"a media type":      {[]string{photo, "LOGO;MEDIATYPE=image/png;PREF=1:data:image/png;base64," + data}, "LOGO;PREF=1:data:image/png;base64," + data, true},
		"a value type":      {[]string{photo, "LOGO;VALUE=URI:data:image/png;base64," + data}, "LOGO:data:image/png;base64," + data, true},
		"a link beside":     {[]string{photo, "LOGO:https://example.org/a;b.png"}, "LOGO;VALUE=uri:https://example.org/a;b.png", true},
		"percents beside":   {[]string{photo, "LOGO:data:image/svg+xml,%3Csvg/%3E"}, "LOGO;VALUE=uri:data:image/svg+xml,%3Csvg/%3E", true},
		"a key as text":     {[]string{photo, "KEY;VALUE=text:abc"}, "", false},
		"a link as such":    {[]string{photo, "KEY;VALUE=URI:https://example.org/a;b"}, "", true},
		"a typed picture":   {[]string{"PHOTO;TYPE=home:data:image/png;base64," + data}, "", false},
		"no image":          {[]string{"PHOTO:data:application/octet-stream;base64," + data}, "", false},
		"parameters within": {[]string{"PHOTO:data:image/png;x=y;base64," + data}, "", false},
		"escapes":           {[]string{`PHOTO:data:image/png\;base64\,` + data}, "", false},
		"names of both":     {[]string{"KIND:group", "X-ADDRESSBOOKSERVER-KIND:group", photo}, "", false},
		"no picture":        {[]string{"LOGO:https://example.org/a;b.png"}, "", false},
		"quoted colons":     {[]string{photo, `ADR;LABEL="a: b; c":;;d;;;;`}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			uid := strings.ReplaceAll(name, " ", "-")
			put(uid, cardOf(uid, tt.lines...))
			want := slices.Clone(tt.lines)
			if tt.back != "" {
				want[len(want)-1] = tt.back
			}
			if got, want := a.asReader(t, uid+".vcf", "4.0"), unfold(cardOf(uid, want...)); !slices.Equal(got, want) {
				t.Errorf("in 4.0\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			stored, _ := a.card.Get(uid + ".vcf")
			if three := strings.Contains(string(stored), "VERSION:3.0"); three != tt.three {
				t.Errorf("stored as 3.0: %v\n%s", three, stored)
			}
		})
	}
	put("nameless", strings.Replace(cardOf("nameless", photo), "N:Lovelace;Ada;;;\r\n", "", 1))
	if got := a.asReader(t, "nameless.vcf", "3.0"); !slices.Contains(got, "N:;;;;") {
		t.Errorf("3.0 needs a name: %q", got)
	}
}
