package history_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vgit/history"
	"vgit/remote"
	"vgit/remote/dav"
	"vgit/remote/davtest"
	"vgit/repo"
)

// TestLogOfRealSyncs reads what a real sync with a real server wrote, and asks the server nothing.
func TestLogOfRealSyncs(t *testing.T) {
	t.Parallel()
	server := davtest.New()
	server.AddUser("ada", "secret")
	work := server.AddCalendar("ada", "work", davtest.Props{DisplayName: "Work"})
	url, stop := server.Start()
	t.Cleanup(stop)
	client := dav.New(dav.Options{
		URL: url, Kind: remote.Calendar, User: "ada", Auth: "basic", UserAgent: "vgit/test", Retries: -1,
		Password: func(context.Context) (string, error) { return "secret", nil },
		Sleep:    func(context.Context, time.Duration) error { return nil },
	})
	t.Cleanup(func() { client.Close() })
	dir, now := filepath.Join(t.TempDir(), "cal"), time.Now()
	sync := func() {
		t.Helper()
		r, err := repo.Open(repo.Options{
			Path: dir, Layout: repo.Layout{Ext: ".ics"}, Kind: remote.Calendar, Extension: ".ics", Parallel: 2, StateDir: t.TempDir(),
			Now: func() time.Time { return now }, Sleep: func(context.Context, time.Duration) error { return nil },
		}, false)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		report, err := r.Sync(context.Background(), repo.Request{Remotes: []repo.Remote{{
			Name: "server", Type: "caldav", URL: url, Kind: remote.Calendar, Client: client, Create: "ask", Connections: 2, FullListing: time.Hour,
			Choose: func(info remote.Info, _ []string, _ func(string) bool) (string, bool) { return info.ID, true },
		}}})
		if err != nil || report.Remotes[0].Err != nil {
			t.Fatalf("sync: %v, %v", err, report.Remotes[0].Err)
		}
		now = now.Add(time.Minute)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "work", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log := func(item string) (lines []string) {
		t.Helper()
		o := history.Options{Path: dir, Layout: repo.Layout{Ext: ".ics"}, Item: item}
		err := history.Log(context.Background(), o, func(e history.Entry) bool { lines = append(lines, line(e)); return true })
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}

	work.Put("a.ics", []byte(event("a", "Anna")))
	work.Put("b.ics", []byte(event("b", "Ben")))
	sync()
	write("a.ics", event("a", "Anna moved"))
	write("n.ics", event("n", "New\x1b[2J"))
	work.Put("b.ics", []byte(event("b", "Ben moved")))
	sync()
	if err := os.Rename(filepath.Join(dir, "work/a.ics"), filepath.Join(dir, "work/anna.ics")); err != nil {
		t.Fatal(err)
	}
	work.Delete("b.ics")
	sync()
	server.ResetLog()
	want(t, log(""),
		"pull server: - work: Ben moved",
		"edit here: ~ work: Anna moved, was work/a.ics",
		"push server: ~ work: Anna moved", // a push makes a snapshot for what it creates, and one for what it changes
		`push server: + work: New\u{1b}[2J`,
		"pull server: ~ work: Ben moved",
		`edit here: ~ work: Anna moved; + work: New\u{1b}[2J`,
		"pull server: + work: Anna; + work: Ben",
	)
	want(t, log("work/anna.ics"),
		"edit here: ~ work: Anna moved, was work/a.ics",
		"push server: ~ work: Anna moved",
		"edit here: ~ work: Anna moved",
		"pull server: + work: Anna",
	)
	if n := len(server.Requests()); n != 0 {
		t.Errorf("the log made %d requests", n)
	}
}
