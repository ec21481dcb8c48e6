package item_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// corpus returns the files of the shared corpus, by path. Without a corpus the test is skipped, but fails where CI=true.
func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	dir := os.Getenv("VGIT_CORPUS")
	if dir == "" {
		dir = filepath.Join(projectRoot(tb), "..", "shared", "corpus")
	}
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".ics" && filepath.Ext(path) != ".vcf" {
			return err
		}
		body, err := os.ReadFile(path)
		files[path] = body
		return err
	})
	if err != nil || len(files) == 0 {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("no corpus in %s: %v", dir, err)
		}
		tb.Skipf("no corpus in %s; set VGIT_CORPUS to its folder", dir)
	}
	return files
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
		if body := files[path]; i%5 == 0 && len(body) < 8<<10 {
			list = append(list, body)
		}
	}
	return list
}

func projectRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	tb.Fatalf("no go.mod above the test: %v", err)
	return ""
}
