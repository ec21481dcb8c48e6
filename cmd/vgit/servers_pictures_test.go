//go:build servers

package main_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/remote/realtest"
)

// TestServerPictures: cards with pictures, written here and on a phone and edited on the other side, as vCard 3.0 and as 4.0, are whole on each server
// for whoever reads them in either version, and the next sync is quiet. The files keep their version and their bytes.
func TestServerPictures(t *testing.T) {
	binary := buildCommand(t)
	for _, name := range realtest.Names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := realtest.Start(t, name)
			if server.Digest {
				return // the same but for the login
			}
			r := newRig(t, binary, server, "contacts")
			pictures(r)
		})
	}
}

// pictured is a card with a line for its picture.
func pictured(version, uid, photo string, more ...string) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCARD\r\nVERSION:" + version + "\r\nUID:" + uid + "\r\nFN:Ada " + uid + "\r\nN:" + uid + ";Ada;;;\r\nTITLE:First\r\n")
	for _, l := range append(more, photo) {
		for len(l) > 74 {
			b.WriteString(l[:74] + "\r\n ")
			l = l[74:]
		}
		b.WriteString(l + "\r\n")
	}
	return []byte(b.String() + "END:VCARD\r\n")
}

func pictures(r *rig) {
	data := make([]byte, 20<<10)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	photo := base64.StdEncoding.EncodeToString(data)
	inline, uri := "PHOTO;ENCODING=b;TYPE=JPEG:"+photo, "PHOTO:data:image/jpeg;base64,"+photo
	r.phonePut(r.path+"phone.vcf", pictured("3.0", "phone", inline))
	r.sync(0)
	r.find()

	uids := []string{"four", "three", "phone"}
	if strings.HasPrefix(r.server.Name, "radicale") { // drops what stands after a comma, so a data: URI for every reader (docs/servers.md)
		uids = uids[1:]
	}
	four := pictured("4.0", "four", uri, "KIND:individual", "RELATED;TYPE=friend:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "ANNIVERSARY:20010203")
	three := pictured("3.0", "three", inline)
	written := map[string][]byte{"four.vcf": four, "three.vcf": three}
	if uids[0] != "four" {
		delete(written, "four.vcf")
	}
	for name, body := range written {
		r.write(name, body)
	}
	r.sync(0)
	r.settled()
	for name, want := range written {
		if got, err := os.ReadFile(filepath.Join(r.dir, name)); err != nil || !bytes.Equal(got, want) {
			r.t.Errorf("%s has other bytes now: %v\n%.800s", name, err, got)
		}
	}
	r.whole(photo, uids...)

	for _, uid := range uids {
		r.edit(uid, "TITLE", "Edited here")
	}
	r.sync(0)
	r.settled()
	r.whole(photo, uids...)
	for _, uid := range uids { // by a phone that knows 3.0 only, and writes all that it read
		r.phoneEdit(uid, "TITLE", "Edited there")
	}
	r.sync(0)
	r.noWrites("a download")
	r.settled()
	r.whole(photo, uids...)
}

// whole looks that a picture is there for every reader, and here.
func (r *rig) whole(photo string, uids ...string) {
	r.t.Helper()
	here := r.local()
	for _, uid := range uids {
		it := r.thereIs(uid)
		for _, accept := range []string{"", "text/vcard; version=3.0", "text/vcard; version=4.0"} {
			header := http.Header{}
			if accept != "" {
				header.Set("Accept", accept)
			}
			if _, body := r.ask(http.MethodGet, it.place, nil, header); !strings.Contains(folds.ReplaceAllString(string(body), ""), photo) {
				r.t.Errorf("the picture of %s is not whole for %q:\n%.1500s", uid, accept, body)
			}
		}
		if !strings.Contains(folds.ReplaceAllString(string(here[uid].body), ""), photo) {
			r.t.Errorf("the picture of %s is not whole here:\n%.1500s", uid, here[uid].body)
		}
	}
}
