package docs_test

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// commandLine reads the commands of cmd/vgit with their flags, short ones included, out of the source. Those of all
// commands are under "".
func commandLine(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, file := range sources(t, "cmd/vgit") {
		var inside func(at string) func(ast.Node) bool
		inside = func(at string) func(ast.Node) bool {
			return func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				switch name := text(field(lit, "Name")); {
				case typeName(lit) == "Command" && name != "":
					found[name] = append(found[name], []string{}...)
					for _, e := range lit.Elts {
						ast.Inspect(e, inside(name))
					}
					return false
				case strings.HasSuffix(typeName(lit), "Flag") && name != "":
					found[at] = append(found[at], dashed(name))
					if aliases, ok := field(lit, "Aliases").(*ast.CompositeLit); ok {
						for _, e := range aliases.Elts {
							found[at] = append(found[at], dashed(text(e)))
						}
					}
				}
				return true
			}
		}
		ast.Inspect(file, inside(""))
	}
	for name := range found {
		slices.Sort(found[name])
	}
	if len(found) < 5 || len(found[""]) < 3 || len(found["sync"]) < 3 {
		t.Fatalf("this is not the command line: %v", found)
	}
	return found
}

func dashed(flag string) string {
	if len(flag) == 1 {
		return "-" + flag
	}
	return "--" + flag
}

// macro matches the request lines of a page that say what an entry of a list is about.
var macro = regexp.MustCompile(`^\.It (?:Xo|(Ic|Fl|Sy) (.*))$`)

// flagsIn are the flags that a line of mdoc names.
func flagsIn(line string) (flags []string) {
	for _, m := range regexp.MustCompile(`Fl (\\-)?([a-z-]+)`).FindAllStringSubmatch(line, -1) {
		flags = append(flags, dashed(m[2]))
	}
	return flags
}

// manualCommands reads the sections DESCRIPTION and COMMANDS of vgit(1): each command with the flags explained below it.
func manualCommands(page string) map[string][]string {
	found := map[string][]string{}
	section, at, whole := "", "", false
	for _, line := range strings.Split(page, "\n") {
		if name, ok := strings.CutPrefix(line, ".Sh "); ok {
			section, at = name, ""
		}
		if section != "DESCRIPTION" && section != "COMMANDS" {
			continue
		}
		if whole { // the line after .It Xo
			at = strings.TrimPrefix(line, ".Ic ")
			found[at], whole = append(found[at], []string{}...), false
			continue
		}
		m := macro.FindStringSubmatch(line)
		switch {
		case m == nil:
		case m[1] == "":
			whole = true
		case m[1] == "Ic":
			at, _, _ = strings.Cut(m[2], " ")
			found[at] = append(found[at], []string{}...)
		case m[1] == "Fl":
			found[at] = append(found[at], flagsIn("Fl "+m[2])...)
		}
	}
	for name := range found {
		slices.Sort(found[name])
	}
	return found
}

func TestCommandsAndFlagsAreInTheManual(t *testing.T) {
	t.Parallel()
	want, got := commandLine(t), manualCommands(read(t, "docs/vgit.1"))
	want[""] = append(want[""], "--help", "-h") // the program knows them without a flag of that name
	slices.Sort(want[""])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands and flags (-program +vgit.1):\n%s", diff)
	}
}

func TestExitCodesAreInTheManual(t *testing.T) {
	t.Parallel()
	var want []string
	for _, file := range sources(t, "cmd/vgit") {
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, "exit") {
				if lit, ok := v.Values[0].(*ast.BasicLit); ok {
					want = append(want, lit.Value)
				}
			}
			return true
		})
	}
	_, section, _ := strings.Cut(read(t, "docs/vgit.1"), ".Sh EXIT STATUS\n")
	section, _, _ = strings.Cut(section, "\n.Sh ")
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^\.It (\d+)$`).FindAllStringSubmatch(section, -1) {
		got = append(got, m[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Errorf("exit codes (-program +vgit.1):\n%s", diff)
	}
}

// TestJSONIsDocumented: each object that an answer in JSON can have is a section of docs/json.md with a row for each of its keys, and
// nothing else is. What may be missing has a question mark.
func TestJSONIsDocumented(t *testing.T) {
	t.Parallel()
	want := map[string][]string{}
	for _, file := range append(sources(t, "cmd/vgit"), sources(t, "merge")...) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			object, ok := spec.Type.(*ast.StructType)
			if keys := jsonKeys(object); ok && len(keys) > 0 {
				want[jsonObject(spec.Name.Name)] = keys
			}
			return true
		})
	}
	got := map[string][]string{}
	for _, section := range strings.Split(read(t, "docs/json.md"), "\n### ")[1:] {
		name, _, _ := strings.Cut(section, "\n")
		for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(section, -1) {
			for _, key := range strings.Split(row[1], ", ") {
				got[name] = append(got[name], strings.ReplaceAll(key, "`", ""))
			}
		}
		slices.Sort(got[name])
	}
	delete(got, "The configuration") // which has the keys of vgit.toml(5)
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 10 {
		t.Errorf("objects in JSON (-program +docs/json.md):\n%s", diff)
	}
}

// jsonObject is what the documentation calls a type: "checked vdir" is jsonCheckedVDir.
func jsonObject(name string) string {
	words := regexp.MustCompile("([a-z])([A-Z])").ReplaceAllString(strings.TrimPrefix(name, "json"), "$1 $2")
	return strings.ToLower(words)
}

// jsonKeys are those of a struct, as the documentation names them.
func jsonKeys(object *ast.StructType) (keys []string) {
	if object == nil {
		return nil
	}
	for _, f := range object.Fields.List {
		if f.Tag == nil {
			continue
		}
		if m := regexp.MustCompile("json:\"([a-zA-Z_0-9]+)(,omitempty)?").FindStringSubmatch(f.Tag.Value); m != nil {
			key := m[1]
			if m[2] != "" {
				key += "?"
			}
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
