// Package docs_test holds the documents to the program: what exists is in the manual, what the documents name exists.
package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// top is the root of the repository, seen from here.
const top = ".."

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(top, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sources parses the Go files of a directory, tests left out.
func sources(t *testing.T, dir string) (files []*ast.File) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(top, filepath.FromSlash(dir), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// field is the value of a field in a composite literal, nil if it is not there.
func field(lit *ast.CompositeLit, name string) ast.Expr {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if id, ok := kv.Key.(*ast.Ident); ok && id.Name == name {
			return kv.Value
		}
	}
	return nil
}

// text is the string that an expression is, "" if it is none.
func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

// typeName is the last word of the type of a literal: Command, StringFlag.
func typeName(lit *ast.CompositeLit) string {
	switch e := lit.Type.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// documents are all texts of the project in Markdown.
func documents(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS(top), "docs/*.md")
	if err != nil || len(names) == 0 {
		t.Fatal("no documents", err)
	}
	return append(names, "README.md")
}

// blocks are the indented or fenced examples of a document that begin with such a fence.
func blocks(doc, fence string) (found []string) {
	lines, inside := "", false
	for _, line := range strings.Split(doc, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case inside && trimmed == "```":
			found, inside = append(found, lines), false
		case inside:
			lines += strings.TrimPrefix(line, "   ") + "\n"
		case trimmed == "```"+fence:
			lines, inside = "", true
		}
	}
	return found
}

// TestExamplesLoad: whoever copies an example gets a configuration that vgit reads.
func TestExamplesLoad(t *testing.T) {
	t.Parallel()
	examples := map[string][]string{}
	for _, name := range documents(t) {
		examples[name] = blocks(read(t, name), "toml")
	}
	page := read(t, "docs/vgit.toml.5")
	for _, m := range regexp.MustCompile(`(?s)\.Bd -literal[^\n]*\n(.*?)\.Ed`).FindAllStringSubmatch(page, -1) {
		if strings.Contains(m[1], "[vdir.") {
			examples["docs/vgit.toml.5"] = append(examples["docs/vgit.toml.5"], m[1])
		}
	}
	count := 0
	for name, all := range examples {
		for _, example := range all {
			count++
			c, err := load(t, example)
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, example)
			} else if len(c.Warnings) > 0 {
				t.Errorf("%s: %v\n%s", name, c.Warnings, example)
			}
		}
	}
	if count < 5 {
		t.Errorf("only %d examples were found", count)
	}
}

// TestTranscriptsUseRealCommands: each `$ vgit …` of the documents and the manual is a command with flags that it has.
func TestTranscriptsUseRealCommands(t *testing.T) {
	t.Parallel()
	known := commandLine(t)
	count := 0
	for _, name := range append(documents(t), "docs/vgit.1") {
		for _, line := range strings.Split(read(t, name), "\n") {
			typed, ok := strings.CutPrefix(strings.TrimSpace(line), "$ vgit ")
			if !ok {
				continue
			}
			count++
			typed, _, _ = strings.Cut(typed, "#")
			args := strings.Fields(typed)
			at := slices.IndexFunc(args, func(a string) bool { _, ok := known[a]; return ok })
			if at < 0 {
				t.Errorf("%s: no command in %q", name, line)
				continue
			}
			for _, a := range args {
				flag, _, _ := strings.Cut(a, "=")
				if len(flag) > 1 && flag[0] == '-' && !slices.Contains(known[args[at]], flag) && !slices.Contains(known[""], flag) {
					t.Errorf("%s: vgit %s has no flag %s", name, args[at], flag)
				}
			}
		}
	}
	if count < 10 {
		t.Errorf("only %d transcripts were found", count)
	}
}

// testsIn are the names of the tests of a package.
func testsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	names, err := filepath.Glob(filepath.Join(top, filepath.FromSlash(dir), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w*)\(\w+ \*testing\.T\)`).FindAllSubmatch(b, -1) {
			found[string(m[1])] = true
		}
	}
	return found
}

// namedTests looks that each test and script that a document names exists, and tells how many it names.
func namedTests(t *testing.T, doc string) (named int) {
	t.Helper()
	for _, m := range regexp.MustCompile("`([a-z/]+)\\.(Test\\w+)`").FindAllStringSubmatch(doc, -1) {
		named++
		if !testsIn(t, m[1])[m[2]] {
			t.Errorf("%s has no %s", m[1], m[2])
		}
	}
	for _, m := range regexp.MustCompile("`([a-z0-9-]+\\.txt)`").FindAllStringSubmatch(doc, -1) {
		named++
		if _, err := os.Stat(filepath.Join(top, "cmd", "vgit", "testdata", "script", m[1])); err != nil {
			t.Errorf("no script %s", m[1])
		}
	}
	return named
}

// rows are the cells of the tables of a document that have that many columns, without the headings.
func rows(doc string, columns int) (all [][]string) {
	for _, line := range strings.Split(doc, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if strings.HasPrefix(line, "|") && len(cells) == columns {
			all = append(all, cells)
		}
	}
	return all
}

func TestSafetyNamesRealTests(t *testing.T) {
	t.Parallel()
	doc := read(t, "docs/safety.md")
	if named := namedTests(t, doc); named < 50 {
		t.Errorf("only %d tests are named", named)
	}
	for _, cells := range rows(doc, 2) {
		if cells[0] != "promise" && !strings.Contains(cells[1], "`") {
			t.Errorf("a promise that no test holds: %s", cells[0])
		}
	}
}

