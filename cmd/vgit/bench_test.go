package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"vgit/remote/davtest"
)

// The figures of design.md 12, of the whole process as a person starts it: wall time, CPU of the client, requests, and bytes
// on disk. The server runs in the benchmark's own process, so its work is not in the client's figures. Where vdirsyncer is
// installed it does the same work in the same run.

// bench is one account that commands are run against.
type bench struct {
	b      *testing.B
	server *davtest.Server
	colls  []*davtest.Collection
	url    string
	home   string
	cpu    time.Duration
	peak   int64 // bytes, the most that a run held, where that is measured
	tool   tool
}

// tool is a client: how it is configured, and how one sync is started.
type tool struct {
	name  string
	setUp func(*bench)
	sync  func(*bench) *exec.Cmd
}

func tools() []tool {
	list := []tool{{"vgit", vgitConfig, vgitSync}}
	if _, err := exec.LookPath("vdirsyncer"); err == nil {
		list = append(list, tool{"vdirsyncer", vdirsyncerConfig, vdirsyncerSync})
	}
	return list
}

func newBench(b *testing.B, t tool, colls, items int, opts ...davtest.Option) *bench {
	b.Helper()
	w := &bench{b: b, server: davtest.New(append(opts, davtest.NoGzip)...), tool: t}
	w.server.KeepLog(1 << 20)
	w.server.AddUser("ada", "secret")
	for i := range colls {
		c := w.server.AddCalendar("ada", fmt.Sprintf("c%03d", i), davtest.Props{})
		c.Fill(i, items)
		w.colls = append(w.colls, c)
	}
	server := httptest.NewServer(w.server)
	b.Cleanup(server.Close)
	w.url = server.URL
	w.fresh()
	return w
}

// fresh begins with an empty client.
func (w *bench) fresh() {
	w.home = w.b.TempDir()
	w.tool.setUp(w)
}

func vgitConfig(w *bench) {
	w.file("config.toml", fmt.Sprintf("[network]\nconnections = 4\n[vdir.cal]\npath = %q\nkind = \"calendar\"\nremotes = [\"r\"]\n[remote.r]\ntype = \"caldav\"\nurl = %q\n"+
		"username = \"ada\"\npassword = \"secret\"\nauth = \"basic\"\n", filepath.Join(w.home, "cal"), w.url))
}

func vgitSync(w *bench) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		w.b.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = []string{"vgit", "--config", filepath.Join(w.home, "config.toml"), "sync"}
	return cmd
}

func vdirsyncerConfig(w *bench) {
	w.file("vdirsyncer", fmt.Sprintf("[general]\nstatus_path = \"%s/status\"\n[pair p]\na = \"l\"\nb = \"r\"\ncollections = [\"from b\"]\n[storage l]\ntype = \"filesystem\"\n"+
		"path = \"%s/cal\"\nfileext = \".ics\"\n[storage r]\ntype = \"caldav\"\nurl = \"%s/\"\nusername = \"ada\"\npassword = \"secret\"\n", w.home, w.home, w.url))
	cmd := exec.Command("sh", "-c", "yes | vdirsyncer -c "+filepath.Join(w.home, "vdirsyncer")+" discover")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.b.Fatalf("vdirsyncer discover: %v\n%s", err, out)
	}
}

func vdirsyncerSync(w *bench) *exec.Cmd {
	return exec.Command("vdirsyncer", "-c", filepath.Join(w.home, "vdirsyncer"), "sync")
}

func (w *bench) file(name, text string) {
	if err := os.WriteFile(filepath.Join(w.home, name), []byte(text), 0o600); err != nil {
		w.b.Fatal(err)
	}
}

// sync is one run; its CPU is noted.
func (w *bench) sync() {
	w.b.Helper()
	cmd := w.command()
	if out, err := cmd.CombinedOutput(); err != nil {
		w.b.Fatalf("%v\n%s", err, out)
	}
	use := cmd.ProcessState
	w.cpu += use.UserTime() + use.SystemTime()
}

func (w *bench) command() *exec.Cmd {
	cmd := w.tool.sync(w)
	cmd.Env = append(os.Environ(), "HOME="+w.home, "XDG_STATE_HOME="+w.home, "NO_PROXY=127.0.0.1")
	return cmd
}

