package merge_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vgit/repo/item"
)

// corpus returns the files of the shared corpus that can be merged, by path. Without a corpus the test is skipped, but fails
// where CI=true.
func corpus(tb testing.TB) map[string]*item.Item {
	tb.Helper()
	dir := os.Getenv("VGIT_CORPUS")
	if dir == "" {
		dir = filepath.Join(projectRoot(tb), "..", "shared", "corpus")
	}
	items := map[string]*item.Item{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".ics" && filepath.Ext(path) != ".vcf" {
			return err
		}
		body, err := os.ReadFile(path)
		items[path] = item.Parse(body)
		return err
	})
	if err != nil || len(items) == 0 {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("no corpus in %s: %v", dir, err)
		}
		tb.Skipf("no corpus in %s; set VGIT_CORPUS to its folder", dir)
	}
	return items
}

// seeds are some files of the corpus for a fuzz target, which does without where there is none.
func seeds(f *testing.F) [][]byte {
	if os.Getenv("VGIT_CORPUS") == "" {
		if _, err := os.Stat(filepath.Join(projectRoot(f), "..", "shared", "corpus")); err != nil {
			return nil
		}
	}
	files := corpus(f)
	var list [][]byte
	for i, path := range slices.Sorted(maps.Keys(files)) {
		if body := files[path].Bytes(); i%10 == 0 && len(body) < 4<<10 {
			list = append(list, body)
		}
	}
	return list
}

func projectRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	tb.Fatal("no go.mod above the test")
	return ""
}
