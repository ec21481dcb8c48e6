package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFind(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		flag, pairs, want string
	}{
		{"/f/c.toml", "VGIT_CONFIG /v/c.toml HOME /h", "/f/c.toml"},
		{"c.toml", "HOME /h", filepath.Join(here, "c.toml")},
		{"", "VGIT_CONFIG /v/c.toml HOME /h", "/v/c.toml"},
		{"", "XDG_CONFIG_HOME /x HOME /h", "/x/vgit/config.toml"},
		{"", "XDG_CONFIG_HOME x HOME /h", "/h/.config/vgit/config.toml"}, // a relative one does not count
		{"", "HOME /h", "/h/.config/vgit/config.toml"},
		{"", "XDG_CONFIG_HOME /x", "/x/vgit/config.toml"},
	}
	for _, tt := range tests {
		pairs := strings.Fields(tt.pairs)
		env := func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
		if got, err := Find(tt.flag, env); err != nil || got != tt.want {
			t.Errorf("Find(%q) with %s = %q, %v; want %q", tt.flag, tt.pairs, got, err, tt.want)
		}
	}
	if got, err := Find("", func(string) string { return "" }); err == nil || err.Error() != "$HOME is not set, and $XDG_CONFIG_HOME neither" {
		t.Errorf("Find without a home = %q, %v", got, err)
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	env := func(name string) string {
		return map[string]string{"HOME": "/h", "A": "aa", "A_1": "bb", "T": "~/x", "D": "$A"}[name]
	}
	for _, tt := range []struct{ in, want, what string }{
		{"~/x", "/h/x", ""}, {"~", "/h", ""}, {"x/~/y", "x/~/y", ""}, {"~x/y", "", "only ~/ is understood, not the home of another user"},
		{"$A/x", "aa/x", ""}, {"${A}x", "aax", ""}, {"$A_1", "bb", ""}, {"~/$A/${A_1}", "/h/aa/bb", ""}, {"/x/$A", "/x/aa", ""},
		{"$NOPE", "", "$NOPE is not set"}, {"${NOPE}", "", "$NOPE is not set"}, {"${A", "", "expected the name of a variable and } after ${"},
		{"${}", "", "expected the name of a variable and } after ${"}, {"${A b}", "", "expected the name of a variable and } after ${"},
		{"a$", "a$", ""}, {"a$/b", "a$/b", ""}, {"$1", "$1", ""}, {"$T", "~/x", ""}, {"$D", "$A", ""}, // what a variable holds is not looked at again
		{"", "", "expected a path"}, {"a\x00b", "", "expected a path"},
	} {
		if got, what := expand(tt.in, env); got != tt.want || what != tt.what {
			t.Errorf("expand(%q) = %q, %q; want %q, %q", tt.in, got, what, tt.want, tt.what)
		}
	}
	if _, what := expand("~/x", func(string) string { return "" }); what != "$HOME is not set" {
		t.Errorf("expand without a home: %q", what)
	}
}

// TestRelativePaths begin beside the file.
func TestRelativePaths(t *testing.T) {
	t.Parallel()
	path := file(t, "[vdir.a]\nkind = 'calendar'\npath = 'x/../y/'\n[vdir.b]\nkind = 'calendar'\npath = '$P/z'\n")
	c, err := Load(path, vars(t, "P", "/p"))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(filepath.Dir(path), "y"); c.VDirs[0].Path != want || c.VDirs[1].Path != "/p/z" {
		t.Errorf("paths = %q, %q", c.VDirs[0].Path, c.VDirs[1].Path)
	}
}

