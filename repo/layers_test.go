package repo_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layer is one package with what of ours it may import. A name that ends in /... stands for the package and all below it.
type layer struct {
	pkg  string
	uses []string
}

// layers holds the arrows of imports. What a package may import stands further down in the list, so that there is no
// circle.
var layers = []layer{
	{"cmd/vgit", []string{"cmd/config", "history", "repo/...", "merge", "remote/..."}},
	{"cmd/config", nil},
	{"history", []string{"repo/...", "merge"}},
	{"repo", []string{"repo/item", "repo/store", "repo/vdir", "repo/disk", "merge", "remote"}},
	{"merge", []string{"repo/item"}},
	{"merge/mergetest", nil},
	{"remote/remotetest", []string{"remote"}},
	{"remote/dav", []string{"remote"}},
	{"remote", nil},
	{"remote/davtest", nil},
	{"remote/realtest", nil},
	{"remote/nettest", nil},
	{"repo/store", []string{"repo/disk"}},
	{"repo/vdir", []string{"repo/disk"}},
	{"repo/disk/disktest", []string{"repo/disk"}},
	{"repo/cost", nil},
	{"repo/disk", nil},
	{"repo/item", nil},
}

// homes names the modules that have one home each, so that the next version of one is the work of one package. What has
// no home is for tests alone.
var homes = map[string][]string{
	"github.com/go-git/":             {"repo/store"},
	"github.com/emersion/go-webdav":  {"remote/dav"},
	"github.com/emersion/go-ical":    {"repo/item"},
	"github.com/emersion/go-vcard":   {"repo/item"},
	"github.com/aymanbagabas/":       {"cmd/..."},
	"github.com/urfave/cli/":         {"cmd/..."},
	"github.com/pelletier/go-toml/":  {"cmd/..."},
	"github.com/rivo/uniseg":         {"cmd/..."},
	"github.com/schollz/progressbar": {"cmd/..."},
	"github.com/fatih/color":         {"cmd/..."},
	"github.com/adrg/xdg":            {"cmd/..."},
	"github.com/zalando/go-keyring":  {"cmd/..."},
	"github.com/creack/pty":          nil,
	"github.com/rogpeppe/":           nil,
	"github.com/google/go-cmp/":      nil,
	"github.com/teambition/":         nil,
	"go.uber.org/goleak":             nil,
	"pgregory.net/rapid":             nil,
}

// ours is what the import paths of this module begin with.
const ours = "vgit/"

func TestArrowsPointDownwards(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for file, imports := range importsBelow(t, "..") {
		pkg, test := path.Dir(file), strings.HasSuffix(file, "_test.go")
		seen[pkg] = seen[pkg] || !test
		for _, imported := range imports {
			if why := objection(pkg, imported, test); why != "" {
				t.Errorf("%s imports %s: %s", file, imported, why)
			}
		}
	}
	for _, l := range layers {
		if !seen[l.pkg] {
			t.Errorf("%s is in the list of layers and not in the tree", l.pkg)
		}
		delete(seen, l.pkg)
	}
	for pkg, code := range seen {
		if code {
			t.Errorf("%s is not in the list of layers: say there what it may import", pkg)
		}
	}
}

func TestLayersAreWithoutCircles(t *testing.T) {
	t.Parallel()
	for i, l := range layers {
		for _, above := range layers[:i] {
			if within(above.pkg, l.uses) {
				t.Errorf("%s may import %s, which stands above it", l.pkg, above.pkg)
			}
		}
	}
}

// A guard that was never seen to fail is a decoration.
func TestLayersObject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pkg, imported string
		test, wrong   bool
	}{
		{"merge", "vgit/repo/item", false, false},
		{"merge", "vgit/repo/store", false, true},
		{"merge", "vgit/repo/store", true, false},
		{"remote/dav", "vgit/remote/davtest", false, true},
		{"repo/item", "vgit/merge", false, true},
		{"cmd/vgit", "vgit/remote/dav", false, false},
		{"repo", "vgit/cmd/config", false, true},
		{"history", "github.com/go-git/go-git/v5/plumbing", false, true},
		{"history", "github.com/go-git/go-git/v5/plumbing", true, true},
		{"repo/store", "github.com/go-git/go-git/v5", false, false},
		{"repo/store", "github.com/google/go-cmp/cmp", false, true},
		{"repo/store", "github.com/google/go-cmp/cmp", true, false},
		{"cmd/config", "github.com/pelletier/go-toml/v2/unstable", false, false},
		{"unheard/of", "vgit/merge", false, true},
	} {
		if why := objection(c.pkg, c.imported, c.test); (why != "") != c.wrong {
			t.Errorf("%s importing %s, test %v: objection %q, want one: %v", c.pkg, c.imported, c.test, why, c.wrong)
		}
	}
}

// objection says why a package may not import another, or nothing. Tests may import what they like of ours, and every
// module but go-git.
func objection(pkg, imported string, test bool) string {
	if below, ok := strings.CutPrefix(imported, ours); ok {
		i := slices.IndexFunc(layers, func(l layer) bool { return l.pkg == pkg })
		if test || i >= 0 && within(below, layers[i].uses) {
			return ""
		}
		return "not among the layers below it"
	}
	for module, home := range homes {
		if !strings.HasPrefix(imported, module) || within(pkg, home) || test && module != "github.com/go-git/" {
			continue
		}
		if home == nil {
			return "for tests alone"
		}
		return "at home in " + strings.Join(home, ", ") + " only"
	}
	return ""
}

// within tells whether a package is one of those named.
func within(pkg string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		dir, tree := strings.CutSuffix(name, "/...")
		return pkg == dir || tree && strings.HasPrefix(pkg, dir+"/")
	})
}

// importsBelow reads what each Go file below a directory imports, whatever system or build tag it is for.
func importsBelow(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() != ".." && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(file) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		rel = filepath.ToSlash(rel)
		found[rel] = nil
		for _, spec := range parsed.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			found[rel] = append(found[rel], imported)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
