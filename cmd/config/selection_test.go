package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// V76's two sides: the vdir has c1, c2, a3; the server has c1, c2, b3.
var bothSides = []Collection{
	{Dir: "c1", Slug: "c1", ID: "c1", URL: "https://s.example/dav/c1/", Here: true, There: true},
	{Dir: "c2", Slug: "c2", ID: "c2", URL: "https://s.example/dav/c2/", Here: true, There: true},
	{Dir: "a3", Here: true},
	{Slug: "b3", ID: "b3", URL: "https://s.example/dav/b3/", There: true},
}

// selection reads a `collections` as it stands in a file.
func selection(t *testing.T, text string) Selection {
	t.Helper()
	return load(t, sound+"collections = "+text+"\n").Remotes["b"].Collections
}

// taken names what Match takes: the directory that a table gives, else what the collection is known by.
func taken(all []Collection, choices []Choice) []string {
	got := []string{}
	for i, c := range choices {
		name := all[i].Dir
		if name == "" {
			name = all[i].ID
		}
		if c.Dir != "" {
			name += "→" + c.Dir
		}
		if c.Take {
			got = append(got, name)
		}
	}
	return got
}

func TestV76Selections(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, want, missing string
	}{
		{`["local:*"]`, "c1 c2 a3", ""},
		{`["remote:*"]`, "c1 c2 b3", ""},
		{`["*"]`, "c1 c2 a3 b3", ""},
		{`["local:*", "remote:*"]`, "c1 c2 a3 b3", ""},
		{`["*", "!c*"]`, "a3 b3", ""},
		{`["*", "!c*", "c2"]`, "c2 a3 b3", ""},
		{`["*", "!remote:*"]`, "a3", ""},
		{`["*", "!local:c?"]`, "a3 b3", ""},
		{`["!c1", "*"]`, "c1 c2 a3 b3", ""}, // the last match decides
		{`["[ab]3"]`, "a3 b3", ""},
		{`["c1", "nope", "also"]`, "c1", "nope also"},
		{`["nope", "!n*"]`, "", ""},
		{`["local:b3"]`, "", "b3"}, // the vdir lacks it
		{`["C1"]`, "", "C1"},
		{`[]`, "", ""},
		{`{ c1 = "b3" }`, "b3→c1", ""},
		{`{ x = "/dav/c2", y = "https://S.example:443/dav/%63%31/" }`, "c1→y c2→x", ""},
		{`{ x = "https://other.example/dav/c1/" }`, "", "x"},
		{`{ x = "b3", "*" = "*" }`, "c1 c2 a3 b3→x", ""},
		{`{ c1 = "b3", "*" = "*" }`, "c2 a3 b3→c1", ""}, // c1's own name is given away
		{`{ "*" = "*" }`, "c1 c2 a3 b3", ""},
		{`{ x = "." }`, "", "x"},
		{`{}`, "", ""},
	}
	for _, tt := range tests {
		choices, missing, ambiguous := selection(t, tt.text).Match(bothSides)
		if got := strings.Join(taken(bothSides, choices), " "); got != tt.want {
			t.Errorf("%s takes %q, want %q", tt.text, got, tt.want)
		}
		var names []string
		for _, p := range missing {
			names = append(names, p.Dir)
		}
		if got := strings.Join(names, " "); got != tt.missing || len(ambiguous) > 0 {
			t.Errorf("%s misses %q, want %q; ambiguous %q", tt.text, got, tt.missing, ambiguous)
		}
	}
}

// TestV76Own: "." is the remote's own url.
func TestV76Own(t *testing.T) {
	t.Parallel()
	all := []Collection{{ID: "personal", URL: "https://s.example/p/", Own: true, There: true}}
	choices, missing, _ := selection(t, `{ c1 = "." }`).Match(all)
	if diff := cmp.Diff([]Choice{{Take: true, Dir: "c1"}}, choices); diff != "" || missing != nil {
		t.Errorf("choices (-want +got):\n%s missing %v", diff, missing)
	}
}

// TestNamesOfACollection: a name is the directory, the display name or the id.
func TestNamesOfACollection(t *testing.T) {
	t.Parallel()
	all := []Collection{{Dir: "work", Slug: "arbeit", ID: "x/1", There: true, Here: true}}
	for text, want := range map[string]bool{
		`["work"]`: true, `["arbeit"]`: true, `["x*"]`: true, `["x?1"]`: true, `["remote:arbeit"]`: true, `["ark"]`: false, `["wor"]`: false,
		`{ a = "x/1" }`: true, `{ a = "arbeit" }`: false,
	} {
		choices, _, _ := selection(t, text).Match(all)
		if choices[0].Take != want {
			t.Errorf("%s takes it: %v, want %v", text, choices[0].Take, want)
		}
	}
}

// TestGenerated: P10: what the server makes by itself is taken only by name.
func TestGenerated(t *testing.T) {
	t.Parallel()
	all := []Collection{{Slug: "birthdays", ID: "contact_birthdays", URL: "https://s.example/b/", There: true, Generated: true}}
	for text, want := range map[string]bool{
		`["*"]`: false, `["birth*"]`: false, `["*", "birthdays"]`: true, `["birthdays", "*"]`: false, `{ "*" = "*" }`: false, `{ b = "contact_birthdays" }`: true,
	} {
		choices, _, _ := selection(t, text).Match(all)
		if choices[0].Take != want {
			t.Errorf("%s takes it: %v, want %v", text, choices[0].Take, want)
		}
	}
}

// TestAmbiguous: an id that two collections have names both addresses, and neither is taken, not even as the rest.
func TestAmbiguous(t *testing.T) {
	t.Parallel()
	all := []Collection{
		{ID: "default", URL: "https://s.example/1/default/", There: true},
		{ID: "default", URL: "https://s.example/2/default/", There: true},
	}
	choices, missing, ambiguous := selection(t, `{ a = "default", "*" = "*" }`).Match(all)
	want := []string{`"default" fits two collections, https://s.example/1/default/ and https://s.example/2/default/; write the address of one of them`}
	if !slices.Equal(ambiguous, want) || missing != nil || choices[0].Take || choices[1].Take {
		t.Errorf("Match = %v, %v, %q", choices, missing, ambiguous)
	}
	choices, _, ambiguous = selection(t, `{ a = "/2/default", b = "https://s.example/1/default" }`).Match(all)
	if ambiguous != nil || choices[0].Dir != "b" || choices[1].Dir != "a" {
		t.Errorf("with addresses: %v, %q", choices, ambiguous)
	}
}

// TestEscapedSlash: P20: an escaped slash stays inside its segment.
func TestEscapedSlash(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"/a%2Fb", "https://x.example/a%2fb/", true},
		{"/a%2Fb", "https://x.example/a/b/", false},
		{"/a/b?x=1", "https://x.example/a/b", false},
		{"http://x.example/a", "https://x.example/a", false},
		{"http://X.example:80/a", "http://x.example/a/", true},
	} {
		if got := samePlace(tt.a, tt.b); got != tt.want {
			t.Errorf("samePlace(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}

// TestZeroSelection takes nothing.
func TestZeroSelection(t *testing.T) {
	t.Parallel()
	choices, missing, ambiguous := Selection{}.Match(bothSides)
	if len(taken(bothSides, choices)) > 0 || missing != nil || ambiguous != nil {
		t.Errorf("Match = %v %v %v", choices, missing, ambiguous)
	}
}