// TestSymlinkedPaths: one place under two names is found out, also when it does not exist yet.
func TestSymlinkedPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	two := "[vdir.a]\nkind = 'calendar'\npath = '" + dir + "/real/x'\n[vdir.b]\nkind = 'calendar'\npath = '" + dir + "/link/x'\n"
	if _, err := Load(file(t, two), vars(t)); err == nil || err.Error() != `config.toml:6: "path" is that of [vdir.a] too` {
		t.Errorf("Load = %v", err)
	}
	config := filepath.Join(dir, "real", "config.toml")
	if err := os.WriteFile(config, []byte("[vdir.a]\nkind = 'calendar'\npath = '"+dir+"/link'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(config, vars(t)); err == nil || !strings.Contains(err.Error(), "this configuration lies inside the vdir") {
		t.Errorf("S28: Load = %v", err)
	}
	if within("/a/bc", "/a/b") || !within("/a/b/c", "/a/b") || !within("/a", "/") {
		t.Error("within is wrong about neighbours")
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"0s": 0, "30s": 30 * time.Second, "7d": 168 * time.Hour, "1h30m": 90 * time.Minute, "2w": 336 * time.Hour, "1500ms": 1500 * time.Millisecond,
		"1d12h": 36 * time.Hour,
	} {
		got, what := parseSpan(in)
		if got != want || what != "" {
			t.Errorf("parseSpan(%q) = %v, %q", in, got, what)
		}
		if again, what := parseSpan(formatSpan(got)); again != got || what != "" {
			t.Errorf("formatSpan(%v) = %q, read as %v", got, formatSpan(got), again)
		}
	}
	for _, in := range []string{"", "5", "s", "5x", "-5s", "5 s", "1.5h", "5s3", "9999999999s", "999999999w", "15000w15000w15000w", "5S"} {
		if got, what := parseSpan(in); what == "" {
			t.Errorf("parseSpan(%q) = %v", in, got)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, want string
		cut      bool
	}{
		{"https://Cloud.example:8443/a%2Fb?x=1#y", "https://Cloud.example:8443/a%2Fb?x=1", false},
		{"https://cloud.example", "https://cloud.example/", false},
		{"HTTPS://[::1]:80/", "https://[::1]:80/", false},
		{"https://ada:pw@cloud.example/", "https://cloud.example/", true},
		{"https://x.example/?code=abc", "https://x.example/?code=***", false},
		{"Cloud.Example.org", "cloud.example.org", false},
		{"localhost", "localhost", false},
		{"Ada@Example.org", "Ada@Example.org", false},
		{"bücher.example", "bücher.example", false},
	} {
		a, cut, what := parseAddress(tt.in)
		if a.String() != tt.want || cut != tt.cut || what != "" {
			t.Errorf("parseAddress(%q) = %q, %v, %q", tt.in, a, cut, what)
		}
		if a.URL == nil && a.Host == "" {
			t.Errorf("parseAddress(%q) has neither URL nor host", tt.in)
		}
	}
	for _, in := range []string{"", "https://", "https://x:99999/", "https://x:/", "a b", "https://x/\n", "x.example/dav", "x.example:80", "ada@", "@x.example",
		"mailto:ada@x.example", "file:///etc/passwd", "-x.example", "x..example", "https:/x.example", "//x.example/", "a:b@x.example"} {
		if a, _, what := parseAddress(in); what == "" {
			t.Errorf("parseAddress(%q) = %q", in, a)
		}
	}
}

func TestP98PlainHTTP(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url             string
		insecure, login bool
		auth            Auth
		ok              bool
	}{
		{"https://x.example/", false, true, AuthAuto, true},
		{"http://localhost:80/", false, true, AuthAuto, true},
		{"http://127.8.9.1/", false, true, AuthAuto, true},
		{"http://[::1]/", false, true, AuthAuto, true},
		{"http://[::ffff:127.0.0.1]/", false, true, AuthAuto, true},
		{"http://localhost.example/", false, false, AuthAuto, false},
		{"http://x.example/", false, false, AuthBasic, false},
		{"http://10.0.0.1/", false, true, AuthBasic, false},
		{"http://x.example/", true, false, AuthAuto, true},
		{"http://x.example/", true, true, AuthAuto, false},
		{"http://x.example/", true, true, AuthBasic, true},
		{"http://x.example/", true, true, AuthBearer, true},
	} {
		a, _, _ := parseAddress(tt.url)
		if what := checkWay(a, "", tt.insecure, tt.login, tt.auth); (what == "") != tt.ok {
			t.Errorf("%+v: %q", tt, what)
		}
	}
}

func TestS20Origins(t *testing.T) {
	t.Parallel()
	c := load(t, sound+"origins = ['https://P01.example:443', 'https://p01.example/', 'https://p2.example:8443']\n")
	if got := strings.Join(c.Remotes["b"].Origins, " "); got != "https://p01.example https://p2.example:8443" {
		t.Errorf("origins = %s", got)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := names(remoteKeys)
	for word, want := range map[string]string{
		"colections": "collections", "pasword": "password", "usrname": "username", "ulr": "url", "insecure-http": "insecure_http", "verify": "tls_verify",
		"timeuot": "timeout", "zzz": "", "": "", strings.Repeat("x", 1000): "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
