package merge_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/repo/item"
)

// document has the table between two lines that say so.
const (
	document   = "../docs/merging.md"
	tableBegin = "<!-- made by: go test ./merge -run TestBesideGit -update -->\n"
	tableEnd   = "<!-- end of what is made -->\n"
)

// The table in the documentation is what git and vgit make of the cases. Git merges line by line; for it, too, the clocks of both
// sides are left out once, which it cannot do by itself.
func TestBesideGit(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed, so there is nothing to stand beside")
	}
	var rows strings.Builder
	plain, timeless, ours := tally{}, tally{}, tally{}
	for _, c := range allCases(t) {
		a, b := gitOutcome(t, git, c, false), gitOutcome(t, git, c, true)
		v := "as it should"
		if len(judge(c, merge.Reconcile(versionsOf(c), contextOf(c)))) > 0 {
			v = "clean, **wrong**"
		}
		plain.count(c, a)
		timeless.count(c, b)
		ours.count(c, strings.Replace(v, "as it should", wanted(c), 1))
		fmt.Fprintf(&rows, "| %02d | %s | %s | %s | %s | %s |\n", c.Number, c.Title, strings.ReplaceAll(should(c), "|", `\|`), a, b, v)
	}
	table := "| | clean and right | clean and wrong | conflict | of these needless |\n|---|--:|--:|--:|--:|\n" +
		plain.row("`git merge-file`") + timeless.row("`git merge-file`, clocks left out") + ours.row("`vgit merge-file`") +
		"\n| case | what happens | should be | git | git, no clocks | vgit |\n|--:|---|---|---|---|---|\n" + rows.String()
	compareTable(t, table)
}

// compareTable holds the document to the table, or writes it there.
func compareTable(t *testing.T, table string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegin)
	there, after, found := strings.Cut(rest, tableEnd)
	if !ok || !found {
		t.Fatalf("%s has no place for the table", document)
	}
	if there == table {
		return
	}
	if !*update {
		t.Fatalf("%s has another table; go test ./merge -run TestBesideGit -update writes it:\n%s", document, table)
	}
	if err := os.WriteFile(document, []byte(before+tableBegin+table+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The words of an outcome in the table.
const (
	right    = "clean"
	wrong    = "clean, **wrong**"
	conflict = "conflict"
	needless = "conflict, needless"
)

func should(c *mergetest.Case) string {
	if c.About == "" {
		return c.Outcome
	}
	return c.Outcome + ": " + c.About
}

// wanted is the outcome of a case in the words of the table.
func wanted(c *mergetest.Case) string {
	if c.Outcome == "conflict" {
		return conflict
	}
	return right
}

// tally counts outcomes.
type tally map[string]int

func (n tally) count(_ *mergetest.Case, outcome string) { n[outcome]++ }

func (n tally) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d |\n", name, n[right], n[wrong], n[conflict]+n[needless], n[needless])
}

var clocks = regexp.MustCompile(`(?m)^(DTSTAMP|LAST-MODIFIED|REV):2026020[12]T000000Z\r$`)

// gitOutcome is what git merge-file makes of a case. A body that is absent on one side is a conflict for git, as in any merge of trees.
func gitOutcome(t *testing.T, git string, c *mergetest.Case, timeless bool) string {
	t.Helper()
	asked := needless
	if c.Outcome == "conflict" {
		asked = conflict
	}
	if c.L1 == nil || c.R1 == nil {
		return asked
	}
	dir := t.TempDir()
	base := c.L0
	if base == nil {
		base = []byte{}
	}
	args := []string{"merge-file", "-p"}
	for _, body := range []struct {
		name  string
		bytes []byte
	}{{"ours", c.L1}, {"base", base}, {"theirs", c.R1}} {
		if timeless {
			body.bytes = clocks.ReplaceAll(body.bytes, []byte("$1:20260101T000000Z\r"))
		}
		if err := os.WriteFile(filepath.Join(dir, body.name), body.bytes, 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, body.name)
	}
	cmd := exec.Command(git, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout = &out
	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case errors.As(err, &exit) && exit.ExitCode() > 0 && exit.ExitCode() < 128:
		return asked
	case err != nil:
		t.Fatal(err)
	}
	merged := item.Parse(out.Bytes())
	if c.Outcome == "conflict" || merged.State() != item.Sound || merge.Compare(item.Parse(c.File), merged) > merge.Weak {
		return wrong
	}
	return right
}
