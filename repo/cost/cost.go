// Package cost bounds what reading foreign bytes may cost, for tests. A bound on allocated bytes says the same on a busy
// machine as on an idle one; time is only watched in a fuzz run, to end one that would not end by itself.
package cost

import (
	"flag"
	"runtime"
	"testing"
	"time"
)

// patience is how long one input of a fuzz run may take before the run is given up as hung.
const patience = time.Minute

// Bytes is what f allocates in all, freed or not. Whatever else runs at that moment is counted too: use it where nothing
// else runs, such as in a fuzz target or a test that is not parallel.
func Bytes(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Linear runs f, which reads size bytes, and fails the test if that allocated more than fixed bytes and factor bytes for
// each byte read.
func Linear(t testing.TB, size, fixed, factor int, f func()) {
	t.Helper()
	if fuzzing() {
		watchdog := time.AfterFunc(patience, func() { panic("an input of a fuzz run does not end") })
		defer watchdog.Stop()
	}
	if used, limit := Bytes(f), uint64(fixed)+uint64(factor)*uint64(size); used > limit {
		t.Fatalf("%d bytes read cost %d bytes of memory, more than %d", size, used, limit)
	}
}

func fuzzing() bool {
	f := flag.Lookup("test.fuzz")
	return f != nil && f.Value.String() != ""
}
