package config

import (
	"strings"
	"testing"
)

// TestSelectionNew (A6): which directories may get a collection of their own, and under which id.
func TestSelectionNew(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ collections, dir, want, named string }{
		{`["*"]`, "work", "yes", ""},
		{`["local:*"]`, "work", "yes", ""},
		{`["remote:*"]`, "work", "no", ""},
		{`["*", "!w*"]`, "work", "no", ""},
		{`["work", "home", "remote:far", "!home"]`, "work", "yes", "work"},
		{`["home"]`, "work", "no", "home"},
		{`{ work = "id-1" }`, "work", "yes id-1", "work"},
		{`{ work = "id-1" }`, "home", "no", "work"},
		{`{ work = "id-1", "*" = "*" }`, "home", "yes", "work"},
		{`{ work = "." }`, "work", "no", ""},
		{`{ work = "/dav/ada/w/" }`, "work", "no", ""},
		{`{ work = "https://x.example/w/" }`, "work", "no", ""},
	} {
		s := selection(t, tt.collections)
		got := "no"
		if id, ok := s.New(tt.dir); ok {
			got = strings.TrimSpace("yes " + id)
		}
		if named := strings.Join(s.Named(), " "); got != tt.want || named != tt.named {
			t.Errorf("collections = %s, %s: %s, named %q, want %s, named %q", tt.collections, tt.dir, got, named, tt.want, tt.named)
		}
	}
}