// weigh is one more run, of which the peak of memory is reported. The system counts to a process what the one that started it held
// at that moment, and this benchmark holds a whole server. So a small process in between starts it, and tells (peak).
func (w *bench) weigh() {
	w.b.Helper()
	cmd := w.command()
	self, err := os.Executable()
	if err != nil {
		w.b.Fatal(err)
	}
	told, tell, err := os.Pipe()
	if err != nil {
		w.b.Fatal(err)
	}
	cmd.Path, cmd.Args, cmd.ExtraFiles = self, append([]string{"peak", cmd.Path}, cmd.Args...), []*os.File{tell}
	if out, err := cmd.CombinedOutput(); err != nil {
		w.b.Fatalf("%v\n%s", err, out)
	}
	tell.Close()
	defer told.Close()
	if _, err := fmt.Fscan(told, &w.peak); err != nil {
		w.b.Fatal(err)
	}
	w.b.ReportMetric(float64(w.peak)/1e6, "peak-MB")
}

// peak runs the program that its arguments name, and then the name it is to be called by, and writes the most bytes that it held to
// its third file.
func peak() {
	cmd := exec.Command(os.Args[1])
	cmd.Args, cmd.Stdout, cmd.Stderr = os.Args[2:], os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.NewFile(3, "peak"), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss<<10)
	os.Exit(0)
}

// measure runs one sync after each preparation and reports the figures.
func (w *bench) measure(prepare func(i int)) {
	w.cpu = 0
	w.server.ResetLog()
	requests, i := 0, 0
	for w.b.Loop() {
		w.b.StopTimer()
		if prepare != nil {
			prepare(i)
		}
		w.server.ResetLog()
		i++
		w.b.StartTimer()
		w.sync()
		w.b.StopTimer()
		requests += len(w.server.Requests())
		w.b.StartTimer()
	}
	n := float64(w.b.N)
	w.b.ReportMetric(float64(requests)/n, "requests/op")
	w.b.ReportMetric(float64(w.cpu.Milliseconds())/n, "cpu-ms/op")
}

// each runs a benchmark for each tool that is there.
func each(b *testing.B, run func(*testing.B, tool)) {
	for _, t := range tools() {
		b.Run(t.name, func(b *testing.B) { run(b, t) })
	}
}

// BenchmarkNoop is a sync that finds nothing to do.
func BenchmarkNoop(b *testing.B) {
	for _, size := range []struct{ colls, items int }{{1, 1000}, {1, 5000}, {10, 1000}, {200, 20}, {1, 50000}} {
		b.Run(fmt.Sprintf("%dx%d", size.colls, size.items), func(b *testing.B) {
			each(b, func(b *testing.B, t tool) {
				if t.name != "vgit" && size.items > 5000 {
					b.Skip("too long for the others")
				}
				w := newBench(b, t, size.colls, size.items)
				w.sync()
				w.measure(nil)
				w.weigh()
			})
		})
	}
}

// BenchmarkDownload is the first sync of an account.
func BenchmarkDownload(b *testing.B) {
	for _, size := range []struct{ colls, items int }{{1, 5000}, {200, 20}, {1, 50000}} {
		b.Run(fmt.Sprintf("%dx%d", size.colls, size.items), func(b *testing.B) {
			each(b, func(b *testing.B, t tool) {
				if t.name != "vgit" && size.items > 5000 {
					b.Skip("too long for the others")
				}
				w := newBench(b, t, size.colls, size.items)
				w.measure(func(int) { w.fresh() })
				w.fresh()
				w.weigh()
			})
		})
	}
}

// uploaders are the tools, and curl where it is: four connections and nothing but the requests, the least that an upload can take.
func uploaders() []tool {
	list := tools()
	if _, err := exec.LookPath("curl"); err == nil {
		list = append(list, tool{"curl", func(*bench) {}, func(w *bench) *exec.Cmd {
			return exec.Command("curl", "-s", "--fail", "--parallel", "--parallel-max", "4", "-u", "ada:secret", "-K", filepath.Join(w.home, "requests"))
		}})
	}
	return list
}

// BenchmarkUpload sends new items.
func BenchmarkUpload(b *testing.B) {
	for _, n := range []int{1000, 5000} {
		for _, t := range uploaders() {
			b.Run(fmt.Sprintf("%d/%s", n, t.name), func(b *testing.B) { upload(b, t, n) })
		}
	}
}

