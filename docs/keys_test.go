package docs_test

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vgit/cmd/config"
)

// keys are those of one table: built ones and those that come later.
type keys struct{ Built, Later []string }

// tables are the variables of the schema and the tables they describe.
var tables = map[string]string{"syncKeys": "[sync]", "networkKeys": "[network]", "guardKeys": "[guard]", "watchKeys": "[watch]",
	"vdirKeys": "[vdir.NAME]", "remoteKeys": "[remote.NAME]"}

// schema reads the keys out of cmd/config/schema.go.
func schema(t *testing.T) map[string]keys {
	t.Helper()
	found := map[string]keys{}
	for _, file := range sources(t, "cmd/config") {
		ast.Inspect(file, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || tables[v.Names[0].Name] == "" || len(v.Values) != 1 {
				return true
			}
			var k keys
			ast.Inspect(v.Values[0], func(n ast.Node) bool {
				if lit, ok := n.(*ast.CompositeLit); ok {
					name := text(field(lit, "name"))
					later, _ := field(lit, "later").(*ast.Ident)
					switch {
					case name == "":
					case later != nil && later.Name == "true":
						k.Later = append(k.Later, name)
					default:
						k.Built = append(k.Built, name)
					}
				}
				return true
			})
			found[tables[v.Names[0].Name]] = k
			return false
		})
	}
	if len(found) != len(tables) {
		t.Fatalf("this is not the schema: %v", found)
	}
	remote := found["[remote.NAME]"] // those of [network] may stand there as well
	remote.Built = append(remote.Built, found["[network]"].Built...)
	found["[remote.NAME]"] = remote
	for name, k := range found {
		slices.Sort(k.Built)
		slices.Sort(k.Later)
		found[name] = k
	}
	return found
}

// manualKeys reads the keys out of vgit.toml(5): built ones from the entries of the section of their table, later ones from
// the list in NOT BUILT YET.
func manualKeys(page string) map[string]keys {
	found := map[string]keys{}
	section, later := "", ""
	for _, line := range strings.Split(page, "\n") {
		if name, ok := strings.CutPrefix(line, ".Sh "); ok {
			section, later = name, ""
			continue
		}
		m := macro.FindStringSubmatch(line)
		k := found[section]
		switch {
		case section == "NOT BUILT YET" && m != nil && m[1] == "Sy":
			later = m[2]
		case section == "NOT BUILT YET" && m != nil:
			later = "" // the values, which are no keys
		case later != "" && strings.HasPrefix(line, ".Ic "):
			k := found[later]
			k.Later = append(k.Later, words(strings.TrimPrefix(line, ".Ic "))...)
			found[later] = k
		case strings.HasPrefix(section, "[") && m != nil && m[1] == "Ic":
			names, _, _ := strings.Cut(m[2], " No ")
			k.Built = append(k.Built, words(names)...)
			found[section] = k
		}
	}
	for name, k := range found {
		slices.Sort(k.Built)
		slices.Sort(k.Later)
		found[name] = k
	}
	return found
}

func words(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ',' })
}

func TestKeysAreInTheManual(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(schema(t), manualKeys(read(t, "docs/vgit.toml.5"))); diff != "" {
		t.Errorf("keys (-schema +vgit.toml.5):\n%s", diff)
	}
}

// base is a configuration with one of each, to which lines are added below the table that they belong to.
func base(at, line string) string {
	tables := []string{"[sync]", "[network]", "[guard]", "[vdir.NAME]\nkind = \"calendar\"\nremotes = [\"NAME\"]",
		"[remote.NAME]\ntype = \"caldav\"\nurl = \"https://cloud.example.org/\"\nusername = \"ada\"\npassword = { env = \"P\" }"}
	var b strings.Builder
	for _, t := range tables {
		key, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(t, at) {
			t = regexp.MustCompile(`\n`+key+` = [^\n]*`).ReplaceAllString(t, "") + "\n" + line
		}
		b.WriteString(strings.ReplaceAll(t, "NAME", "name") + "\n")
	}
	return b.String()
}

// load reads a configuration out of a string.
func load(t *testing.T, text string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(path, func(key string) string { return map[string]string{"HOME": "/home/ada"}[key] })
}

// shown is the configuration in force without the comments that say where it comes from.
func shown(c *config.Config) string {
	return regexp.MustCompile(`(?m)\s*# .*$`).ReplaceAllString(string(c.Render(false)), "")
}

// toml turns a value as mdoc has it into one as a configuration has it.
func toml(value string) string {
	value = strings.NewReplacer("Qo ", `"`, " Qc", `"`, " , ", ", ").Replace(value)
	list, isList := strings.CutPrefix(value, "Bq ")
	quoted, isQuoted := strings.CutPrefix(strings.TrimPrefix(value, "Bq "), "Qq")
	switch {
	case isList && isQuoted:
		return `["` + strings.TrimPrefix(quoted, " ") + `"]`
	case isList:
		return "[" + list + "]"
	case isQuoted:
		return `"` + strings.TrimPrefix(quoted, " ") + `"`
	}
	return value
}

// TestDefaultsAreThoseOfTheManual: writing a default into the file changes nothing.
func TestDefaultsAreThoseOfTheManual(t *testing.T) {
	t.Parallel()
	plain := map[string]string{"remotes": "remotes = []"} // remotes has a value in base, so it is compared without
	section, count := "", 0
	for _, line := range strings.Split(read(t, "docs/vgit.toml.5"), "\n") {
		if name, ok := strings.CutPrefix(line, ".Sh "); ok {
			section = name
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(line, ".It Ic "), " No = ")
		if !ok || !strings.HasPrefix(section, "[") || name == "like" {
			continue
		}
		count++
		without, err := load(t, base(section, plain[name]))
		if err != nil {
			t.Fatal(err)
		}
		with, err := load(t, base(section, name+" = "+toml(value)))
		if err != nil {
			t.Errorf("%s %s: the default is refused: %v", section, line, err)
			continue
		}
		if diff := cmp.Diff(shown(without), shown(with)); diff != "" {
			t.Errorf("%s %s: not the default (-without +with):\n%s", section, line, diff)
		}
	}
	if count < 20 {
		t.Errorf("only %d defaults were found", count)
	}
}

// TestValuesNotBuilt: those that the manual says are not built are known and refused.
func TestValuesNotBuilt(t *testing.T) {
	t.Parallel()
	_, list, _ := strings.Cut(read(t, "docs/vgit.toml.5"), "Nor are these values:\n")
	list, _, _ = strings.Cut(list, "\n.Sh ")
	key, count := "", 0
	for _, line := range strings.Split(list, "\n") {
		if name, ok := strings.CutPrefix(line, ".It Ic "); ok {
			key = name
		}
		value, ok := strings.CutPrefix(line, ".Ql ")
		if !ok {
			continue
		}
		count++
		value = strings.TrimSuffix(value, " ,")
		_, err := load(t, base("[remote.NAME]", key+" = \""+value+"\""))
		if err == nil || !strings.Contains(err.Error(), "is not built yet") {
			t.Errorf("%s = %q: %v", key, value, err)
		}
	}
	if count < 5 {
		t.Errorf("only %d values were found", count)
	}
}
