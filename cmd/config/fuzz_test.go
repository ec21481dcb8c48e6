package config

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"vgit/repo/cost"
)

// FuzzLoad: no file makes the reader panic; what it takes is complete and can be shown; what the library refuses is refused.
func FuzzLoad(f *testing.F) {
	full, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(full), fixed, sound, "", "a.b.c = { d.e = [[1], {f = 1979-05-27}] }\n[[a]]\n[a.b]\n", "[a]\nb.c = 1\n[a.b.d]\n[[x.y]]\n[x.y.z]\n",
		sound + "collections = { a = 'x', '*' = '*' }\norigins = ['https://x']\n", "\"\" = 1", "[vdir.\"\"]", "vdir = { a.kind = 'calendar', a.path = '~/x' }"} {
		f.Add(seed)
	}
	for _, seed := range []string{"a=1\n[a]\n", "a=1\n[a.b]\n", "[a]\n[[a]]\n", "[[a]]\n[a]\n", "a.b=1\na=2\n", "a={b=1}\na.c=2\n", "a={b=1}\n[a.c]\n",
		"a=[{}]\n[[a]]\n", "[[a]]\n[[a]]\nb=1\n[a.c]\n", "[a.b]\n[a]\n[a.b]\n", "a.b=1\n[a]\n", "a={b.c=1,b.d=2}\n", "a={b.c=1}\n[a.b]\n", "[a]\nb={}\nb.c=1\n",
		"a={b=1,b=2}\n", "[a.b.c]\n[a]\nb.d=1\n", "[a]\nb.c=1\n[a.b]\n", "a=[[{b=1}],2]\n", "\ufeffa=1\n", "a=07:32:00\nb=inf\nc=1e5\nd=0b1\n"} {
		f.Add(seed) // what the tree takes for a repetition, and what it does not, against the judgement of the library
	}
	env := func(name string) string { return map[string]string{"HOME": "/nonexistent/home"}[name] }
	f.Fuzz(func(t *testing.T, text string) {
		var c *Config
		var err error
		cost.Linear(t, len(text), 1<<20, 4000, func() { c, err = parse("/nonexistent/config/config.toml", []byte(text), env) })
		if (c == nil) == (err == nil) {
			t.Fatalf("parse = %v, %v", c, err)
		}
		var any map[string]any
		sound := toml.Unmarshal([]byte(text), &any) == nil
		if _, faults := grow([]byte(text)); (len(faults) == 0) != sound {
			t.Fatalf("the tree finds %v, the library takes it: %v", faults, sound)
		}
		if err != nil {
			lines := strings.Count(text, "\n") + 1
			for _, p := range AsProblems(err) {
				if p.Line < 1 || p.Line > lines || strings.ContainsAny(p.Error(), "\n\x1b") {
					t.Fatalf("problem in line %d of %d: %q", p.Line, lines, p.Error())
				}
			}
			return
		}
		for _, v := range c.VDirs {
			if v.Kind == "" || v.Path[0] != '/' || v.Extension == "" || len(v.Remotes) > 1 || checkName(v.Name) != "" {
				t.Fatalf("vdir %+v", v)
			}
		}
		for name, r := range c.Remotes {
			if r.Name != name || r.Type == "" || r.URL.IsZero() || r.Network.Timeout <= 0 || r.Network.Connections < 1 || r.Auth == "" {
				t.Fatalf("remote %+v", r)
			}
			r.Collections.Match(bothSides)
		}
		if !json.Valid(c.Render(true)) {
			t.Fatalf("no JSON:\n%s", c.Render(true))
		}
		if err := toml.Unmarshal(c.Render(false), &any); err != nil {
			t.Fatalf("no TOML: %v\n%s", err, c.Render(false))
		}
	})
}
