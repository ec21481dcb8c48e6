package dav

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"vgit/remote"
)

// TestS10EntitiesLeadNowhere: a document that defines entities, in a listing or in a refusal, makes vgit ask nobody and open
// nothing, and what they stand for is not read.
func TestS10EntitiesLeadNowhere(t *testing.T) {
	t.Parallel()
	canary := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, "/followed/") })
	bomb := "<!ENTITY a0 'expanded'>"
	for i := range 30 {
		bomb += fmt.Sprintf("<!ENTITY a%d '&a%d;&a%d;'>", i+1, i, i)
	}
	for name, tt := range map[string]struct{ dtd, text string }{
		"external":  {`[<!ENTITY e SYSTEM "` + canary.URL + `/e">]`, "&e;"},
		"file":      {`[<!ENTITY e SYSTEM "file:///etc/passwd">]`, "&e;"},
		"parameter": {`[<!ENTITY % p SYSTEM "` + canary.URL + `/p"> %p;]`, "x"},
		"subset":    {`SYSTEM "` + canary.URL + `/dtd"`, "x"},
		"bomb":      {"[" + bomb + "]", "&a30;"},
	} {
		for _, status := range []int{207, 403} {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Content-Type", "application/xml")
				w.WriteHeader(status)
				root, inner := "multistatus", `<D:response><D:href>/cal/`+tt.text+`</D:href></D:response>`
				if status == 403 {
					root, inner = "error", `<D:responsedescription>`+tt.text+`</D:responsedescription>`
				}
				_, _ = io.WriteString(w, `<?xml version="1.0"?><!DOCTYPE D:`+root+" "+tt.dtd+`><D:`+root+` xmlns:D="DAV:">`+inner+`</D:`+root+`>`)
			})
			_, err := s.remote(t).Open(remote.Info{Href: "/cal/"}).Changes(t.Context(), remote.State{Full: true})
			if err == nil || strings.Contains(err.Error(), "followed") || strings.Contains(err.Error(), "root:") || len(err.Error()) > 1000 {
				t.Errorf("%s in %d: %v", name, status, err)
			}
		}
	}
	if n := canary.count(); n != 0 {
		t.Errorf("%d requests to a server that a document named", n)
	}
}
