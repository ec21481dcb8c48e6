package merge_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"vgit/merge"
	"vgit/merge/mergetest"
	"vgit/repo/item"
)

var update = flag.Bool("update", false, "write anew what a test compares with: the list of pending cases, the table beside git")

// pendingFile lists the cases that do not come out right yet, one a line. One of them that does fails the test, so the list can
// only shrink; -update takes those off.
const pendingFile = "testdata/pending.txt"

// The cases of the specification, each with its outcome, its file, its body, and M11 in both.
func TestCases(t *testing.T) {
	t.Parallel()
	pending := pendingCases(t)
	var still []string
	for _, c := range allCases(t) {
		number := fmt.Sprintf("%02d", c.Number)
		t.Run(number, func(t *testing.T) {
			result := merge.Reconcile(versionsOf(c), contextOf(c))
			wrong, waits := judge(c, result), slices.Contains(pending, number)
			if waits && len(wrong) > 0 {
				still = append(still, number)
			}
			switch {
			case *update:
			case waits && len(wrong) == 0:
				t.Errorf("case %s comes out right: go test ./merge -run TestCases -update takes it off the list of those that do not", number)
			case !waits && len(wrong) > 0:
				t.Errorf("%s\n%s", strings.Join(wrong, "\n"), told(c, result))
			}
			if waits && len(wrong) > 0 && testing.Verbose() {
				t.Logf("pending: %s\n%s", strings.Join(wrong, "\n"), told(c, result))
			}
		})
	}
	if *update {
		list := []byte(strings.Join(still, "\n") + "\n")
		if err := os.WriteFile(pendingFile, list, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func pendingCases(t *testing.T) []string {
	t.Helper()
	list, err := os.ReadFile(pendingFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Fields(string(list))
}

func allCases(tb testing.TB) []*mergetest.Case {
	tb.Helper()
	cases, err := mergetest.Load("testdata")
	if err != nil {
		tb.Fatal(err)
	}
	return cases
}

func versionsOf(c *mergetest.Case) merge.Versions {
	return merge.Versions{L0: itemOf(c.L0), L1: itemOf(c.L1), R0: itemOf(c.R0), R1: itemOf(c.R1)}
}

func contextOf(c *mergetest.Case) merge.Context {
	context := merge.Context{Me: c.Me}
	if c.Sibling != nil {
		context.Siblings = []*item.Item{item.Parse(c.Sibling)}
	}
	return context
}

// itemOf is the item of a body, nil of none.
func itemOf(body []byte) *item.Item {
	if body == nil {
		return nil
	}
	return item.Parse(body)
}

// judge says what is wrong with the result of a case.
func judge(c *mergetest.Case, r merge.Result) []string {
	wrong := judgeOutcome(c, r)
	wrong = append(wrong, differing("the file", c.File, r.Local, c.InFile)...)
	send := []string{"none", "put", "delete"}[r.Send]
	if send != c.Send {
		wrong = append(wrong, fmt.Sprintf("sent: %s, want %s", send, c.Send))
	}
	if c.Send == "put" && send == "put" {
		wrong = append(wrong, differing("the body", c.Body, r.Body, c.InBody)...)
	}
	v := versionsOf(c)
	wrong = append(wrong, strayLines("the file", v.L1, itemOf(r.Local), v.R0, v.R1, r.Notes)...)
	if r.Send == merge.Put {
		wrong = append(wrong, strayLines("the body", v.R1, itemOf(r.Body), v.L0, v.L1, r.Notes)...)
	}
	if besides := more[c.Number]; besides != nil {
		wrong = append(wrong, besides(c, r)...)
	}
	return wrong
}

// judgeOutcome allows more notes than the case names, but not more conflicts.
func judgeOutcome(c *mergetest.Case, r merge.Result) []string {
	switch c.Outcome {
	case "clean", "note":
		if len(r.Conflicts) > 0 {
			return []string{"want " + c.Outcome + ", not a conflict"}
		}
		if c.Outcome == "note" && !slices.ContainsFunc(r.Notes, func(n merge.Note) bool { return n.Kind == c.About }) {
			return []string{"want note(" + c.About + ")"}
		}
	case "conflict":
		if len(r.Conflicts) != 1 || !strings.HasPrefix(r.Conflicts[0].Slot, c.About) {
			return []string{"want conflict(" + c.About + ") and no other"}
		}
	}
	return nil
}

// differing compares two bodies; of what is bookkeeping only the named properties count.
func differing(what string, want, got []byte, named []string) []string {
	if want == nil || got == nil {
		if want == nil != (got == nil) {
			return []string{fmt.Sprintf("%s: there is one %v, want %v", what, got != nil, want != nil)}
		}
		return nil
	}
	var wrong []string
	for _, change := range merge.Diff(item.Parse(want), item.Parse(got)) {
		words := strings.Fields(change.Slot)
		counts := change.Strength > merge.Bookkeeping
		for _, name := range named {
			counts = counts || slices.Contains(words, strings.ToLower(name))
		}
		if counts {
			wrong = append(wrong, fmt.Sprintf("%s: %s: want %q, got %q (%v)", what, change.Slot, change.Old, change.New, change.Strength))
		}
	}
	return wrong
}

// told is what a reader needs to understand a result: what was done on each side, what it came to, and the file.
func told(c *mergetest.Case, r merge.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "case %02d: %s (%s)\n", c.Number, c.Title, c.Fixture)
	tellChanges(&b, "ours", c.L0, c.L1)
	tellChanges(&b, "theirs", c.R0, c.R1)
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "  note(%s) %s: %s\n", n.Kind, n.Slot, n.Text)
	}
	for _, x := range r.Conflicts {
		fmt.Fprintf(&b, "  conflict(%s): base %q, local %q, remote %q %s %s\n", x.Slot, x.Base, x.Local, x.Remote, x.Reason, x.Suggestion)
	}
	fmt.Fprintf(&b, "the file%s:\n%s\n", asBefore(r.Local, c.L1), r.Local)
	if r.Send == merge.Put {
		fmt.Fprintf(&b, "the body:\n%s\n", r.Body)
	}
	return b.String()
}

func tellChanges(b *strings.Builder, who string, before, after []byte) {
	if before == nil || after == nil {
		fmt.Fprintf(b, "  %s: there was one %v, there is one %v\n", who, before != nil, after != nil)
		return
	}
	for _, c := range merge.Diff(item.Parse(before), item.Parse(after)) {
		if c.Strength > merge.Bookkeeping {
			fmt.Fprintf(b, "  %s: %s: %q -> %q (%v)\n", who, c.Slot, c.Old, c.New, c.Strength)
		}
	}
}

func asBefore(got, before []byte) string {
	if bytes.Equal(got, before) {
		return ", as it was"
	}
	return ""
}
