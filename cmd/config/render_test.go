package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fixed is the file of V63.
const fixed = `
[sync]
wait = "1h30m"
[network]
retries = 12

[vdir.cards]
path = "$CARDS"
kind = "contacts"
remotes = ["cards"]
ignore = ["42", "a\"b"]

[remote.cards]
type = "carddav"
like = "login"
collections = { family = "/dav/42/", "*" = "*" }
http2 = false

[remote.login]
type = "caldav"
url = "https://ada:pw@cloud.example.org/dav/?code=4"
username = "ada"
password = { command = ["pass", "<cloud>"] }
proxy = "http://u:p@proxy.example:3128"
`

// TestV63Render compares the whole output, in both forms, with testdata.
func TestV63Render(t *testing.T) {
	t.Parallel()
	c := load(t, fixed, "CARDS", "/cards")
	where := c.Path
	for name, got := range map[string][]byte{"render.json": c.Render(true), "render.toml": c.Render(false)} {
		want, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), strings.ReplaceAll(string(got), where, "CONFIG")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestV51Types: values keep their types in JSON.
func TestV51Types(t *testing.T) {
	t.Parallel()
	var got struct {
		Sync   struct{ Parallel any }
		Remote map[string]map[string]any
		VDir   map[string]struct{ Ignore []any }
		From   map[string]string
	}
	if err := json.Unmarshal(load(t, fixed, "CARDS", "/cards").Render(true), &got); err != nil {
		t.Fatal(err)
	}
	cards := got.Remote["cards"]
	want := []any{false, float64(12), "42", "line 22, like login", "line 5, [network]", "default"}
	have := []any{cards["http2"], cards["retries"], got.VDir["cards"].Ignore[0], got.From["remote.cards.username"], got.From["remote.cards.retries"], got.From["sync.parallel"]}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// TestRenderLoads: what Render writes as TOML is a configuration with the same values, but for the secrets.
func TestRenderLoads(t *testing.T) {
	t.Parallel()
	full, err := os.ReadFile("testdata/full.toml")
	if err != nil {
		t.Fatal(err)
	}
	odd := sound + `collections = ["\u001b[31m]", "ü", "\U000e0001", 'a"b\\x']` + "\nusername = 'a\"\\b'\npassword = { shell = \"x\\ty\" }\n"
	for _, text := range []string{string(full), odd, sound} {
		first := load(t, text, "XDG_DATA_HOME", "/data")
		second := load(t, string(first.Render(false)), "XDG_DATA_HOME", "/other")
		if diff := cmp.Diff(values(first), values(second)); diff != "" {
			t.Errorf("values (-first +second):\n%s", diff)
		}
		for _, c := range string(first.Render(false)) {
			if c < ' ' && c != '\n' || c == 0xe0001 {
				t.Errorf("Render writes %U", c)
			}
		}
	}
}
