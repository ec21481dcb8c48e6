//go:build clients

package davtest_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"vgit/remote/davtest"
	"vgit/remote/realtest"
)

// leftOut is what the checker finds missing, and why. What the server leaves out is in the comment of the package.
var leftOut = map[string]string{
	"freebusy-query":                 "left out",
	"principal-search":               "left out (RFC 3744 9.4)",
	"scheduling":                     "left out (RFC 6638)",
	"search.recurrences":             "a time range is answered generously, and nothing is expanded",
	"search.text.comp-type-optional": "a filter of the calendar does not look into its components (RFC 4791 9.7.2)",
	"url.encode-at.identity":         "@ and %40 are the same in a path (RFC 3986 2.2, 3.3)",
}

// A checker of servers by the makers of python-caldav finds nothing missing but what is known to be left out.
func TestClientChecker(t *testing.T) {
	t.Parallel()
	_, url, _ := serve(t, 0, davtest.UIDPerCollection)
	said := realtest.NewClient(t, "caldav-server-tester", t.TempDir()).Run("--caldav-url", url, "--caldav-username", "alice",
		"--caldav-password", "alicepw", "--format", "json")
	var found struct {
		Features map[string]struct{ Support, Behaviour string }
	}
	if err := json.NewDecoder(strings.NewReader(said[max(0, strings.Index(said, "{\n")):])).Decode(&found); err != nil {
		t.Fatalf("%v in\n%s", err, said)
	}
	if len(found.Features) < 5 {
		t.Fatalf("the checker found little:\n%s", said)
	}
	for _, name := range slices.Sorted(maps.Keys(found.Features)) {
		f := found.Features[name]
		if strings.HasPrefix(name, "search.recurrences") {
			name = "search.recurrences"
		}
		if f.Support != "full" && f.Support != "unknown" && leftOut[name] == "" {
			t.Errorf("%s: %s %s", name, f.Support, f.Behaviour)
		}
	}
}
