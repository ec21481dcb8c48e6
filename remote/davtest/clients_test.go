//go:build clients

package davtest_test

import (
	"path/filepath"
	"testing"

	"vgit/remote/davtest"
	"vgit/remote/realtest"
)

// python-caldav makes, asks for, edits and deletes what the standards let it, and finds each answer as it expects it.
func TestClientPythonCalDAV(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("testdata/python_caldav.py")
	if err != nil {
		t.Fatal(err)
	}
	for scenario, opts := range map[string][]davtest.Option{
		"calendars": nil, "items": {davtest.Prefix("/dav"), davtest.MixedHome(true)}, "conditions": nil, "search": nil,
		"changes": {davtest.Prefix("/dav"), davtest.MixedHome(true)}, "multiget": {davtest.AbsoluteHrefs},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			_, url, _ := serve(t, 0, opts...)
			realtest.NewClient(t, "python", t.TempDir()).Run(script, url, "alice", "alicepw", scenario)
		})
	}
}
