package vdir_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vgit/repo/vdir"
)

func fill(b *testing.B, n int) (*vdir.Dir, string) {
	b.Helper()
	path := b.TempDir()
	if err := os.Mkdir(filepath.Join(path, "c"), 0o700); err != nil {
		b.Fatal(err)
	}
	body := []byte(strings.Repeat("x", 1000))
	for i := range n {
		if err := os.WriteFile(filepath.Join(path, fmt.Sprintf("c/item-%06d.ics", i)), body, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	d, err := vdir.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	return d, path
}

func BenchmarkScan(b *testing.B) {
	for _, n := range []int{1000, 50000} {
		d, _ := fill(b, n)
		known := map[string]vdir.Stat{}
		scan := func(ask func(string) (vdir.Stat, bool)) *vdir.Scan {
			s, err := d.Scan(context.Background(), calendars, ask)
			if err != nil || len(s.Files) != n {
				b.Fatal(err, len(s.Files))
			}
			return s
		}
		for _, f := range scan(nil).Files {
			known[f.Path] = f.Stat
		}
		b.Run(fmt.Sprintf("unchanged-%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				scan(func(p string) (vdir.Stat, bool) { s, ok := known[p]; return s, ok })
			}
		})
		b.Run(fmt.Sprintf("all-%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				scan(nil)
			}
		})
	}
}

func BenchmarkApply(b *testing.B) {
	for _, kind := range []string{"create", "update"} {
		b.Run(kind+"-1000", func(b *testing.B) {
			b.ReportAllocs()
			d, _ := fill(b, 1000)
			old, round := []byte(strings.Repeat("x", 1000)), 0
			for b.Loop() {
				round++
				new := []byte(fmt.Sprintf("%d%s", round, strings.Repeat("y", 1000)))
				writes := make([]vdir.Write, 1000)
				for i := range writes {
					if writes[i] = (vdir.Write{Path: fmt.Sprintf("c/item-%06d.ics", i), Old: old, New: new}); kind == "create" {
						writes[i] = vdir.Write{Path: fmt.Sprintf("c%d/item-%06d.ics", round, i), OldAbsent: true, New: new}
					}
				}
				if res, err := d.Apply(context.Background(), writes); err != nil || !res[0].Done {
					b.Fatal(err, res[0])
				}
				old = new
			}
		})
	}
}
