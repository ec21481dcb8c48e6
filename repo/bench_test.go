package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"vgit/remote/davtest"
)

// The figures of design.md 12 that need no process of their own: requests, objects, bytes and allocations of a sync. The ones
// of whole processes, beside other programs, are in cmd/vgit.

func benchWorld(b *testing.B, items int) *world {
	b.Helper()
	w := &world{server: davtest.New(davtest.NoGzip)}
	w.server.KeepLog(16)
	w.server.AddUser("ada", "secret")
	w.work = w.server.AddCalendar("ada", "work", davtest.Props{})
	w.work.Fill(1, items)
	url, stop := w.server.Start()
	b.Cleanup(stop)
	w.url, w.dir = url, filepath.Join(b.TempDir(), "calendars")
	w.state = filepath.Join(filepath.Dir(w.dir), "state")
	w.tb(b)
	w.login()
	return w
}

// BenchmarkQuiet is a sync that finds nothing to do.
func BenchmarkQuiet(b *testing.B) {
	for _, n := range []int{1000, 5000, 50000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := benchWorld(b, n)
			w.sync()
			w.server.ResetLog()
			runtime.GC()
			b.ReportAllocs()
			for b.Loop() {
				w.sync()
			}
			b.ReportMetric(float64(len(w.server.Requests()))/float64(b.N), "requests/op")
		})
	}
}

// BenchmarkFirstDownload is the first sync of a full account into an empty vdir.
func BenchmarkFirstDownload(b *testing.B) {
	for _, n := range []int{1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := benchWorld(b, n)
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				must(b, os.RemoveAll(w.dir))
				must(b, os.RemoveAll(w.state))
				b.StartTimer()
				w.sync()
			}
		})
	}
}

// BenchmarkOneRemoteEdit is what one changed item on the server costs among many.
func BenchmarkOneRemoteEdit(b *testing.B) {
	w := benchWorld(b, 10000)
	w.sync()
	name := w.work.List()[17]
	w.server.ResetLog()
	b.ReportAllocs()
	before := size(b, filepath.Join(w.dir, ".git"))
	i := 0
	for b.Loop() {
		i++
		w.work.Edit(name, func(body []byte) []byte { return edited(body, i) })
		w.sync()
	}
	b.ReportMetric(float64(size(b, filepath.Join(w.dir, ".git"))-before)/float64(b.N), "bytes/op")
}

var regexpSummary = regexp.MustCompile(`SUMMARY:.*\r\n`)

func size(b *testing.B, dir string) (n int64) {
	must(b, filepath.Walk(dir, func(_ string, i os.FileInfo, err error) error {
		if err == nil && !i.IsDir() {
			n += i.Size()
		}
		return err
	}))
	return n
}

func edited(body []byte, i int) []byte {
	return []byte(regexpSummary.ReplaceAllString(string(body), fmt.Sprintf("SUMMARY:Edit %d\r\n", i)))
}

// BenchmarkEdit is what it costs to put all files of a large vdir back, as an undo does, before anything is sent.
func BenchmarkEdit(b *testing.B) {
	for _, n := range []int{100, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := benchWorld(b, n)
			w.sync()
			i := 0
			for b.Loop() {
				b.StopTimer()
				i++
				files := map[string][]byte{}
				for path, body := range w.files() {
					files[filepath.Base(path)] = edited(body, i)
				}
				b.StartTimer()
				_, err := w.edit(files)
				must(b, err)
			}
		})
	}
}
