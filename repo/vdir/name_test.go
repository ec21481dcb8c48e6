package vdir_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"vgit/repo/vdir"
)

func takes(names ...string) func(string) bool {
	set := map[string]bool{}
	for _, n := range names {
		set[vdir.Fold(n)] = true
	}
	return func(folded string) bool { return set[folded] }
}

// S1, S3, X5: what passes unchanged, and what does not.
func TestS1Name(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	for _, test := range []struct {
		base, uid string
		taken     []string
		want      string // a "*" at the end stands for a hash and the extension
	}{
		{"abc.ics", "u", nil, "abc.ics"},
		{"8F3E-a_b.c@d+e=f.ics", "u", nil, "8F3E-a_b.c@d+e=f.ics"},
		{"abc", "u", nil, "abc.ics"},
		{"ABC.ICS", "u", nil, "ABC.ics"},
		{long + ".ics", "u", nil, long + ".ics"},
		{"", "uid@example.org", nil, "uid@example.org.ics"},
		// Taken, whatever the case (X5).
		{"abc.ics", "uid", []string{"ABC.ics"}, "uid.ics"},
		{"abc.ics", "uid", []string{"abc.ics", "UID.ICS"}, "uid-*"},
		{"k.ics", "uid", []string{"\u212a.ics"}, "uid.ics"}, // KELVIN SIGN
		// Not safe.
		{"../../etc/passwd", "uid", nil, "uid.ics"},
		{"..", "", nil, "item-*"},
		{"", "a/b/c", nil, "a-b-c-*"}, // V34
		{"/etc/passwd", "", nil, "etc-passwd-*"},
		{`a\b.ics`, "", nil, "a-b-*"},
		{"a\x00b.ics", "", nil, "a-b-*"},
		{"x.ics:evil", "", nil, "x.ics-evil-*"},
		{"x .ics", "", nil, "x-*"},
		{"-rf.ics", "", nil, "rf-*"}, // S8
		{".git.ics", "", nil, "git-*"},
		{".hidden", "", nil, "hidden-*"},
		{"git~1", "", nil, "git-1-*"},
		{"con.ics", "", nil, "_con-*"},
		{"COM1.x.ics", "", nil, "_COM1.x-*"},
		{"lpt9", "nul", nil, "_nul-*"},
		{"COM10.ics", "", nil, "COM10.ics"},
		{long + "x.ics", "", nil, long[:40] + "-*"},
		{"\xff\xfe.ics", "", nil, "item-*"},
		{"会议.ics", "会议", nil, "item-*"},
		{"", "", nil, "item-*"},
		{"", "trailing. ", nil, "trailing-*"},
	} {
		got := vdir.Name(test.base, test.uid, ".ics", takes(test.taken...))
		stem, hashed := strings.CutSuffix(test.want, "*")
		if got != test.want && !(hashed && strings.HasPrefix(got, stem) && len(got) == len(stem)+16+len(".ics")) {
			t.Errorf("Name(%q, %q) with %q taken = %q, want %q", test.base, test.uid, test.taken, got, test.want)
		}
		if again := vdir.Name(test.base, test.uid, ".ics", takes(test.taken...)); again != got {
			t.Errorf("Name(%q, %q) is %q and then %q", test.base, test.uid, got, again)
		}
	}
	a, b := vdir.Name("a/b", "", ".ics", takes()), vdir.Name("a:b", "", ".ics", takes())
	if a == b {
		t.Errorf("two names become one: %q", a)
	}
	if c := vdir.Name("a/b", "", ".ics", takes(a)); c == a || !strings.HasPrefix(c, "a-b-") {
		t.Errorf("with %q taken: %q", a, c)
	}
}

