package item_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"vgit/repo/item"
)

// Habit 1: bytes in, the same bytes out, for every file that anybody ever made.
func TestTreeGivesTheBytesBack(t *testing.T) {
	t.Parallel()
	states := map[item.State]int{}
	for path, body := range corpus(t) {
		it := item.Parse(body)
		if got := it.Tree().AppendTo(nil); !bytes.Equal(got, body) {
			t.Errorf("%s: the tree does not give the file back", path)
		}
		states[it.State()]++
		if (it.State() == item.Sound) != (it.Problem() == "") {
			t.Errorf("%s: %v with problem %q", path, it.State(), it.Problem())
		}
		if it.State() == item.Sound && it.UID() == "" {
			t.Errorf("%s: sound without a UID", path)
		}
		if strings.Contains(path, "/items/") && it.State() == item.Broken {
			t.Logf("%s: %s", filepath.Base(path), it.Problem())
		}
	}
	t.Logf("states: %v", states)
}