// BenchmarkUploadFarAway sends 200 new items to a server that answers after 50 ms.
func BenchmarkUploadFarAway(b *testing.B) {
	for _, t := range uploaders() {
		b.Run(t.name, func(b *testing.B) { upload(b, t, 200, davtest.Latency(50*time.Millisecond)) })
	}
}

func upload(b *testing.B, t tool, n int, opts ...davtest.Option) {
	w := newBench(b, t, 1, 1, opts...)
	dir := filepath.Join(w.home, "cal", "c000")
	if t.name == "curl" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			b.Fatal(err)
		}
	} else {
		w.sync()
	}
	prepare := func(run int) {
		var requests strings.Builder
		for i := range n {
			name := filepath.Join(dir, fmt.Sprintf("%d-%d.ics", run, i))
			if err := os.WriteFile(name, davtest.Event(run+100, i), 0o600); err != nil {
				b.Fatal(err)
			}
			fmt.Fprintf(&requests, "upload-file = %q\nurl = %q\nheader = \"If-None-Match: *\"\nheader = \"Content-Type: text/calendar\"\n", name,
				w.url+w.colls[0].Path()+davtest.EventUID(run+100, i)+".ics")
		}
		w.file("requests", requests.String())
	}
	runs := 0
	w.measure(func(int) { prepare(runs); runs++ })
	prepare(runs)
	w.weigh()
}

// BenchmarkAfterUpload is the sync that follows an upload.
func BenchmarkAfterUpload(b *testing.B) {
	each(b, func(b *testing.B, t tool) {
		w := newBench(b, t, 1, 1000)
		w.sync()
		w.measure(func(run int) {
			name := filepath.Join(w.home, "cal", "c000", fmt.Sprintf("new-%d.ics", run))
			if err := os.WriteFile(name, davtest.Event(run+100, 1), 0o600); err != nil {
				b.Fatal(err)
			}
			cpu := w.cpu
			w.sync()
			w.cpu = cpu
		})
	})
}

var summaryLine = regexp.MustCompile(`SUMMARY:[^\r]*\r\n`)

// BenchmarkRemoteEdit is one changed item on the server among many.
func BenchmarkRemoteEdit(b *testing.B) {
	for _, n := range []int{10000, 50000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			each(b, func(b *testing.B, t tool) {
				if t.name != "vgit" && n > 10000 {
					b.Skip("too long for the others")
				}
				w := newBench(b, t, 1, n)
				w.sync()
				name, edits := w.colls[0].List()[17], 0
				edit := func(int) {
					edits++
					w.colls[0].Edit(name, func(body []byte) []byte {
						return summaryLine.ReplaceAll(body, fmt.Appendf(nil, "SUMMARY:Edit %d\r\n", edits))
					})
				}
				w.measure(edit)
				edit(0)
				w.weigh()
			})
		})
	}
}

// BenchmarkHistoryGrowth does a thousand syncs with one change each among 20,000 items, and compares the repository with what
// git's own most thorough packing makes of it. It runs once, however often it is asked.
func BenchmarkHistoryGrowth(b *testing.B) {
	w := newBench(b, tools()[0], 1, 20000)
	w.sync()
	names := w.colls[0].List()
	largest := int64(0)
	for i := range 1000 {
		w.colls[0].Edit(names[i*7%len(names)], func(body []byte) []byte {
			return summaryLine.ReplaceAll(body, fmt.Appendf(nil, "SUMMARY:Edit %d\r\n", i))
		})
		w.sync()
		if i%50 == 49 {
			largest = max(largest, w.repository())
		}
	}
	git := exec.Command("git", "-C", filepath.Join(w.home, "cal"), "gc", "--aggressive", "--prune=now", "--quiet")
	if out, err := git.CombinedOutput(); err != nil {
		b.Skipf("git gc: %v %s", err, out)
	}
	b.ReportMetric(float64(largest)/1e6, "largest-MB")
	b.ReportMetric(float64(w.repository())/1e6, "gc-MB")
	b.ReportMetric(0, "ns/op")
}

func (w *bench) repository() (n int64) {
	err := filepath.Walk(filepath.Join(w.home, "cal", ".git"), func(_ string, i os.FileInfo, err error) error {
		if err == nil && !i.IsDir() {
			n += i.Size()
		}
		return err
	})
	if err != nil {
		w.b.Fatal(err)
	}
	return n
}