// S1, S3, S4, A6: directories.
func TestS4DirName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		display, id string
		taken       []string
		want        string
	}{
		{"Work", "id", nil, "Work"},
		{"Work: Project A/B", "id", nil, "Work-Project-A-B"},
		{"Österreich", "id", nil, "Österreich"},
		{"O\u0308sterreich", "id", nil, "Österreich"}, // composed
		{"中国", "id", nil, "中国"},
		{"فلسطين", "id", nil, "فلسطين"},
		{"🎂", "birthdays", nil, "birthdays"},
		{"", "3fa8-11", nil, "3fa8-11"},
		{"..", "/", nil, "collection"},
		{"\xff", "\u200d", nil, "collection"},
		{"Work", "id", []string{"work"}, "Work-2"},
		{"Work", "id", []string{"WORK", "work-2"}, "Work-3"},
		{"ÖL", "id", []string{"öl"}, "ÖL-2"},
		{".git", "id", nil, "git"},
		{".GIT\u200c", "id", nil, "GIT"},
		{"-rf", "id", nil, "rf"},
		{"ends with a dot.", "id", nil, "ends-with-a-dot"},
		{"aux", "id", nil, "_aux"},
		{"HEAD", "id", nil, "HEAD-1"},
		{"objects", "id", nil, "objects-1"},
		{"Refs", "id", nil, "Refs-1"},
		{"config", "id", nil, "config-1"},
		{"hooks", "id", nil, "hooks-1"},
		{"hooks", "id", []string{"hooks-1"}, "hooks-1-2"},
		{"lost+found", "id", nil, "lost+found-1"},
		{"notes.tmp", "id", nil, "notes.tmp-1"},
		{strings.Repeat("ö", 100), "id", nil, strings.Repeat("ö", 46)},
	} {
		got := vdir.DirName(test.display, test.id, takes(test.taken...))
		if got != test.want {
			t.Errorf("DirName(%q, %q) with %q taken = %q, want %q", test.display, test.id, test.taken, got, test.want)
		}
	}
}

// S1 as a law: whatever a server says, the result is safe, free, and does not depend on anything else.
func FuzzS1Names(f *testing.F) {
	for _, s := range []string{"abc.ics", "../x", "/etc/passwd", `..\x`, "a\x00", "CON", "nul.ics", "x.ics:evil", "x.", "x ", "\xff", "-x", ".git", "git~1",
		".git::$INDEX_ALLOCATION", ".gi\u200ct", strings.Repeat("ü", 300), "HEAD", "%2e%2e%2f", "com1.ics", "İ", "ſ.ics"} {
		f.Add(s, "", s)
		f.Add("", s, "x")
		f.Add(s, s, "")
	}
	f.Fuzz(func(t *testing.T, a, b, takenName string) {
		first := vdir.Name(a, b, ".ics", takes(takenName))
		checkName(t, first, ".ics", takenName, false)
		second := vdir.Name(a, b, ".ics", takes(first, takenName))
		checkName(t, second, ".ics", first, false)
		dir := vdir.DirName(a, b, takes(takenName))
		checkName(t, dir, "", takenName, true)
		checkName(t, vdir.DirName(a, b, takes(dir)), "", dir, true)
		if again := vdir.Name(first, "", ".ics", takes()); again != first {
			t.Errorf("%q is a name, and its own name is %q", first, again)
		}
		if again := vdir.DirName(dir, "", takes()); again != dir && len(dir) <= 92 { // what is longer has a number, or leaves no room for one
			t.Errorf("%q is a directory, and its own name is %q", dir, again)
		}
	})
}

func checkName(t *testing.T, name, ext, taken string, letters bool) {
	t.Helper()
	stem, ok := strings.CutSuffix(name, ext)
	if !ok || stem == "" || len(stem) > 100 || !utf8.ValidString(name) {
		t.Errorf("%q: length %d", name, len(stem))
	}
	for _, r := range stem {
		if r < utf8.RuneSelf && !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@+=-", r) ||
			r >= utf8.RuneSelf && !(letters && (unicode.IsLetter(r) || unicode.In(r, unicode.N))) {
			t.Errorf("%q has %q", name, r)
		}
	}
	if strings.ContainsAny(name[:1], ".-") || strings.HasSuffix(name, ".") {
		t.Errorf("%q begins or ends badly", name)
	}
	if vdir.Fold(name) == vdir.Fold(taken) {
		t.Errorf("%q is taken by %q", name, taken)
	}
	first, _, _ := strings.Cut(strings.ToLower(name), ".")
	for _, bad := range []string{"con", "prn", "aux", "nul", "com0", "com1", "com9", "lpt1"} {
		if first == bad {
			t.Errorf("%q is a device", name)
		}
	}
	for _, bad := range []string{"head", "objects", "refs", "config", "hooks"} {
		if strings.ToLower(name) == bad {
			t.Errorf("%q makes a bare repository", name)
		}
	}
}
