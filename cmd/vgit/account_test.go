package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/cmd/config"
	"vgit/remote"
)

// chosen loads a configuration with this remote and asks it about collections, as a fetch does: known ones first. It returns
// which directory each collection gets.
func chosen(t *testing.T, keys string, dirs []string, known map[string]string, infos ...remote.Info) (map[string]string, *account) {
	t.Helper()
	root := t.TempDir()
	for _, d := range dirs {
		if err := os.MkdirAll(filepath.Join(root, "cal", d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(root, "config.toml")
	text := "[vdir.cal]\npath = \"" + root + "/cal\"\nkind = \"calendar\"\nremotes = [\"r\"]\n[remote.r]\ntype = \"caldav\"\nurl = \"https://example.org/ada/b3/\"\n" + keys
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	a := &account{vdir: &cfg.VDirs[0], from: cfg.Remotes["r"], url: "https://example.org/ada/b3/", bound: map[remote.Href]string{},
		locals: dirs, shown: remote.Account{Binding: remote.Binding{URL: "x"}, Collections: infos}}
	got := map[string]string{}
	for _, info := range infos {
		if name, ok := known[info.ID]; ok {
			if _, still := a.choose(info, []string{name}, nil); still {
				got[info.ID] = name
			}
		}
	}
	used := func(n string) bool { return slices.Contains(slices.Collect(maps.Values(got)), n) }
	for _, info := range infos {
		if _, ok := known[info.ID]; ok {
			continue
		}
		free := slices.DeleteFunc(slices.Clone(dirs), used)
		if name, ok := a.choose(info, free, func(n string) bool { return used(n) || slices.Contains(dirs, n) }); ok {
			got[info.ID] = name
		}
	}
	return got, a
}

func collection(id, name string) remote.Info {
	return remote.Info{Href: remote.Href("/ada/" + id + "/"), ID: id, Name: name}
}

func TestChoiceOfCollections(t *testing.T) {
	t.Parallel()
	c1, c2, b3 := collection("c1", ""), collection("c2", ""), collection("b3", "")
	birthdays := collection("contact_birthdays", "Birthdays")
	birthdays.Generated = true
	here := []string{"a3", "c1", "c2"}
	type m = map[string]string
	for _, c := range []struct {
		name, keys string
		dirs       []string
		known      m
		infos      []remote.Info
		want       m
	}{
		{"V76 local", `collections = ["local:*"]`, here, nil, []remote.Info{c1, c2, b3}, m{"c1": "c1", "c2": "c2"}},
		{"V76 remote", `collections = ["remote:*"]`, here, nil, []remote.Info{c1, c2, b3}, m{"c1": "c1", "c2": "c2", "b3": "b3"}},
		{"V76 all", `collections = ["*"]`, here, nil, []remote.Info{c1, c2, b3}, m{"c1": "c1", "c2": "c2", "b3": "b3"}},
		{"V76 table", `collections = { c1 = "b3" }`, here, nil, []remote.Info{c1, c2, b3}, m{"b3": "c1"}},
		{"V76 the url itself", `collections = { c1 = "." }`, here, nil, []remote.Info{c1, c2, b3}, m{"b3": "c1"}},
		{"generated ones", "", nil, nil, []remote.Info{birthdays, c1}, m{"c1": "c1"}},
		{"generated ones, named", `collections = ["*", "contact_birthdays"]`, nil, nil, []remote.Info{birthdays}, m{"contact_birthdays": "Birthdays"}},
		{"by display name", "", nil, nil, []remote.Info{collection("x1", "Team: A/B")}, m{"x1": "Team-A-B"}},
		{"an existing directory, by slug", "", []string{"Team-A-B"}, nil, []remote.Info{collection("x1", "Team: A/B")}, m{"x1": "Team-A-B"}},
		{"an existing directory, by id", "", []string{"x1"}, nil, []remote.Info{collection("x1", "Team")}, m{"x1": "x1"}},
		{"an existing directory, by name in another case", "", []string{"Mine"}, nil, []remote.Info{collection("x1", "mine")}, m{"x1": "Mine"}},
		{"an existing directory, by id in another case", "", []string{"Mine"}, nil, []remote.Info{collection("mine", "")}, m{"mine": "Mine"}},
		{"case tells two collections apart", "", []string{"mine"}, nil, []remote.Info{collection("x1", "Mine"), collection("x2", "mine")},
			m{"x1": "Mine-2", "x2": "mine"}},
		{"two directories that differ by case", "", []string{"Mine", "mine"}, nil, []remote.Info{collection("x1", "MINE")}, m{"x1": "MINE-2"}},
		{"two of one name", "", nil, nil, []remote.Info{collection("x1", "Team"), collection("x2", "Team")}, m{"x1": "Team", "x2": "Team-2"}},
		{"two that differ by case", "", nil, nil, []remote.Info{collection("x1", "Team"), collection("x2", "team")}, m{"x1": "Team", "x2": "team-2"}},
		{"S1 a name that climbs", "", nil, nil, []remote.Info{collection("x1", "../../.git")}, m{"x1": "git"}},
		{"a known one keeps its directory", "", []string{"old"}, m{"x1": "old"}, []remote.Info{collection("x1", "Renamed")}, m{"x1": "old"}},
		{"a known one that is now left out", `collections = ["*", "!old"]`, []string{"old"}, m{"x1": "old"}, []remote.Info{collection("x1", "Renamed")}, m{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, _ := chosen(t, c.keys, c.dirs, c.known, c.infos...)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("directories (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDirectoryNamesByID(t *testing.T) {
	t.Parallel()
	_, a := chosen(t, "", nil, nil)
	a.vdir.DirectoryNames = config.ByID
	a.shown.Collections = []remote.Info{collection("x1", "Team")}
	if name, ok := a.choose(a.shown.Collections[0], nil, func(string) bool { return false }); !ok || name != "x1" {
		t.Errorf("directory %q, %v", name, ok)
	}
}

func TestNamesThatFitNothing(t *testing.T) {
	t.Parallel()
	_, a := chosen(t, `collections = ["c1", "wrok", "a3"]`, []string{"a3"}, nil, collection("c1", ""), collection("work", ""))
	found := a.unmatched()
	if len(found) != 1 || found[0].What != `no collection "wrok", which the configuration names` || found[0].Hint != "it has: c1, work" {
		t.Errorf("problems: %+v", found)
	}
	if a.wanted("a3") != true || a.wanted("else") != false {
		t.Error("directories that are only here are wanted by the same patterns")
	}
	_, a = chosen(t, `collections = ["gone"]`, nil, nil)
	a.shown.Failed = map[remote.Href]error{"/home/": remote.ErrTemporary}
	if found := a.unmatched(); len(found) != 0 {
		t.Errorf("an account that was half seen: %+v", found)
	}
}
