package repo

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"vgit/remote"
)

func parseStatus(b []byte) (*Status, error) {
	s, err := parseStatusHead("test", b)
	if err != nil {
		return nil, err
	}
	return s, s.parseRows("test")
}

func TestStatusIsTheBytesOfTheFormat(t *testing.T) {
	t.Parallel()
	s := &Status{
		Directory: "work", Href: "/cal/work/", Kind: remote.Calendar, Token: "data:,1", CTag: "\"c\"", Listed: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
		Learned: map[string]string{"keeps": "yes"}, Properties: map[string]string{"displayname": "Work\tand play"},
		Owed: []Owed{{Href: "/cal/work/z.ics", ETag: "\"9\""}},
		Rows: []Row{
			{Name: "a.ics", Href: "/cal/work/a%2Fb.ics", ETag: "\"1\"", UID: "a", Size: 12, Modified: "Mon, 02 Mar 2026 10:00:00 GMT"},
			{Name: "b.ics", Href: "/cal/work/b.ics", Size: -1, Flags: Flags{Broken: true, Stale: 7}},
		},
	}
	want := strings.Join([]string{
		"vgit collection 1", "directory\twork", "href\t/cal/work/", "kind\tcalendar", "token\tdata:,1", "ctag\t\"c\"", "listed\t2026-11-24T10:00:00Z",
		"learned\tkeeps\tyes", "prop\tdisplayname\tWork\\tand play", "owed\t/cal/work/z.ics\t\"9\"", "",
		"a.ics\t/cal/work/a%2Fb.ics\t\"1\"\ta\t\t12\tMon, 02 Mar 2026 10:00:00 GMT", "b.ics\t/cal/work/b.ics\t\t\tbroken,stale=7", "",
	}, "\n")
	if diff := cmp.Diff(want, string(s.bytes())); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}
	back, err := parseStatus(s.bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, back, cmpopts.IgnoreUnexported(Status{})); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestStatusKeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	in := "vgit collection 1\ndirectory\twork\nhref\t/w/\nkind\tcalendar\nzebra\tx\ty\n\na.ics\t/w/a.ics\n"
	s, err := parseStatus([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, string(s.bytes())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestF109NewerFormatIsRefused(t *testing.T) {
	t.Parallel()
	var newer *ErrNewer
	if _, err := parseStatusHead("x", []byte("vgit collection 2\n\n")); !errors.As(err, &newer) {
		t.Errorf("collection: %v", err)
	}
	if _, err := parseAccount([]byte("vgit remote 3\n")); !errors.As(err, &newer) {
		t.Errorf("remote: %v", err)
	}
	for _, tail := range []string{"token\tt\tu\n\n", "learned\ta\tb\tc\n\n", "\na\t/a\t\t\t\t\t\t\tmore\n", "\na\t/a\t\t\tpurple\n"} {
		if _, err := parseStatus([]byte("vgit collection 1\n" + tail)); !errors.As(err, &newer) {
			t.Errorf("collection with %q: %v", tail, err)
		}
	}
	if _, err := parseAccount([]byte("vgit remote 1\nhome\t/a\t/b\n")); !errors.As(err, &newer) {
		t.Errorf("remote with more fields: %v", err)
	}
	if _, err := parsePending([]byte("vgit pending 1\nwrite\ta\tb\tc\td\te\n")); !errors.As(err, &newer) {
		t.Errorf("pending with more fields: %v", err)
	}
}

func TestStatusRefusesWhatIsNoStatus(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", "vgit collection 1", "vgit collection one\n\n", "vgit remote 1\n\n", "vgit collection 1\ndirectory\twork\n",
		"vgit collection 1\nlisted\tyesterday\n\n", "vgit collection 1\n\nb\t/b\na\t/a\n", "vgit collection 1\n\na\n", "vgit collection 1\n\na\t/a\t\t\tpurple\n",
		"vgit collection 1\n\na\t/a\t\t\t\t-5\n", "vgit collection 1\nhref\t\\q\n\n",
	} {
		if s, err := parseStatus([]byte(in)); err == nil {
			t.Errorf("%q was taken for %+v", in, s)
		}
	}
}

func TestFieldsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := string(rapid.SliceOf(rapid.Byte()).Draw(t, "field"))
		escaped := escapeField(want)
		if strings.ContainsAny(escaped, "\t\n\r") {
			t.Fatalf("%q holds a separator", escaped)
		}
		got, err := unescapeField(escaped)
		if err != nil || got != want {
			t.Fatalf("%q came back as %q: %v", want, got, err)
		}
	})
}
