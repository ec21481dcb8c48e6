package config

import (
	"strings"
	"testing"
)

// TestTemplateLoads: what init writes is a configuration without a problem and without a warning.
func TestTemplateLoads(t *testing.T) {
	t.Parallel()
	calendars := Part{"calendars", Calendar, "~/.calendars", "https://cloud.example.org/", "cloud"}
	contacts := Part{"contacts", Contacts, "~/.contacts", "https://cloud.example.org/", "cloud-contacts"}
	moved := Part{"contacts", Contacts, "~/.contacts", "https://cards.example.org/", "cards"}
	for name, a := range map[string]Answers{
		"both":     {"ada", Command, []string{"pass", "cloud"}, []string{"https://p01.example.org"}, []Part{calendars, contacts}},
		"two urls": {"ada", Keyring, []string{"cloud"}, nil, []Part{calendars, moved}},
		"one":      {"a\"da\\", Plain, []string{"p\"w\\\x01"}, nil, []Part{contacts}},
		"no login": {Parts: []Part{calendars}},
	} {
		text := string(Template(a))
		c := load(t, text)
		if len(c.Warnings) > 0 || len(c.VDirs) != len(a.Parts) {
			t.Errorf("%s: warnings %q", name, c.Warnings)
		}
		for i, p := range a.Parts {
			r := c.Remotes[p.Remote]
			v := c.VDirs[i]
			if r == nil || r.Type.Kind() != p.Kind || r.URL.String() != p.URL || v.Kind != p.Kind || !strings.HasSuffix(v.Path, p.Path[1:]) {
				t.Errorf("%s: %+v %+v", name, v, r)
				continue
			}
			login, err := r.Login(t.Context(), c.Resolver(vars(t), nil))
			if r.Password.Source() != a.Password || a.Password == Plain && (err != nil || login.Username != a.Username) {
				t.Errorf("%s: %v, password from %q, %v", name, login, r.Password.Source(), err)
			}
		}
		for _, promise := range []string{"resolve"} {
			if strings.Contains(text, promise) {
				t.Errorf("%s: speaks of %s, which is not built", name, promise)
			}
		}
		for _, line := range strings.Split(text, "\n") {
			if len(line) > 120 {
				t.Errorf("%s: a line of %d characters: %s", name, len(line), line)
			}
		}
	}
}