// number is what a row of the list of faults begins with.
var number = regexp.MustCompile(`^[FKSX]\d+[a-z]?$`)

// numbers are all that the list of faults has to have.
func numbers() (all []string) {
	for letter, last := range map[string]int{"K": 30, "F": 116, "S": 43, "X": 20} {
		for n := range last {
			all = append(all, letter+strconv.Itoa(n+1))
		}
	}
	return append(all, "K14a", "K23a")
}

// TestFaultsNameRealTests: each row of the list of faults has a number of its own, names tests that exist, and none is missing.
func TestFaultsNameRealTests(t *testing.T) {
	t.Parallel()
	doc := read(t, "docs/faults.md")
	namedTests(t, doc)
	seen := map[string]bool{}
	for _, cells := range rows(doc, 4) {
		switch {
		case cells[0] == "#":
		case !number.MatchString(cells[0]):
			t.Errorf("%q is no number", cells[0])
		case seen[cells[0]]:
			t.Errorf("%s has two rows", cells[0])
		case !strings.Contains(cells[3], "`"):
			t.Errorf("%s: no test holds it", cells[0])
		}
		seen[cells[0]] = true
	}
	for _, n := range numbers() {
		if !seen[n] {
			t.Errorf("%s has no row", n)
		}
	}
}

// TestGuardNamesRealTests: each rule of the guard has a row, with a test in which it must hold back and one in which it must let pass.
func TestGuardNamesRealTests(t *testing.T) {
	t.Parallel()
	doc := read(t, "docs/guard.md")
	namedTests(t, doc)
	want := []string{"G8a", "G8b"}
	for n := range 23 {
		want = append(want, "G"+strconv.Itoa(n+1))
	}
	for _, cells := range rows(doc, 4) {
		if cells[0] == "#" {
			continue
		}
		i := slices.Index(want, cells[0])
		if i < 0 {
			t.Errorf("%s is no rule, or has two rows", cells[0])
			continue
		}
		want = slices.Delete(want, i, i+1)
		if !strings.Contains(cells[2], "`") || !strings.Contains(cells[3], "`") {
			t.Errorf("%s: a test is missing", cells[0])
		}
	}
	if len(want) > 0 {
		t.Errorf("no row for %q", want)
	}
}

// TestS32TheManualSaysWhatIsShared: whoever pushes a repository, or deletes from one, is told what that does.
func TestS32TheManualSaysWhatIsShared(t *testing.T) {
	t.Parallel()
	doc := read(t, "docs/vgit.1")
	for _, word := range []string{"Sh SHARING THE REPOSITORY", "git push", "-mirror", "refs/vgit", "Deleting is not erasing"} {
		if !strings.Contains(doc, word) {
			t.Errorf("vgit(1) does not speak of %q", word)
		}
	}
}

// link matches [text](target) outside of examples.
var link = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)\)`)

func TestLinksResolve(t *testing.T) {
	t.Parallel()
	count := 0
	for _, name := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, name), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			count++
			file := name
			if target != "" {
				file = path.Join(path.Dir(name), target)
			}
			if _, err := os.Stat(filepath.Join(top, filepath.FromSlash(file))); err != nil {
				t.Errorf("%s: %s leads nowhere", name, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(anchors(read(t, file)), anchor) {
				t.Errorf("%s: %s has no heading %q", name, file, anchor)
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d links were found", count)
	}
}

// anchors are the headings of a document as links name them.
func anchors(doc string) (all []string) {
	for _, line := range strings.Split(doc, "\n") {
		heading := strings.TrimLeft(line, "#")
		if heading == line || !strings.HasPrefix(heading, " ") {
			continue
		}
		var b strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(heading)) {
			switch {
			case r == ' ', r == '-':
				b.WriteByte('-')
			case r == '_', r >= '0' && r <= '9', r >= 'a' && r <= 'z', r > 0x7f:
				b.WriteRune(r)
			}
		}
		all = append(all, b.String())
	}
	return all
}
