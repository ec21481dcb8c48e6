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

// TestJSONIsInTheManual: each name that an answer in JSON has is in the section about it, and nothing else is.
func TestJSONIsInTheManual(t *testing.T) {
	t.Parallel()
	want := map[string]bool{"version": true} // made without a type
	for _, file := range append(sources(t, "cmd/vgit"), sources(t, "merge")...) {
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok && f.Tag != nil {
				if m := regexp.MustCompile("json:\"([a-zA-Z_]+)").FindStringSubmatch(f.Tag.Value); m != nil {
					want[m[1]] = true
				}
			}
			return true
		})
	}
	_, section, _ := strings.Cut(read(t, "docs/vgit.1"), ".Sh JSON\n")
	section, _, _ = strings.Cut(section, "\n.Sh ")
	got := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\.(?:It )?Cm (.*)$`).FindAllStringSubmatch(section, -1) {
		for _, name := range strings.FieldsFunc(m[1], func(r rune) bool { return strings.ContainsRune(" ,.:", r) }) {
			got[name] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names in JSON (-program +vgit.1):\n%s", diff)
	}
}
